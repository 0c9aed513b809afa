"""`goal_node`: candidates in, goals out, from the start to the end of an exploration."""

import sys
from time import monotonic

from fsmi_explorer.exploration import Boundary, Candidates, ExplorationConfig, Goal
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.nodes.action_driver import ActionDriver
from fsmi_explorer.nodes.base import ExplorerNode, run
from fsmi_explorer.nodes.boundary_topics import BoundaryTopics
from fsmi_explorer.nodes.conversions import stamped_pose
from fsmi_explorer.nodes.deliberation import Decided, Deliberation, Event
from fsmi_explorer.nodes.drivers import Driver, End
from fsmi_explorer.nodes.exploration_state import (
    DONE,
    ExplorationState,
    EXPLORING,
    FAILED,
    PAUSED,
    RETURNING,
    WAITING,
)
from fsmi_explorer.nodes.goal_config import GoalNodeConfig
from fsmi_explorer.nodes.homing import WayHome
from fsmi_explorer.nodes.map_saving import MapSaving
from fsmi_explorer.nodes.newest_map import NewestMap
from fsmi_explorer.nodes.topic_driver import TopicDriver
from fsmi_explorer.nodes.transforms import Frames
from geometry_msgs.msg import PoseStamped
import numpy as np
from std_srvs.srv import Trigger

_TICK = 0.25


