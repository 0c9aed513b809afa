"""
Logs of the CARMEN toolkit, one message a line: FLASER, RLASER and ROBOTLASERn.

    FLASER n r_1 ... r_n  laser_x laser_y laser_yaw  odom_x odom_y odom_yaw  time host logger_time
    ROBOTLASER1 type start_angle fov step max_range accuracy mode  n r_1 ... r_n
        m remission_1 ... remission_m  laser_x laser_y laser_yaw  robot_x robot_y robot_yaw
        tv rv forward side axis  time host logger_time

The first pose is that of the laser; a corrected log has the corrected pose there, a raw one
odometry. Everything else (ODOM, NEFF, SYNC, ...) adds nothing to that and is passed over.
"""

import bz2
from collections.abc import Iterator
from dataclasses import dataclass, field
import gzip
from pathlib import Path
from typing import TextIO
import zlib

from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.logs.records import Log, LogScan, LogTransform, MAP_FRAME
from fsmi_explorer.logs.stamps import usable_stamps
from fsmi_explorer.mapping import LaserScan
import numpy as np

ODOM_FRAME, BASE_FRAME = 'odom', 'base_link'
_OPENERS = {'.gz': gzip.open, '.bz2': bz2.open}
_RANGE_MIN = 0.05
# Lasers of the time see 80 m; beyond lie the codes that a SICK LMS sends instead of a distance.
_RANGE_MAX = 81.0
# Where the longest readings of a log pile up within this share of the longest, and no laser has a
# shorter limit, they are what the laser sends when nothing returns.
_PILE_WIDTH, _PILE_SHARE, _PILE_RATIO, _PILE_NEAREST = 0.0025, 0.002, 10, 8.0
# Fields of view by number of readings where they are not a half turn, as CARMEN guesses them.
_FIELDS_OF_VIEW = {n: np.radians(100) for n in (101, 201, 401)} | {
    n: np.radians(270) for n in (541, 1081)}
_FRAME_OF = {'FLASER': 'laser', 'RLASER': 'rear_laser'}
_OFFSET_OF = {'robot_frontlaser_offset': 'laser', 'robot_rearlaser_offset': 'rear_laser'}


@dataclass(frozen=True, eq=False)
class _Reading:
    """One laser line: who measured what, when, from where."""

    frame: str
    stamp: float
    ranges: np.ndarray
    angle_min: float
    angle_increment: float
    range_max: float
    pose: np.ndarray
    robot_pose: np.ndarray


@dataclass
class _Header:
    """What the PARAM lines tell of the lasers."""

    range_max: float = _RANGE_MAX
    mounts: dict[str, np.ndarray] = field(
        default_factory=lambda: {'rear_laser': np.array([0.0, 0.0, np.pi])})

    def take(self, words: list[str]) -> None:
        """Note the parameter of a line `PARAM name value ...` if it matters."""
        name, value = words[1], words[2]
        if name in _OFFSET_OF:
            frame = _OFFSET_OF[name]
            self.mounts[frame] = np.array([float(value), 0.0, self.mounts.get(frame, [0.0])[-1]])
        elif name in ('robot_front_laser_max', 'laser_front_laser_max'):
            self.range_max = min(self.range_max, float(value))


def read_carmen(path: Path) -> Log:
    """
    Read a CARMEN log, as it is or compressed (.gz, .bz2).

    :raises FileFormatError: naming the file, the line where there is one, and the reason.
    """
    header, readings = _Header(), []
    try:
        opened = _OPENERS.get(path.suffix, open)
        with opened(path, 'rt', encoding='ascii', errors='replace') as log:
            _read_lines(path, log, header, readings)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, 'strerror', None) or error
        raise FileFormatError(f'{path}: {reason}') from None
    if not readings:
        raise FileFormatError(
            f'{path}: no laser scan in it, looked for lines FLASER, RLASER, ROBOTLASER1')
    scans = _make_scans(header, readings)
    mounts = _mounts(header, readings)
    return Log(path, len(scans), scans[-1].stamp - scans[0].stamp, BASE_FRAME,
               no_return_is_free=False, read_records=lambda: _records(scans, mounts))


def _read_lines(path: Path, log: TextIO, header: _Header, readings: list[_Reading]) -> None:
    for number, line in enumerate(log, 1):
        words = line.split()
        try:
            if not words:
                continue
            if words[0] in _FRAME_OF:
                readings.append(_read_flaser(words))
            elif words[0].startswith('ROBOTLASER'):
                readings.append(_read_robotlaser(words))
            elif words[0] == 'PARAM' and len(words) > 2:
                header.take(words)
        except ValueError as error:
            raise FileFormatError(f'{path}:{number}: {words[0]}: {error}') from None


