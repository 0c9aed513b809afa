"""Clouds of points cut to a band of heights, as beams in the plane of the map."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter
from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.mapping import SensorPoses
import numpy as np


@dataclass(frozen=True)
class HeightBandConfig(Configuration):
    """What of a cloud of points counts as an obstacle."""

    low: float = parameter(
        0.1, 'points below this height over the plane of the map are floor', unit='m',
        low=-100.0, high=100.0)
    high: float = parameter(
        1.5, 'points above this height are overhead', unit='m', low=-100.0, high=100.0)
    min_range: float = parameter(
        0.3, 'nearer points are ignored, as they may be the robot itself', unit='m', low=0.0,
        high=100.0)
    max_range: float = parameter(
        10.0, 'farther points only clear, up to this distance', unit='m', low=0.1, high=1000.0)

    def __post_init__(self):
        """Check the limits against each other too."""
        super().__post_init__()
        if self.low >= self.high or self.min_range >= self.max_range:
            raise ConfigurationError(
                'low and min_range must be below high and max_range, got '
                f'{self.low}, {self.min_range}, {self.high}, {self.max_range}')


def band_beams(
        points: np.ndarray, pose: SensorPoses, config: HeightBandConfig, resolution: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Return the beams of a cloud that lie within the band.

    A point within the band is the hit of a beam. One outside clears as far as the way to it leads
    through the band. Of the beams that end in one cell, one is kept.

    :param points: (n, 3) x, y, z in the frame of the sensor; NaN where there is none.
    :param pose: the sensor in the frame of the map; of several, the first.
    :param resolution: side of a cell, m.
    :return: start (2,), ends (k, 2) and whether each is a hit (k,), as of `insert_endpoints`.
    """
    position = pose.positions[0]
    points = points[np.isfinite(points).all(axis=1)]
    offsets = points @ rotation_matrix(pose.quaternions[0]).T
    heights = position[2] + offsets[:, 2]
    length = np.hypot(offsets[:, 0], offsets[:, 1])
    share = _share_within(position[2], heights, config)
    share = np.minimum(share, config.max_range / np.maximum(length, 1e-9))
    used = (length >= config.min_range) & (share > 0.0)
    ends = position[:2] + share[used, None] * offsets[used, :2]
    return position[:2], *_one_per_cell(ends, share[used] == 1.0, resolution)


def rotation_matrix(quaternion: np.ndarray) -> np.ndarray:
    """Return the (3, 3) matrix of a unit quaternion x, y, z, w."""
    x, y, z, w = quaternion
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])


def _share_within(start: float, ends: np.ndarray, config: HeightBandConfig) -> np.ndarray:
    """
    Return the share of the way from one height to others that comes before the band is left.

    :return: (n,) 0 when the way begins outside of the band, 1 when it ends within.
    """
    within = (ends >= config.low) & (ends <= config.high)
    if not config.low <= start <= config.high:
        # A sensor above or below sees into the band, but not what lies before the point.
        return np.where(within, 1.0, 0.0)
    limit = np.where(ends > config.high, config.high, config.low)
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.where(within, 1.0, (limit - start) / (ends - start))


def _one_per_cell(ends: np.ndarray, hits: np.ndarray, resolution: float):
    """Keep one beam of those that end in the same cell, a hit if there is one."""
    order = np.argsort(~hits, kind='stable')
    cells = np.floor(ends[order] / resolution).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    chosen = order[first]
    return ends[chosen], hits[chosen]
