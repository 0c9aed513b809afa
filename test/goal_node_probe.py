"""goal_node and all that it listens to, made by hand."""

from diagnostic_msgs.msg import DiagnosticStatus
from fsmi_explorer.exploration import Candidates
from fsmi_explorer.nodes.conversions import candidates_to_message
from geometry_msgs.msg import PoseStamped
from nav2_msgs.action import NavigateToPose
from nav_msgs.msg import OccupancyGrid
from node_messages import grid_message, half_known_map, Health, LATCHED, stamp, TransformSource
import numpy as np
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header
from std_srvs.srv import Trigger

RICH, POOR, FAR = (3.6, 3.0, 0.0, 5.0), (2.4, 4.8, 0.0, 2.0), (1.0, 1.0, 0.0, 1.0)


class Server:
    """
    A navigate_to_pose server that does as the test says.

    Where `silence` is a future, the next request is answered when that is done.
    """

    def __init__(self, node):
        self.handles, self.cancelled = [], 0
        self.accepts = True
        self.silence: Future | None = None
        self._ends: dict[bytes, Future] = {}
        self._server = ActionServer(
            node, NavigateToPose, 'navigate_to_pose', self._execute,
            goal_callback=self._on_goal, cancel_callback=self._on_cancel,
            callback_group=ReentrantCallbackGroup())  # silence holds nothing else up

    @property
    def target(self):
        position = self.handles[-1].request.pose.pose.position
        return position.x, position.y

    async def _on_goal(self, _):
        silence, self.silence = self.silence, None
        if silence is not None:
            await silence
        return GoalResponse.ACCEPT if self.accepts else GoalResponse.REJECT

    def _on_cancel(self, handle):
        self.cancelled += 1
        self._end_of(handle).set_result('canceled')
        return CancelResponse.ACCEPT

    async def _execute(self, handle):
        self.handles.append(handle)
        getattr(handle, await self._end_of(handle))()
        return NavigateToPose.Result()

    def _end_of(self, handle):
        """Give the future of how a goal ends; it may be cancelled before it is executed."""
        return self._ends.setdefault(bytes(handle.goal_id.uuid), Future())

    def close(self):
        if self._server is not None:
            self._server.destroy()
        self._server = None

    def end(self, how, handle=None):
        self._ends[bytes((handle or self.handles[-1]).goal_id.uuid)].set_result(how)

    def end_if_active(self, how):
        if self.handles and self.handles[-1].is_active:
            self.end(how)


class Exploration:
    """The node, and all that it listens to."""

    def __init__(self, nodes, probe, **parameters):
        self.probe = probe
        self.health = Health(probe)
        self.states = probe.collect(DiagnosticStatus, 'exploration_state', LATCHED)
        self.goals = probe.collect(PoseStamped, 'goal_pose')
        self.robot = TransformSource(probe.node, (2.0, 3.0, 0.0), 'map', 'base_link')
        self._map = probe.node.create_publisher(OccupancyGrid, 'map', LATCHED)
        self._cloud = probe.node.create_publisher(PointCloud2, 'candidates', LATCHED)
        nodes.start('goal_node', parameters={'decision_period': 0.3, **parameters})
        probe.wait_for_subscriber(self._cloud)
        probe.wait_for_subscriber(self._map)
        self._time = 0.0

    def offer(self, *candidates, percent=None, heights=None, **changes):
        """Publish the map with candidates (x, y, yaw, bits) on the ground or at heights."""
        self._time += 1.0
        percent = half_known_map() if percent is None else percent
        self._map.publish(grid_message(percent, self._time, **changes))
        values = np.array(candidates, float).reshape(-1, 4)
        header = Header(frame_id='map', stamp=stamp(self._time))
        offered = Candidates(values[:, :3], values[:, 3], heights=heights)
        self._cloud.publish(candidates_to_message(offered, header))

    def publish_cloud(self, message):
        self._cloud.publish(message)

    def values(self):
        return {each.key: each.value for each in self.states[-1].values} if self.states else {}

    def wait_for_state(self, *states, reason='', timeout=60.0):
        def values():
            now = self.values()
            return now.get('state') in states and reason in now['reason'] and now
        return self.probe.wait_for(values, timeout, f'state {states} {reason}')

    def wait_for_value(self, name, accept):
        """Wait until a value of the state is as wanted."""
        self.probe.wait_for(
            lambda: accept(self.values().get(name, '')), 60.0, f'{name} of {self.values()}')

    def call(self, name):
        return self.probe.call(Trigger, f'goal_node/{name}')