class _Words:
    """The words of a line, taken from the left."""

    def __init__(self, words: list[str]):
        self._words, self._next = words, 1

    def numbers(self, count: int, what: str) -> np.ndarray:
        """Take numbers; ValueError if there are fewer or others."""
        taken = self._words[self._next:self._next + count]
        if len(taken) < count:
            raise ValueError(f'the line ends within the {what}: {count} expected, '
                             f'{len(taken)} there')
        self._next += count
        try:
            return np.array(taken, float)
        except ValueError:
            wrong = next(word for word in taken if not _is_number(word))
            raise ValueError(f'{what}: {wrong!r} is not a number') from None

    def finite(self, count: int, what: str) -> np.ndarray:
        """Take finite numbers."""
        values = self.numbers(count, what)
        if not np.isfinite(values).all():
            raise ValueError(f'{what} must be finite, got {" ".join(map(str, values))}')
        return values

    def count(self, what: str) -> int:
        """Take a whole number that is not negative."""
        value, = self.finite(1, what)
        if value < 0 or value != int(value):
            raise ValueError(f'{what} must be a whole number, got {value:g}')
        return int(value)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _read_flaser(words: list[str]) -> _Reading:
    line = _Words(words)
    count = line.count('number of readings')
    ranges = line.numbers(count, 'readings')
    pose, odometry = line.finite(3, 'pose of the laser'), line.finite(3, 'pose of the odometry')
    stamp, = line.numbers(1, 'time')
    fov = _FIELDS_OF_VIEW.get(count, np.pi)
    # 181 readings at whole degrees reach from end to end; 180 stop one step short of it.
    increment = fov / (count - 1 if count % 2 else count) if count > 1 else fov
    return _Reading(_FRAME_OF[words[0]], stamp, ranges, -fov / 2, increment, np.inf,
                    pose, odometry)


def _read_robotlaser(words: list[str]) -> _Reading:
    line = _Words(words)
    _, angle_min, _, increment, range_max, _, _ = line.finite(7, 'configuration of the laser')
    ranges = line.numbers(line.count('number of readings'), 'readings')
    line.numbers(line.count('number of remissions'), 'remissions')
    pose, robot_pose = line.finite(3, 'pose of the laser'), line.finite(3, 'pose of the robot')
    line.numbers(5, 'velocities and safety distances')
    stamp, = line.numbers(1, 'time')
    if not range_max > _RANGE_MIN:
        raise ValueError(f'greatest range must be above {_RANGE_MIN} m, got {range_max:g}')
    return _Reading(f'laser{words[0][len("ROBOTLASER"):]}', stamp, ranges, angle_min, increment,
                    range_max, pose, robot_pose)


def _make_scans(header: _Header, readings: list[_Reading]) -> list[LogScan]:
    stamps = usable_stamps(np.array([each.stamp for each in readings]))
    limit = min(header.range_max, _pile_of_longest(readings))
    return [
        LogScan(float(stamp), each.frame, LaserScan(
            each.ranges, each.angle_min, each.angle_increment, _RANGE_MIN,
            min(limit, each.range_max)), each.pose)
        for stamp, each in zip(stamps, readings, strict=True)]


def _pile_of_longest(readings: list[_Reading]) -> float:
    """
    Return the range from which readings are no returns, inf if none stand out.

    Beams without return give one of a few values, the longest of a log; distances to walls of
    about that length come singly.
    """
    ranges = np.concatenate([each.ranges for each in readings])
    ranges = ranges[np.isfinite(ranges)]
    longest = ranges.max(initial=0.0)
    start = (1 - _PILE_WIDTH) * longest
    pile = np.count_nonzero(ranges >= start)
    beside = np.count_nonzero((ranges >= (1 - 2 * _PILE_WIDTH) * longest) & (ranges < start))
    stands_out = pile > max(_PILE_SHARE * len(ranges), _PILE_RATIO * beside)
    return start if stands_out and longest > _PILE_NEAREST else np.inf


def _mounts(header: _Header, readings: list[_Reading]) -> dict[str, np.ndarray]:
    """Return the pose (x, y, yaw) of every laser on the robot, by its frame."""
    mounts = {}
    for each in readings:
        if each.frame not in mounts:
            measured = each.frame not in _FRAME_OF.values()
            mounts[each.frame] = (
                _relative(each.robot_pose, each.pose) if measured
                else header.mounts.get(each.frame, np.zeros(3)))
    return mounts


def _relative(base: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Return a pose as seen from a base, all (x, y, yaw)."""
    cosine, sine = np.cos(base[2]), np.sin(base[2])
    dx, dy = pose[:2] - base[:2]
    return np.array([cosine * dx + sine * dy, cosine * dy - sine * dx, pose[2] - base[2]])


def _robot_pose(pose: np.ndarray, mount: np.ndarray) -> np.ndarray:
    """Return the pose of a robot whose laser, mounted so, has this pose."""
    yaw = pose[2] - mount[2]
    cosine, sine = np.cos(yaw), np.sin(yaw)
    x, y = mount[:2]
    return np.array([pose[0] - cosine * x + sine * y, pose[1] - sine * x - cosine * y, yaw])


def _records(
    scans: list[LogScan], mounts: dict[str, np.ndarray],
) -> Iterator[LogScan | LogTransform]:
    """Walk through the scans, each after the transforms that hold at its stamp."""
    start = scans[0].stamp
    yield LogTransform.planar(start, MAP_FRAME, ODOM_FRAME, np.zeros(3), is_static=True)
    for frame, mount in mounts.items():
        yield LogTransform.planar(start, BASE_FRAME, frame, mount, is_static=True)
    for scan in scans:
        robot_pose = _robot_pose(scan.pose, mounts[scan.frame])
        yield LogTransform.planar(scan.stamp, ODOM_FRAME, BASE_FRAME, robot_pose)
        yield scan
