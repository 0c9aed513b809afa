"""Lidar scans, the poses they were taken from, and the segments their beams cover."""

from dataclasses import dataclass

from fsmi_explorer.jit import kernel
import numpy as np

SKIPPED, CLEARS, HITS = 0, 1, 2


@dataclass(frozen=True, eq=False)
class LaserScan:
    """
    One sweep of a lidar, as sensor_msgs/LaserScan has it, in the plane of the sensor.

    :param ranges: (n,) distances in m; NaN invalid, +inf no return, -inf too close (REP-117).
    :param angle_min: angle of the first beam, rad, counter-clockwise from the sensor's x axis.
    :param angle_increment: angle from beam to beam, rad; negative for a clockwise sweep.
    :param range_min: readings below are invalid, m.
    :param range_max: readings here or above are no return, m; inf where the sensor states none.
    :param time_increment: time from beam to beam, s; 0 for a scan taken at one instant.
    :raises ValueError: naming the argument, its value and what is allowed.
    """

    ranges: np.ndarray
    angle_min: float
    angle_increment: float
    range_min: float
    range_max: float
    time_increment: float = 0.0

    def __post_init__(self):
        """Check and convert the fields."""
        ranges = np.array(self.ranges, np.float32)
        if ranges.ndim != 1:
            raise ValueError(f'ranges must have shape (n,), got {ranges.shape}')
        object.__setattr__(self, 'ranges', ranges)
        for name in ('angle_min', 'angle_increment', 'time_increment'):
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f'{name} must be finite, got {getattr(self, name)}')
            object.__setattr__(self, name, float(getattr(self, name)))
        for name in ('range_min', 'range_max'):
            # In the precision of the ranges, which are compared with them.
            object.__setattr__(self, name, float(np.float32(getattr(self, name))))
        if not 0.0 <= self.range_min < self.range_max:
            raise ValueError(
                'ranges must satisfy 0 <= range_min < range_max, got range_min '
                f'{self.range_min} and range_max {self.range_max}')

    @property
    def angles(self) -> np.ndarray:
        """Return (n,) angles of the beams in rad."""
        return self.angle_min + self.angle_increment * np.arange(len(self.ranges))


@dataclass(frozen=True, eq=False)
class SensorPoses:
    """
    Where the sensor was in the map frame while it took one scan.

    :param positions: (k, 3) x y z in m at k equally spaced times, first beam to last beam;
        k = 1 for a scan taken at one instant.
    :param quaternions: (k, 4) x y z w, of any length but zero.
    :raises ValueError: naming the argument, its value and what is allowed.
    """

    positions: np.ndarray
    quaternions: np.ndarray

    def __post_init__(self):
        """Check the fields and bring the quaternions to unit length."""
        positions = np.array(self.positions, np.float64, order='C')
        quaternions = np.array(self.quaternions, np.float64, order='C')
        count = len(positions) if positions.ndim else 0
        if count == 0 or positions.shape != (count, 3) or quaternions.shape != (count, 4):
            raise ValueError(
                'positions and quaternions must have shapes (k, 3) and (k, 4), k >= 1, got '
                f'{positions.shape} and {quaternions.shape}')
        lengths = np.sqrt((quaternions * quaternions).sum(axis=1, keepdims=True))
        if not (np.isfinite(positions).all() and np.isfinite(lengths).all() and lengths.all()):
            raise ValueError('positions and quaternions must be finite, quaternions not zero')
        object.__setattr__(self, 'positions', positions)
        object.__setattr__(self, 'quaternions', quaternions / lengths)

    @classmethod
    def planar(cls, poses: np.ndarray) -> 'SensorPoses':
        """
        Make the poses of an upright sensor in the plane.

        :param poses: (3,) or (k, 3) x, y in m, yaw in rad.
        """
        x, y, yaw = np.atleast_2d(np.asarray(poses, np.float64)).T
        zero = np.zeros_like(x)
        return cls(
            np.stack([x, y, zero], axis=-1),
            np.stack([zero, zero, np.sin(yaw / 2), np.cos(yaw / 2)], axis=-1))


@kernel
def slerp(a, b, fraction, result):
    """Write into result the rotation at a fraction of the shorter way from a to b (Shoemake)."""
    cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    sign = 1.0 if cosine >= 0.0 else -1.0
    cosine = min(abs(cosine), 1.0)
    if cosine > 1.0 - 1e-12:
        weight_a, weight_b = 1.0 - fraction, fraction
    else:
        angle = np.arccos(cosine)
        sine = np.sqrt(1.0 - cosine * cosine)
        weight_a = np.sin((1.0 - fraction) * angle) / sine
        weight_b = np.sin(fraction * angle) / sine
    for i in range(4):
        result[i] = weight_a * a[i] + sign * weight_b * b[i]


@kernel
def reach(measured, range_min, range_max, limit, inf_is_free):
    """
    Return (kind, length in m): what a reading says and how far along the beam it says it.

    :param limit: beams are cut here, m; inf where neither sensor nor user states a range.
    """
    if np.isnan(measured) or measured < range_min:
        return SKIPPED, 0.0
    if measured >= range_max:
        known = inf_is_free and limit < np.inf
        return (CLEARS, limit) if known else (SKIPPED, 0.0)
    if measured > limit:
        return CLEARS, limit
    return HITS, measured


@kernel
def project_beams(
        ranges, angles, limits, inf_is_free, positions, quaternions, starts, ends, kinds):
    """
    Turn every beam into a segment in the plane of the map.

    :param ranges: (n,) m.
    :param angles: (first, increment) rad.
    :param limits: (range_min, range_max, limit) m.
    :param positions: (k, 3) m; beams lie between them at equal steps of time.
    :param quaternions: (k, 4) x y z w, unit.
    :param starts: (n, 2) x y in m, written.
    :param ends: (n, 2) x y in m, written.
    :param kinds: (n,) SKIPPED, CLEARS or HITS, written.
    """
    count, knots = len(ranges), len(positions)
    pace = (knots - 1) / max(count - 1, 1)
    rotation = np.empty(4)
    for i in range(count):
        kind, length = reach(ranges[i], limits[0], limits[1], limits[2], inf_is_free)
        kinds[i] = kind
        before = min(int(i * pace), max(knots - 2, 0))
        after = min(before + 1, knots - 1)
        fraction = i * pace - before
        slerp(quaternions[before], quaternions[after], fraction, rotation)
        x, y, z, w = rotation
        angle = angles[0] + i * angles[1]
        cosine, sine = np.cos(angle), np.sin(angle)
        # The first two rows of the rotation matrix, applied to (cosine, sine, 0).
        step_x = (1.0 - 2.0 * (y * y + z * z)) * cosine + 2.0 * (x * y - z * w) * sine
        step_y = 2.0 * (x * y + z * w) * cosine + (1.0 - 2.0 * (x * x + z * z)) * sine
        for axis, step in enumerate((step_x, step_y)):
            start = positions[before, axis] * (1.0 - fraction) + positions[after, axis] * fraction
            starts[i, axis] = start
            ends[i, axis] = start + length * step
