"""Scans and clouds that wait until TF knows where they were taken."""

from collections import deque
from dataclasses import dataclass
import math
from typing import Any, Callable, Iterator

from fsmi_explorer.mapping import SensorPoses
from fsmi_explorer.nodes.conversions import seconds
from fsmi_explorer.nodes.stopwatch import Stopwatch
from fsmi_explorer.nodes.transforms import Frames
import numpy as np
from rclpy.duration import Duration
from rclpy.time import Time
from std_msgs.msg import Header
from tf2_ros import TransformException

_POSE_PERIOD = 0.01
_FUTURE_TOLERANCE = 1.0


@dataclass(frozen=True)
class WaitingScan:
    """
    A scan and what is needed to find out where it was taken.

    :param content: what the sensor measured.
    :param header: frame of the sensor and time of the first beam.
    :param sweep: time from the first beam to the last, s.
    :param waited: runs since it came.
    """

    content: Any
    header: Header
    sweep: float
    waited: Stopwatch


class ScanQueue:
    """
    Scans in the order in which they came, each until its poses are known or its time is over.

    :param frames: the transforms.
    :param drop: told the cause and the details of each scan that is not used.
    """

    def __init__(self, frames: Frames, drop: Callable[[str, str], None]):
        """Start empty."""
        self._frames = frames
        self._drop = drop
        self._waiting: deque[WaitingScan] = deque()
        self._not_before = -math.inf
        self._jumped = False
        self._because = ''

    def __len__(self) -> int:
        """Return the number of scans that wait."""
        return len(self._waiting)

    def put(self, content: Any, header: Header, limit: int, sweep: float = 0.0) -> None:
        """
        Add a scan, unless it is too old.

        :param content: what the sensor measured.
        :param header: frame of the sensor and time of the first beam.
        :param limit: greatest number of scans that wait; the oldest has to go for a new one.
        :param sweep: time from the first beam to the last, s.
        """
        now, stamp = self._frames.now(), seconds(header.stamp)
        if stamp < self._not_before:
            self._drop(f'scan from before {self._because}',
                       f'{self._not_before - stamp:.3f} s older')
        elif self._jumped and stamp > now + _FUTURE_TOLERANCE:
            self._drop('scan from before a jump of the clock', f'{stamp - now:.3f} s ahead of it')
        else:
            if len(self._waiting) >= limit:
                self._waiting.popleft()
                self._drop('too many scans wait for their transforms', f'more than {limit}')
            self._waiting.append(WaitingScan(content, header, sweep, Stopwatch(now)))

    def forget(self, because: str, jumped: bool = False) -> None:
        """
        Drop all scans, and those that are still to come but were taken before now.

        :param because: what has happened.
        :param jumped: whether the clock jumped, so that scans from before may be of later times.
        """
        for _ in self._waiting:
            self._drop(f'scan from before {because}', '')
        self._waiting.clear()
        self._not_before, self._because = self._frames.now(), because
        self._jumped = self._jumped or jumped

    def ready(self, map_frame: str, timeout: float) -> Iterator[tuple[WaitingScan, SensorPoses]]:
        """
        Yield the scans whose poses are known, with these, and drop those that waited too long.

        :param map_frame: the frame that poses are wanted in.
        :param timeout: how long a scan may wait, s.
        """
        for _ in range(len(self._waiting)):
            waiting = self._waiting.popleft()
            try:
                poses = self._poses(waiting, map_frame)
            except TransformException as error:
                if waiting.waited.elapsed(self._frames.now()) < timeout:
                    self._waiting.append(waiting)
                else:
                    frame = waiting.header.frame_id
                    self._drop(f'no transform {map_frame} -> {frame} at the stamp of the scan',
                               f'waited {timeout:g} s; {error}')
            else:
                yield waiting, poses

    def _poses(self, waiting: WaitingScan, map_frame: str) -> SensorPoses:
        """Look up where the sensor was from the first beam to the last; the last is the first."""
        header = waiting.header
        first = Time.from_msg(header.stamp)
        count = math.ceil(abs(waiting.sweep) / _POSE_PERIOD) + 1
        offsets = np.linspace(0.0, waiting.sweep, count)
        positions, quaternions = np.empty((count, 3)), np.empty((count, 4))
        for i in np.argsort(-offsets):
            time = first + Duration(nanoseconds=round(offsets[i] * 1e9))
            transform = self._frames.lookup(map_frame, header.frame_id, time).transform
            at, q = transform.translation, transform.rotation
            positions[i], quaternions[i] = (at.x, at.y, at.z), (q.x, q.y, q.z, q.w)
        return SensorPoses(positions, quaternions)
