"""What a recorded log holds: scans and transforms, in the order they were recorded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fsmi_explorer.mapping import LaserScan
import numpy as np

MAP_FRAME = 'map'


@dataclass(frozen=True, eq=False)
class LogScan:
    """
    A scan of a log.

    :param stamp: time of the first beam, s.
    :param frame: frame of the sensor.
    :param scan: the readings.
    :param pose: (3,) x, y, yaw of the sensor in the map, m and rad; None where only the
        transforms of the log tell it.
    """

    stamp: float
    frame: str
    scan: LaserScan
    pose: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class LogTransform:
    """
    Where one frame lies in another.

    :param stamp: time at which it holds, s.
    :param parent: frame it is measured in.
    :param child: frame it places.
    :param translation: (3,) x, y, z, m.
    :param rotation: (4,) quaternion x, y, z, w.
    :param is_static: whether it holds at all times.
    """

    stamp: float
    parent: str
    child: str
    translation: np.ndarray
    rotation: np.ndarray
    is_static: bool = False

    @classmethod
    def planar(
        cls, stamp: float, parent: str, child: str, pose: np.ndarray, is_static: bool = False,
    ) -> 'LogTransform':
        """Make a transform of a pose (x, y, yaw)."""
        x, y, yaw = pose
        rotation = np.array([0.0, 0.0, np.sin(yaw / 2), np.cos(yaw / 2)])
        return cls(stamp, parent, child, np.array([x, y, 0.0]), rotation, is_static)


@dataclass(frozen=True, eq=False)
class Log:
    """
    A recorded run: iterate over it for its scans and transforms.

    The transforms connect the frame `map` with the frame of every scan.

    :param path: file or folder it is read from.
    :param scan_count: how many scans there are.
    :param duration: time from the first to the last of them, s.
    :param base_frame: the frame of the robot; that of the sensor where the log names none.
    :param no_return_is_free: whether a beam without return shows that its way is free. It does
        not where a sensor reports errors, glare and dark surfaces in the same way.
    """

    path: Path
    scan_count: int
    duration: float
    base_frame: str
    no_return_is_free: bool
    read_records: Callable[[], Iterator[LogScan | LogTransform]] = field(repr=False)

    def __iter__(self) -> Iterator[LogScan | LogTransform]:
        """Walk through the records, as often as wanted."""
        return self.read_records()

    def scans(self) -> Iterator[LogScan]:
        """Walk through the scans alone."""
        return (record for record in self if isinstance(record, LogScan))
