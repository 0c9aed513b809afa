"""The node that plays a log to the other nodes, no faster than they can follow."""

from array import array
from collections import deque
from collections.abc import Iterator
import math
import time

from builtin_interfaces.msg import Time as TimeMessage
from diagnostic_msgs.msg import DiagnosticArray
from fsmi_explorer.cli.processes import NodeProcesses
from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.logs import Log, LogScan, LogTransform, MAP_FRAME
from fsmi_explorer.nodes.conversions import (
    candidates_from_message,
    grid_from_message,
    percent_from_message,
    pose_from_transform,
)
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage
import numpy as np
from rcl_interfaces.srv import GetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, qos_profile_sensor_data, QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import LaserScan as LaserScanMessage, PointCloud2
from tf2_ros import Buffer, StaticTransformBroadcaster, TransformBroadcaster, TransformException

LISTENERS = ('mapping_node', 'mi_node')
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_CLOCK_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
# Fewer than the five that the queue of a sensor topic holds.
_MOST_UNANSWERED = 3
# The nodes take a step of 10 s of the clock for a jump and start afresh, and those steps that are
# not answered yet may reach them as one.
_LONGEST_STEP, _MOST_STEPS = 6.0 / (_MOST_UNANSWERED + 1), 4000
# A log holds transforms somewhat later than the scans they belong to, but not later than this.
_PATIENCE = 1.0
_WALL_SECONDS_TO_START, _WALL_SECONDS_TO_ANSWER = 180.0, 60.0
_SPIN_SECONDS = 0.05
_RESTING_REPORTS = 3