class GoalNode(ExplorerNode):
    """
    Explores.

    Decisions are only taken while the state is waiting or exploring. What happens in between is
    told to the deliberation as events, together with the next question.
    """

    def __init__(self):
        """Wire topics, services and the driver."""
        super().__init__('goal_node', GoalNodeConfig)
        self._events: list[Event] = []
        self._asked_at = -np.inf
        self._is_asked_again = False
        self._way_home = WayHome(lambda pose: self._drive_to(None, pose))
        self._frames = Frames(self, self._on_clock_jump)
        self._exploration = self.config.exploration
        self._prepare()
        self._wire()
        if not self.config.autostart:
            self._enter(PAUSED, 'Ready; ~/start begins.')

    def _prepare(self) -> None:
        """Compile what a decision needs."""
        grid = OccupancyGrid.from_percent(np.zeros((20, 20), np.int8), 0.5)
        candidates = Candidates(np.array([[8.0, 8.0, 0.0]]), np.ones(1))
        with self.preparing():
            Deliberation(self._exploration).decide([], 0.0, np.full(3, 2.0), grid, candidates)
        self._deciding = self.background(
            Deliberation(self._exploration).decide, self._take_decision)

    def _wire(self) -> None:
        config = self.config
        self._status = ExplorationState(self)
        self._newest = NewestMap(self.diagnostics, self._think)
        self._goal_publisher = self.create_publisher(PoseStamped, 'goal_pose', 10)
        self._saving = MapSaving(self, config.save_map_service, self._on_saved)
        memory = config.exploration.memory
        self._driver: Driver = (
            ActionDriver(self, config.action_name, self._on_drive_ended)
            if config.navigation == 'action' else
            TopicDriver(self, self._pose, self._on_drive_ended, memory.arrival_tolerance,
                        memory.progress_time))
        self._boundary = BoundaryTopics(
            self, self._frames, lambda: self._newest.frame or 'map', self._on_boundary)
        self._boundary.tell(Boundary(self._exploration.boundary))
        self.diagnostics.need(self._missing_pose)
        self.diagnostics.need(self._driver.missing)
        for name in ('start', 'pause', 'stop', 'go_home'):
            self.create_service(Trigger, f'~/{name}', getattr(self, f'_on_{name}'))
        self.create_timer(_TICK, self._tick)

    def _on_boundary(self, boundary: Boundary) -> None:
        """Keep to another boundary from now on."""
        self._events.append(lambda deliberation: deliberation.bound(boundary))
        self._think()

    def _on_clock_jump(self) -> None:
        """Begin anew after a restarted simulation; an exploration that is over stays over."""
        self._newest.forget()
        self._way_home.pose = None
        if self._status.state not in (DONE, FAILED):
            self._restart()
        if self._status.state == RETURNING:
            self._enter(*self._way_home.after)

    def _restart(self) -> None:
        """Forget all that was explored, but not the boundary."""
        self._driver.cancel()
        self._asked_at = -np.inf
        self._status.restart()
        config = self._configure()
        self._events.append(lambda deliberation: deliberation.restart(config))

    def _configure(self) -> ExplorationConfig:
        """Take the configuration as it is now; a boundary in it replaces the one before."""
        before, self._exploration = self._exploration, self.config.exploration
        if self._exploration.boundary != before.boundary:
            self._boundary.tell(Boundary(self._exploration.boundary))
        return self._exploration

    def _missing_pose(self) -> str:
        if not self._newest.frame:
            return ''
        return self._frames.missing(
            self._newest.frame, self.config.base_frame, self.config.pose_timeout)

    def _pose(self) -> np.ndarray:
        return self._frames.pose(self._newest.frame, self.config.base_frame)

    def _enter(self, state: str, reason: str) -> None:
        self._status.enter(state, reason, self.time())

    def _is_deciding(self) -> bool:
        return self._status.state in (WAITING, EXPLORING)

    def _tick(self) -> None:
        """See to what is going on, and think at least now and then."""
        now = self.time()
        self._driver.look_after(now, self.config.response_timeout)
        self._saving.go_on(now)
        if self._status.state == RETURNING:
            self._go_home(now)
        elif not 0.0 <= now - self._asked_at < self.config.decision_period:
            self._think()
        self._status.tell(now)

    def _go_home(self, now: float) -> None:
        """Drive on, unless somebody else drives; give up a way on which nothing moves."""
        if self._driver.missing() or self._driver.is_taken_over() or self._missing_pose():
            return
        self._way_home.go_on(now)
        patience = self.config.exploration.memory.progress_time
        if self._way_home.is_stuck(now, self._pose()[:2], patience):
            self._driver.cancel()
            self._on_drive_ended(
                None, End.FAILED, f'the robot has not moved for {patience:g} s')

    def _think(self) -> None:
        """Have a decision taken if exploration is on and all that it needs is there."""
        if not self._is_deciding():
            return
        missing = self.diagnostics.waits_for()
        if missing or not self._newest.is_complete:
            self._enter(WAITING, f'Waits for {"; ".join(missing) or "the next map"}.')
        elif self._driver.is_taken_over():
            self._enter(WAITING, 'Somebody else drives the robot; exploration resumes after.')
        elif self._deciding.is_idle:
            self._ask()
        else:
            self._is_asked_again = True

    def _ask(self) -> None:
        """Ask for a decision, and tell what has happened since the last one."""
        now, pose = self.time(), self._pose()
        if self._way_home.pose is None:
            self._way_home.pose = np.array(self.config.home) if self.config.home else pose
        if self._status.started_at is None:
            self._status.started_at = now
        if self.config.exploration != self._exploration:
            config = self._configure()
            self._events.append(lambda deliberation: deliberation.reconfigure(config))
        events, self._events = self._events, []
        self._asked_at, self._is_asked_again = now, False
        self._deciding.request(
            events, now, pose, self._newest.grid, self._newest.candidates)

    def _take_decision(self, decided: Decided) -> None:
        """Act on a decision, unless exploration was paused or ended in the meantime."""
        if not self._is_deciding():
            return
        self._note(decided)
        decision = decided.decision
        if decision.action == 'done':
            self._finish(decision.reason)
            return
        if decision.action == 'go':
            self.diagnostics.latency('map to goal', monotonic() - self._newest.came_at)
            self._drive_to(decision.goal, decision.goal.pose)
        elif decision.action == 'wait':
            self._driver.cancel()
        self._enter(WAITING if decision.action == 'wait' else EXPLORING, decision.reason)
        if self._is_asked_again:
            self._think()

    def _note(self, decided: Decided) -> None:
        """Keep the figures that came with a decision."""
        status = self._status
        status.distance_m, status.best_mi_bits = decided.distance, decided.best_bits
        status.known_area_m2 = decided.known_area
        status.map_entropy_bits = decided.entropy_bits
        status.goals_reached = decided.goals_reached
        status.goals_failed = decided.goals_failed
        self.diagnostics.latency('decide', decided.duration)

    def _drive_to(self, goal: Goal | None, pose: np.ndarray) -> None:
        """Send the robot somewhere; without a goal it is the way home."""
        now = self.get_clock().now()
        target = stamped_pose(pose, self._newest.frame, now.to_msg())
        target.pose.position.z = goal.height if goal is not None else 0.0
        topic = self._goal_publisher.topic_name
        if self._driver.repeats(topic):
            self.get_logger().info(f'goals are not published: who drives to them listens to '
                                   f'{topic}, and would drive to each once more', once=True)
        else:
            self._goal_publisher.publish(target)
        self._driver.go(goal, target, now.nanoseconds * 1e-9)

    def _on_drive_ended(self, goal: Goal | None, end: End, reason: str) -> None:
        """Count, tell the deliberation and think again."""
        if reason:
            self.get_logger().info(f'the goal is {end.value}: {reason}')
        if goal is None:
            after = self._way_home.ended(end, reason)
            if after:
                self._enter(*after)
            return
        now = self.time()
        self._events.append(lambda deliberation: deliberation.end(goal, end, now, reason))
        self._think()

    def _finish(self, reason: str) -> None:
        """End the exploration: save the map and go home, as far as that is wanted."""
        self._driver.cancel()
        if self.config.save_map:
            self._saving.begin(self.time())
        if self.config.return_home:
            self._return(DONE, reason)
        else:
            self._enter(DONE, reason)

    def _on_saved(self, sentence: str) -> None:
        """Tell what came of saving the map."""
        self.get_logger().info(sentence)
        self._way_home.add(sentence)
        self._enter(self._status.state, f'{self._status.reason} {sentence}')

    def _return(self, state: str, reason: str) -> None:
        """Drive home, then be in a state for a reason."""
        self._way_home.begin(state, reason)
        self._enter(RETURNING, f'{reason} Returns home.')

    def _on_start(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """Explore, or go on exploring; anew when exploration has ended."""
        if self._status.state in (DONE, FAILED):
            self._restart()
        elif self._status.state == RETURNING:
            self._driver.cancel()
            if self._way_home.after[0] == DONE:
                self._restart()
        elif self._is_deciding():
            response.success, response.message = True, 'Exploration is on already.'
            return response
        self._enter(WAITING, 'Exploration begins.')
        self._think()
        response.success, response.message = True, self._status.reason
        return response

    def _on_pause(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """Stand still until ~/start."""
        if self._status.state in (DONE, FAILED):
            response.message = f'Exploration has ended: {self._status.reason}'
            return response
        self._interrupt()
        self._enter(PAUSED, 'Paused on request; ~/start goes on.')
        response.success, response.message = True, self._status.reason
        return response

    def _on_stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """End the exploration where the robot is."""
        self._interrupt()
        if self._status.state not in (DONE, FAILED):
            self._enter(DONE, 'Stopped on request.')
            if self.config.save_map:
                self._saving.begin(self.time())
        response.success, response.message = True, self._status.reason
        return response

    def _on_go_home(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """Drive home; ~/start goes on from there, unless exploration had ended."""
        if self._way_home.pose is None:
            response.message = 'There is no home yet: exploration has not begun.'
            return response
        self._interrupt()
        if self._status.state in (DONE, FAILED):
            self._return(DONE, self._status.reason)
        else:
            self._return(PAUSED, 'Home on request; ~/start goes on.')
        response.success, response.message = True, self._status.reason
        return response

    def _interrupt(self) -> None:
        """Give up the present goal; nobody is to blame."""
        self._driver.cancel()
        now = self.time()
        self._events.append(lambda deliberation: deliberation.give_up_goal(now))


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run(GoalNode, args)


if __name__ == '__main__':
    sys.exit(main())
