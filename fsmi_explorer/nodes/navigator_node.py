"""`navigator_node`: the embedded `navigate_to_pose` server, which stands in for Nav2."""

from dataclasses import dataclass
import sys

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.navigation import (
    Command,
    FollowerConfig,
    must_replan,
    PathFollower,
    plan_path,
    PlannerConfig,
)
from fsmi_explorer.nodes.base import ExplorerNode, LATCHED, run
from fsmi_explorer.nodes.conversions import (
    grid_from_message,
    is_rotation,
    moved_by,
    path_to_message,
    pose_from_message,
    stamped_pose,
)
from fsmi_explorer.nodes.navigation_task import (
    driven_on,
    NO_PATH,
    NO_PROGRESS,
    NO_TRANSFORM,
    Outcome,
    Planned,
    remaining_length,
    replan,
    Task,
)
from fsmi_explorer.nodes.robot_space import ROBOT_SPACE
from fsmi_explorer.nodes.transforms import Frames
from geometry_msgs.msg import PoseStamped, Twist, TwistStamped
from nav2_msgs.action import NavigateToPose
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage, Path
import numpy as np
from rclpy.action import ActionClient, ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.duration import Duration
from tf2_ros import TransformException

_FEEDBACK_PERIOD = 0.5
_REPLAN_PERIOD = 1.0
_LONGEST_STEP = 3.0
_GOALS_QUEUED = 10


@dataclass(frozen=True)
class NavigatorNodeConfig(Configuration):
    """What navigator_node reads."""

    base_frame: str = parameter('base_link', 'frame of the robot', live=False)
    rate: float = parameter(
        10.0, 'how often velocities are sent', unit='Hz', low=1.0, high=200.0, live=False)
    stamped_cmd_vel: bool = parameter(
        False, 'send TwistStamped instead of Twist', live=False)
    pose_timeout: float = parameter(
        0.5, 'the robot stands still while its last known pose is older', unit='s', low=0.05,
        high=10.0)
    patience: float = parameter(
        3.0, 'how long a goal is kept while there is no way to it, or the pose is unknown',
        unit='s', low=0.0, high=60.0)
    progress_time: float = parameter(
        10.0, 'a goal is given up when the robot has not moved for this long', unit='s', low=1.0,
        high=600.0)
    planner: PlannerConfig = section(PlannerConfig, space=ROBOT_SPACE)
    follower: FollowerConfig = section(FollowerConfig)