class LogPlayer(Node):
    """
    Publishes a log as /clock, TF and `scan`, and keeps what the listening nodes make of it.

    With every scan each listener gets a call to answer, and no scan goes out while more than a
    few calls are not answered. A listener takes a scan, if one is there, before it answers a call:
    so its queue never holds more scans than there are calls, and none is lost however fast the
    log is played.

    :param log: the log to play.
    :param processes: the listening nodes.
    """

    def __init__(self, log: Log, processes: NodeProcesses):
        """Wire the topics."""
        super().__init__('log_player')
        self._log, self._processes = log, processes
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        self._buffer = Buffer()
        self._scans = self.create_publisher(LaserScanMessage, 'scan', qos_profile_sensor_data)
        self._broadcaster = TransformBroadcaster(self)
        self._static_broadcaster = StaticTransformBroadcaster(self)
        # Publishers are made known in this order: who hears the clock, hears the others too.
        self._clock = self.create_publisher(Clock, '/clock', _CLOCK_QOS)
        self._calls = [self.create_client(GetParameters, f'{each}/get_parameters')
                       for each in LISTENERS]
        self.create_subscription(OccupancyGridMessage, 'map', self._on_map, _LATCHED)
        self.create_subscription(OccupancyGridMessage, 'mi_map', self._on_information, _LATCHED)
        self.create_subscription(PointCloud2, 'candidates', self._on_candidates, _LATCHED)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
        self._answers: deque[list[Future]] = deque()
        self.now = 0.0
        self.played = 0
        self.path: list[np.ndarray] = []
        self.map: OccupancyGridMessage | None = None
        self.dropped: dict[str, int] = {}
        self._information: OccupancyGridMessage | None = None
        self._candidates: PointCloud2 | None = None
        self._time_of: dict[str, Time] = {}
        self._all_decided, self._rest = False, 0
        self._last_stamp: TimeMessage | None = None

    def _on_map(self, message: OccupancyGridMessage) -> None:
        self.map = message

    def _on_information(self, message: OccupancyGridMessage) -> None:
        self._information = message

    def _on_candidates(self, message: PointCloud2) -> None:
        self._candidates = message

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self._time_of[status.name] = Time.from_msg(message.header.stamp)
            if status.name == LISTENERS[0]:
                values = {each.key: each.value for each in status.values}
                self._all_decided = values['waiting scans'] == '0'
                published = float(values.get('maps published (Hz)', 0.0))
                self._rest = self._rest + 1 if self._all_decided and not published else 0
                self.dropped = {
                    key.removeprefix('dropped: '): int(value)
                    for key, value in values.items() if key.startswith('dropped: ')}

    def wait_for_listeners(self) -> None:
        """
        Start the clock, and wait until all listeners follow it.

        :raises FsmiExplorerError: when one dies or is not there in time.
        """
        start = next(self._log.scans()).stamp + _SPIN_SECONDS

        def all_follow() -> bool:
            self._set_clock(start)
            return self._is_followed() and all(each.service_is_ready() for each in self._calls)
        self._spin_until(all_follow, _WALL_SECONDS_TO_START, 'the nodes did not start')

    def _is_followed(self) -> bool:
        """Tell whether the time of every listener is that of the clock."""
        now = Time.from_msg(to_stamp(self.now))
        return all(self._time_of.get(each) == now for each in LISTENERS)

    def play(self, rate: float) -> Iterator[int]:
        """
        Play the log; yields after each scan the number of scans played.

        :param rate: speed in times of real time; 0 for as fast as the listeners follow.
        """
        started, first = time.monotonic(), None
        for scan in self._placed_scans():
            first = scan.stamp if first is None else first
            while rate and (scan.stamp - first) / rate > time.monotonic() - started:
                self._executor.spin_once(_SPIN_SECONDS)
            self._move_clock(scan.stamp)
            self._send_transforms()
            message = scan_to_message(scan)
            self._scans.publish(message)
            self._last_stamp = message.header.stamp
            self._ask_listeners()
            self._note_pose(scan.stamp)
            self.played += 1
            yield self.played

    def _placed_scans(self) -> Iterator[LogScan]:
        """
        Yield the scans, each as soon as the transforms tell where it was taken.

        Transforms that a log holds until then are collected, to be sent all at once.
        """
        self._transforms: list[TransformStamped] = []
        waiting: deque[LogScan] = deque()
        for record in self._log:
            if isinstance(record, LogTransform):
                self._take_transform(record)
            else:
                waiting.append(record)
            while waiting and (self._is_placed(waiting[0])
                               or record.stamp - waiting[0].stamp > _PATIENCE):
                yield waiting.popleft()
        yield from waiting

    def _take_transform(self, record: LogTransform) -> None:
        transform = transform_to_message(record)
        try:
            if record.is_static:
                self._buffer.set_transform_static(transform, self.get_name())
                self._static_broadcaster.sendTransform(transform)
            else:
                self._buffer.set_transform(transform, self.get_name())
                self._transforms.append(transform)
        except TransformException as error:
            raise FsmiExplorerError(f'{self._log.path}: {error}') from None

    def _is_placed(self, scan: LogScan) -> bool:
        """Tell whether the pose of the sensor is known from the first beam to the last."""
        sweep = scan.scan.time_increment * (len(scan.scan.ranges) - 1)
        return all(self._buffer.can_transform(MAP_FRAME, scan.frame, Time.from_msg(to_stamp(each)))
                   for each in (scan.stamp, scan.stamp + sweep))

    def _send_transforms(self) -> None:
        if self._transforms:
            self._broadcaster.sendTransform(self._transforms)
            self._transforms = []

    def _move_clock(self, stamp: float) -> None:
        """Let the time of the nodes go on to a stamp, in steps that no node takes for a jump."""
        steps = min(max(math.ceil((stamp - self.now) / _LONGEST_STEP), 1), _MOST_STEPS)
        for now in np.linspace(self.now, max(stamp, self.now), steps + 1)[1:]:
            self._set_clock(float(now))
            if now < stamp:
                self._ask_listeners()

    def _set_clock(self, now: float) -> None:
        self.now = now
        self._clock.publish(Clock(clock=to_stamp(now)))

    def _ask_listeners(self, most_unanswered: int = _MOST_UNANSWERED) -> None:
        """Call every listener, and wait until no more calls than this are not answered."""
        self._answers.append([each.call_async(GetParameters.Request()) for each in self._calls])
        while len(self._answers) > most_unanswered:
            oldest = self._answers.popleft()
            self._spin_until(lambda: all(each.done() for each in oldest),  # noqa: B023
                             _WALL_SECONDS_TO_ANSWER, 'the nodes do not answer')

    def _note_pose(self, stamp: float) -> None:
        try:
            transform = self._buffer.lookup_transform(
                MAP_FRAME, self._log.base_frame, Time.from_msg(to_stamp(stamp)))
        except TransformException:
            return
        self.path.append(pose_from_transform(transform.transform))

    def finish(self, map_period: float) -> None:
        """
        Let time go on until the last map, its information and the last counts are there.

        :param map_period: time in which mapping_node publishes, s of the log.
        """
        self._move_clock(self.now + map_period + _LONGEST_STEP)
        self._ask_listeners(most_unanswered=0)
        self._all_decided, self._rest = False, 0

        def has_last_map() -> bool:
            self._set_clock(self.now + _SPIN_SECONDS)
            return self._has_last_map()
        self._spin_until(has_last_map, _WALL_SECONDS_TO_START, 'the map is not finished')
        if self.map is None:
            causes = '; '.join(f'{cause} ({count})' for cause, count in self.dropped.items())
            raise FsmiExplorerError(f'{self._log.path}: no scan could be mapped: {causes}')
        self._spin_until(self._is_scored, _WALL_SECONDS_TO_START, 'the map was not scored')

    def _has_last_map(self) -> bool:
        """
        Tell whether all scans are mapped or dropped, and the map that came is the last one.

        It is if it bears the stamp of the last scan; a scan that changes nothing makes no new map,
        so that it also counts as the last when mapping_node has had nothing to do for a while.
        """
        is_newest = self.map is not None and self.map.header.stamp == self._last_stamp
        return self._all_decided and (is_newest or self._rest >= _RESTING_REPORTS)

    def _is_scored(self) -> bool:
        """Tell whether information and candidates belong to the map."""
        return all(each is not None and each.header.stamp == self.map.header.stamp
                   for each in (self._information, self._candidates))

    def results(self):
        """Return the last map, its (H, W) bits (NaN where not scored) and its candidates."""
        candidates = candidates_from_message(self._candidates)
        percent = percent_from_message(self._information)
        best = float(candidates.bits[0]) if len(candidates.bits) else 0.0
        bits = np.where(percent < 0, np.nan, percent * best / 100.0)
        return grid_from_message(self.map), bits, candidates

    def _spin_until(self, is_done, seconds: float, complaint: str) -> None:
        deadline = time.monotonic() + seconds
        while not is_done():
            self._executor.spin_once(_SPIN_SECONDS)
            self._processes.check()
            if time.monotonic() > deadline:
                raise FsmiExplorerError(f'{complaint} within {seconds:g} s; their output is in '
                                        f'{self._processes.log_dir}')


def to_stamp(seconds: float) -> TimeMessage:
    """Return a time in s as a message."""
    return Time(nanoseconds=round(seconds * 1e9)).to_msg()


def transform_to_message(record: LogTransform) -> TransformStamped:
    """Return the message of a transform."""
    message = TransformStamped(child_frame_id=record.child)
    message.header.stamp, message.header.frame_id = to_stamp(record.stamp), record.parent
    at, turn = message.transform.translation, message.transform.rotation
    at.x, at.y, at.z = map(float, record.translation)
    turn.x, turn.y, turn.z, turn.w = map(float, record.rotation)
    return message


def scan_to_message(record: LogScan) -> LaserScanMessage:
    """Return the message of a scan."""
    scan = record.scan
    message = LaserScanMessage(
        angle_min=float(scan.angle_min), angle_increment=float(scan.angle_increment),
        angle_max=float(scan.angle_min + scan.angle_increment * (len(scan.ranges) - 1)),
        range_min=float(scan.range_min), range_max=float(scan.range_max),
        time_increment=float(scan.time_increment), ranges=array('f', scan.ranges.tobytes()))
    message.header.stamp, message.header.frame_id = to_stamp(record.stamp), record.frame
    return message
