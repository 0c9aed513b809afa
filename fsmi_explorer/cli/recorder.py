"""The node that watches an exploration from outside and keeps its record."""

import math

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from fsmi_explorer.cli.pacing import Pacer
from fsmi_explorer.cli.record import RecordedGoal, RunRecord, Sample
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.nodes.conversions import (
    candidates_from_message,
    grid_from_message,
    percent_from_message,
    pose_from_message,
    pose_from_transform,
    seconds,
)
from fsmi_explorer.simulation import World
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage
import numpy as np
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.task import Future
from rclpy.time import Time
from sensor_msgs.msg import PointCloud2
from std_srvs.srv import Trigger
from tf2_ros import Buffer, TransformException, TransformListener

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_POSE_PERIOD = 0.2


class Recorder(Node):
    """
    Subscribes to what the five nodes publish; takes a sample at each map.

    :param record: what is filled.
    :param world: the truth, to tell how much of it is explored; nothing here reaches the nodes.
    :param visible: (H, W) bool, the cells of the world that the lidar can see from anywhere.
    :param rate: highest speed of the simulation, in multiples of real time.
    """

    def __init__(self, record: RunRecord, world: World, visible: np.ndarray, rate: float):
        """Subscribe; samples begin once map and pose are there."""
        super().__init__('recorder', parameter_overrides=[Parameter('use_sim_time', value=True)])
        self.record = record
        self._visible, self._visible_free = visible, visible & ~world.occupied
        self.grid: OccupancyGrid | None = None
        self.state = 'waiting'
        self.sentence = 'the nodes are starting'
        self.values: dict[str, str] = {}
        self.collisions = 0
        self._distance = 0.0
        self._scored_time = 0.0
        self._pacer = Pacer(self, rate)
        self._best = (None, 0.0)
        self._information_message: OccupancyGridMessage | None = None
        self._information = np.full(record.canvas.shape, -1, np.int8)
        self._information_best = 0.0
        self._buffer = Buffer()
        self._listener = TransformListener(self._buffer, self)
        self.create_subscription(OccupancyGridMessage, 'map', self._on_map, LATCHED)
        self.create_subscription(OccupancyGridMessage, 'mi_map', self._on_information, LATCHED)
        self.create_subscription(PointCloud2, 'candidates', self._on_candidates, LATCHED)
        self.create_subscription(PoseStamped, 'goal_pose', self._on_goal, 10)
        self.create_subscription(DiagnosticStatus, 'exploration_state', self._on_state, LATCHED)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
        self._start = self.create_client(Trigger, 'goal_node/start')
        self._starting: Future | None = None
        self.create_timer(_POSE_PERIOD, self._look_up_pose)

    @property
    def sample(self) -> Sample | None:
        """Return the latest sample, None before the first."""
        return self.record.samples[-1] if self.record.samples else None

    @property
    def ended(self) -> bool:
        """Tell whether exploration has ended, well or not."""
        return self.state in ('done', 'failed')

    @property
    def elapsed_s(self) -> float:
        """Return the seconds since exploration began, as goal_node counts them."""
        return float(self.values.get('elapsed_s', 0.0))

    @property
    def entropy_bits_start(self) -> float:
        """Return the bits of the visible space before the first scan, one for each cell."""
        return float(np.count_nonzero(self._visible))

    def count(self, name: str) -> int:
        """Return a counter of the exploration state."""
        return int(self.values.get(name, 0))

    def _entropy_bits(self, percent: np.ndarray) -> float:
        """Return the bits left in the visible space; (H, W) int8 on the canvas."""
        return OccupancyGrid.from_percent(
            percent[self._visible][np.newaxis], self.grid.resolution).entropy_bits()

    def _on_map(self, message: OccupancyGridMessage) -> None:
        self.grid = grid_from_message(message)
        pose = self._pose()
        if pose is None:
            return
        time = seconds(message.header.stamp)
        self._pacer.note(time, self._scored_time or time)
        percent = self.record.canvas.lay(self.grid, self.grid.percent(), -1)
        sample = Sample(
            time, *pose, self._distance,
            float(np.mean(percent[self._visible_free] >= 0)), self._entropy_bits(percent),
            self._information_best, self.state)
        self.record.add(sample, percent, self._information)

    def _on_candidates(self, message: PointCloud2) -> None:
        bits = candidates_from_message(message).bits
        self._scored_time = seconds(message.header.stamp)
        self._best = (message.header.stamp, float(bits.max(initial=0.0)))
        self._take_information()

    def _on_information(self, message: OccupancyGridMessage) -> None:
        self._information_message = message
        self._take_information()

    def _take_information(self) -> None:
        """Once map and candidates of one moment are there, say in bits what the map shows."""
        message = self._information_message
        if message is None or self._best[0] != message.header.stamp:
            return
        self._information = self.record.canvas.lay(
            grid_from_message(message), percent_from_message(message), -1)
        self._information_best = self._best[1]
        self.record.add_information(self._information, self._information_best)

    def _on_goal(self, message: PoseStamped) -> None:
        self.record.goals.append(
            RecordedGoal(seconds(message.header.stamp), *pose_from_message(message.pose)))

    def _on_state(self, message: DiagnosticStatus) -> None:
        self.values = {each.key: each.value for each in message.values}
        self.state, self.sentence = self.values.get('state', self.state), message.message

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            for each in status.values:
                if each.key == 'collisions':
                    self.collisions = int(each.value)

    def _pose(self) -> tuple[float, float, float] | None:
        try:
            transform = self._buffer.lookup_transform('map', 'base_link', Time())
        except TransformException:
            return None
        return tuple(float(each) for each in pose_from_transform(transform.transform))

    def _look_up_pose(self) -> None:
        pose = self._pose()
        if pose is None:
            return
        if self.record.path:
            self._distance += math.dist(self.record.path[-1], pose[:2])
        self.record.path.append(pose[:2])
        self._start_exploration()

    def _start_exploration(self) -> None:
        """Have goal_node begin, now that all that follows is recorded."""
        if (self._starting is None and self.state == 'paused' and self.record.samples
                and self._start.service_is_ready()):
            self._starting = self._start.call_async(Trigger.Request())