class NavigatorNode(ExplorerNode):
    """Drives to one goal after another; a newer goal replaces the one before."""

    def __init__(self):
        """Wire topics and action."""
        super().__init__('navigator_node', NavigatorNodeConfig)
        self._task: Task | None = None
        self._tasks: dict[bytes, Task] = {}
        self._grid: OccupancyGrid | None = None
        self._map_frame = ''
        self._controlled_at = -np.inf
        self._command = Command(0.0, 0.0)
        self._frames = Frames(self)
        self._follower = PathFollower(self.config.follower, self.config.planner.space)
        with self.preparing():
            self._warm_up()
        self._planning = self.background(replan, self._take_plan)
        self._twist = TwistStamped if self.config.stamped_cmd_vel else Twist
        self._command_publisher = self.create_publisher(self._twist, 'cmd_vel', 1)
        self._path_publisher = self.create_publisher(Path, 'plan', 1)
        self.diagnostics.subscribe(OccupancyGridMessage, 'map', self._on_map, LATCHED)
        self.diagnostics.need(self._missing_pose)
        self._control_timer = self.create_timer(1.0 / self.config.rate, self._control)
        self._control_timer.cancel()
        self._server = ActionServer(
            self, NavigateToPose, 'navigate_to_pose', self._execute,
            goal_callback=self._on_goal, handle_accepted_callback=self._on_accepted,
            cancel_callback=lambda _: CancelResponse.ACCEPT)
        self._client = ActionClient(self, NavigateToPose, 'navigate_to_pose')
        self.diagnostics.listen(PoseStamped, 'user_goal', self._on_user_goal, _GOALS_QUEUED)

    def _warm_up(self) -> None:
        """Compile what planning and following need."""
        grid = OccupancyGrid.from_percent(np.pad(np.zeros((20, 20), np.int8), 1,
                                                 constant_values=100), 0.1)
        plan = plan_path(grid, np.full(3, 0.5), np.full(3, 1.5), self.config.planner)
        must_replan(grid, plan.path, np.full(3, 0.5), self.config.planner)
        trial = PathFollower(self.config.follower, self.config.planner.space)
        trial.command(np.full(3, 0.5), plan.path, grid=grid)

    def _missing_pose(self) -> str:
        if not self._map_frame:
            return ''
        return self._frames.missing(
            self._map_frame, self.config.base_frame, self.config.pose_timeout)

    def _on_map(self, message: OccupancyGridMessage) -> bool:
        try:
            self._grid = grid_from_message(message)
        except ValueError as error:
            self.diagnostics.drop('malformed map', str(error))
            return False
        self._map_frame = message.header.frame_id
        if self._task is not None:
            self._plan(self._task)
        return True

    def _on_goal(self, request: NavigateToPose.Goal) -> GoalResponse:
        """Accept every goal that is a pose."""
        pose = request.pose.pose
        at, q = pose.position, pose.orientation
        if not np.isfinite([at.x, at.y, q.x, q.y, q.z, q.w]).all():
            self.diagnostics.drop('goal rejected', 'its pose is not finite')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    def _on_user_goal(self, message: PoseStamped) -> None:
        """Take a pose as a goal of the action, so that all who watch that know of it."""
        self._client.send_goal_async(NavigateToPose.Goal(pose=message))

    def _on_accepted(self, handle: ServerGoalHandle) -> None:
        """Take on a goal instead of the one before."""
        before, path_before = self._task, None
        if before is not None:
            path_before = before.path_before if before.path is None else before.path
            self._end(before, Outcome('abort', 'pre-empted by a newer goal'))
        self._task = self._tasks[bytes(handle.goal_id.uuid)] = Task(
            handle, self.time(), path_before)
        self._control_timer.reset()
        handle.execute()
        self._plan(self._task)

    async def _execute(self, handle: ServerGoalHandle) -> NavigateToPose.Result:
        """Wait for the end of a goal, and tell it."""
        key = bytes(handle.goal_id.uuid)
        outcome = await self._tasks[key].outcome
        del self._tasks[key]
        getattr(handle, outcome.end)()
        result = NavigateToPose.Result()
        if hasattr(result, 'error_code'):  # not in Humble
            result.error_code = outcome.code
        if hasattr(result, 'error_msg'):
            result.error_msg = outcome.message
        return result

    def _end(self, task: Task, outcome: Outcome) -> None:
        """End a goal; the robot stops unless another goal follows."""
        if outcome.code:
            self.get_logger().info(f'goal given up: {outcome.message}')
        if task is self._task:
            self._task = None
        task.outcome.set_result(outcome)

    def _stop(self, task: Task, outcome: Outcome) -> None:
        """End the present goal and stand still."""
        self._end(task, outcome)
        self._control_timer.cancel()
        self._follower.reset()
        self._send(Command(0.0, 0.0))

    def _plan(self, task: Task) -> None:
        """Have the path checked against the newest map, and planned anew if need be."""
        task.since_plan.restart(self.time())
        if self._grid is None:
            task.note_trouble('there is no map yet', NO_PATH)
            return
        try:
            if task.goal is None:
                task.goal = self._in_map(task.handle.request.pose)
            pose = self._frames.pose(self._map_frame, self.config.base_frame)
        except TransformException as error:
            task.note_trouble(str(error), NO_TRANSFORM)
            return
        self._planning.request(task, self._grid, pose, self.config.planner)

    def _in_map(self, goal: PoseStamped) -> np.ndarray:
        """
        Return (3,) the goal in the frame of the map; yaw NaN when the goal has no orientation.

        :raises TransformException: when the frame of the goal is not known.
        """
        pose = np.array(pose_from_message(goal.pose))
        if not is_rotation(goal.pose.orientation):
            pose[2] = np.nan
        frame = goal.header.frame_id or self._map_frame
        if frame == self._map_frame:
            return pose
        origin = self._frames.pose(self._map_frame, frame)
        return np.append(moved_by(origin, pose[None, :2]), origin[2] + pose[2])

    def _take_plan(self, planned: Planned) -> None:
        task, plan, duration = planned
        self.diagnostics.latency('plan a path', duration)
        if task is not self._task:
            return
        task.path_before = None
        if not plan:
            task.path = None
            task.note_trouble(plan.reason, NO_PATH)
            return
        if plan.path is not task.path:
            task.path = plan.path
            self._path_publisher.publish(path_to_message(
                plan.path, self._map_frame, self.get_clock().now().to_msg()))

    def _control(self) -> None:
        """Send the next velocity, or end the goal."""
        task, now, config = self._task, self.time(), self.config
        step = min(max(now - self._controlled_at, 0.0), _LONGEST_STEP / config.rate)
        self._controlled_at = now
        if task is None:
            return
        if task.handle.is_cancel_requested:
            self._stop(task, Outcome('canceled', 'cancelled on request'))
            return
        try:
            pose = self._present_pose()
        except TransformException as error:
            task.note_trouble(str(error), NO_TRANSFORM)
            self._stand(task, now)
            return
        if task.path is None and task.path_before is None:
            self._stand(task, now)
        elif not task.is_moving(now, pose, config.progress_time):
            self._stop(task, Outcome(
                'abort', f'the robot has not moved for {config.progress_time:g} s', NO_PROGRESS))
        else:
            self._follow(task, now, pose, step or 1.0 / config.rate)

    def _present_pose(self) -> np.ndarray:
        """
        Return (3,) where the robot should be by now, given its last known pose and velocity.

        :raises TransformException: when the pose is not known, or too old.
        """
        pose, age = self._frames.dated_pose(
            self._map_frame or 'map', self.config.base_frame, self.config.pose_timeout)
        return driven_on(pose, self._command.v, self._command.w, max(age, 0.0))

    def _follow(self, task: Task, now: float, pose: np.ndarray, step: float) -> None:
        """Drive along the path; until it is planned, along the one to the goal before."""
        self._follower.config = self.config.follower
        self._follower.space = self.config.planner.space
        is_planned = task.path is not None
        path, yaw = (task.path, task.goal[2]) if is_planned else (task.path_before, None)
        command = self._follower.command(pose, path, yaw, grid=self._grid, dt=step)
        self._send(command)
        if is_planned:
            task.in_trouble.restart(now)
            self._tell_progress(task, now, pose)
        if command.finished and is_planned:
            self._stop(task, Outcome('succeed'))
        elif command.finished:
            task.path_before = None

    def _stand(self, task: Task, now: float) -> None:
        """Stand still until the trouble is over or the patience is."""
        self._follower.reset()
        self._send(Command(0.0, 0.0))
        if task.in_trouble.elapsed(now) > self.config.patience:
            self._stop(task, Outcome('abort', task.trouble, task.trouble_code))
        elif task.since_plan.elapsed(now) > _REPLAN_PERIOD:
            self._plan(task)

    def _send(self, command: Command) -> None:
        self._command = command
        message = self._twist()
        twist = message
        if self._twist is TwistStamped:
            message.header.stamp = self.get_clock().now().to_msg()
            message.header.frame_id = self.config.base_frame
            twist = message.twist
        twist.linear.x, twist.angular.z = float(command.v), float(command.w)
        self._command_publisher.publish(message)

    def _tell_progress(self, task: Task, now: float, pose: np.ndarray) -> None:
        """Send feedback now and then."""
        if now - task.told_at < _FEEDBACK_PERIOD:
            return
        task.told_at = now
        feedback = NavigateToPose.Feedback()
        feedback.current_pose = stamped_pose(
            pose, self._map_frame, self.get_clock().now().to_msg())
        feedback.distance_remaining = remaining_length(task.path, pose)
        feedback.navigation_time = Duration(seconds=now - task.started).to_msg()
        feedback.estimated_time_remaining = Duration(
            seconds=feedback.distance_remaining / self.config.follower.max_speed).to_msg()
        task.handle.publish_feedback(feedback)


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run(NavigatorNode, args)


if __name__ == '__main__':
    sys.exit(main())
