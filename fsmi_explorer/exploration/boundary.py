"""The boundary that goals stay within."""

from fsmi_explorer.errors import ConfigurationError
import numpy as np


class Boundary:
    """A polygon in the map frame; without corners it bounds nothing."""

    def __init__(self, corners=()):
        """
        Check the corners.

        :param corners: flat x, y, x, y, ... or (k, 2), in m; empty for no boundary.
        :raises ConfigurationError: for an odd count, fewer than three corners, or no numbers.
        """
        flat = np.asarray(corners, float).ravel()
        if flat.size % 2 or 0 < flat.size < 6:
            raise ConfigurationError(
                'boundary must be x, y of at least three corners, or empty, '
                f'got {flat.size} numbers')
        if not np.isfinite(flat).all():
            raise ConfigurationError('boundary must be finite numbers')
        self.corners = flat.reshape(-1, 2)

    def contains(self, points: np.ndarray) -> np.ndarray:
        """
        Tell which points lie inside, by the even-odd rule.

        :param points: (k, 2+) x, y, ...
        :returns: (k,) bool.
        """
        points = np.asarray(points, float)
        if not len(self.corners):
            return np.ones(len(points), bool)
        x, y = points[:, 0], points[:, 1]
        inside = np.zeros(len(points), bool)
        for (ax, ay), (bx, by) in zip(self.corners, np.roll(self.corners, -1, axis=0)):
            crosses = (ay > y) != (by > y)
            with np.errstate(divide='ignore', invalid='ignore'):
                inside ^= crosses & (x < ax + (y - ay) * (bx - ax) / (by - ay))
        return inside
