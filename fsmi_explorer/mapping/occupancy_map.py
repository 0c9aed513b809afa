"""A log-odds occupancy map that grows with the scans put into it."""

from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping import laser_scan
from fsmi_explorer.mapping.laser_scan import LaserScan, SensorPoses
from fsmi_explorer.mapping.occupancy_grid import OccupancyGrid
from fsmi_explorer.mapping.rectangle import Rectangle
from fsmi_explorer.mapping.sensor_model import log_odds, MappingConfig
import numpy as np

_CHUNK = 64


class MapSizeError(FsmiExplorerError):
    """A scan reaches so far that the map would exceed its largest size; nothing was changed."""


class OccupancyMap:
    """
    Log-odds of the cells of a lattice, stored over the rectangle seen so far and some slack.

    The edges of the cells lie at whole multiples of the resolution from a fixed anchor, so cells
    keep their place in the world however the array grows.

    :param config: see `MappingConfig`.
    """

    def __init__(self, config: MappingConfig | None = None):
        self.config = config or MappingConfig()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._anchor = np.zeros(2)
        self._corner = (0, 0)
        self._allocate(0, 0)
        self._changed = None

    def _allocate(self, rows: int, cols: int) -> None:
        self._log_odds = np.full((rows, cols), np.nan, np.float32)
        self._stamps = np.zeros((rows, cols), np.int32)
        self._stamp = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns) of the array as it is now; (0, 0) before the first scan."""
        return self._log_odds.shape

    @property
    def origin(self) -> tuple[float, float, float]:
        """Return the pose (x, y, yaw) of the outer corner of cell (0, 0), m and rad."""
        row, col = self._corner
        x, y = self._anchor + np.array([col, row]) * self.config.resolution
        return float(x), float(y), 0.0

    def insert_scan(self, scan: LaserScan, poses: SensorPoses) -> Rectangle | None:
        """
        Put one scan into the map.

        :param scan: the ranges.
        :param poses: where the sensor was meanwhile, in the frame of the map.
        :return: the cells whose values changed, in indices of the array as it is now.
        :raises MapSizeError: when the map would exceed max_cells; the map stays as it was.
        """
        count = len(scan.ranges)
        starts, ends = np.empty((count, 2)), np.empty((count, 2))
        kinds = np.empty(count, np.uint8)
        limit = min(scan.range_max, self.config.max_range or np.inf)
        laser_scan.project_beams(
            scan.ranges, (scan.angle_min, scan.angle_increment),
            (scan.range_min, scan.range_max, limit), self.config.inf_is_free,
            poses.positions, poses.quaternions, starts, ends, kinds)
        valid = kinds != laser_scan.SKIPPED
        return self.insert_endpoints(
            starts[valid], ends[valid], kinds[valid] == laser_scan.HITS)

    def insert_endpoints(
            self, starts: np.ndarray, ends: np.ndarray, hits: np.ndarray) -> Rectangle | None:
        """
        Put the beams of one scan into the map: each cell changes at most once, a hit wins.

        :param starts: (n, 2) or (2,) x, y of the sensor in m.
        :param ends: (n, 2) x, y in m where the beams end.
        :param hits: (n,) bool; without a hit the last cell counts as passed.
        :return: the cells whose values changed, in indices of the array as it is now.
        :raises ValueError: when shapes disagree or a coordinate is not finite.
        :raises MapSizeError: when the map would exceed max_cells; the map stays as it was.
        """
        ends = np.asarray(ends, np.float64)
        if ends.ndim != 2 or ends.shape[1] != 2 or np.shape(hits) != ends.shape[:1]:
            raise ValueError('ends and hits must have shapes (n, 2) and (n,), got '
                             f'{ends.shape} and {np.shape(hits)}')
        if len(ends) == 0:
            return None
        starts = np.broadcast_to(np.asarray(starts, np.float64), ends.shape)
        starts, ends = self._to_lattice(starts), self._to_lattice(ends)
        low = np.minimum(starts.min(axis=0), ends.min(axis=0))
        high = np.maximum(starts.max(axis=0), ends.max(axis=0))
        if not np.isfinite(low + high).all():
            raise ValueError('starts and ends must be finite')
        self._grow_to_hold(np.floor(low)[::-1], np.floor(high)[::-1] + 1)
        corner = np.array(self._corner[::-1], np.float64)
        self._stamp += 1
        changed = np.array([2 ** 62, 2 ** 62, -1, -1])
        _insert(starts - corner, ends - corner, np.asarray(hits, bool), self._stamp,
                self.config.sensor.log_odds, self._log_odds, self._stamps, changed)
        if changed[2] < 0:
            return None
        rectangle = Rectangle(*(int(value) for value in changed))
        self._changed = rectangle.shifted(*self._corner).union(self._changed)
        return rectangle

    def _to_lattice(self, points: np.ndarray) -> np.ndarray:
        return (points - self._anchor) / self.config.resolution

    def _grow_to_hold(self, low: np.ndarray, high: np.ndarray) -> None:
        """Enlarge the arrays until they hold lattice cells low <= (row, col) < high."""
        old_low = np.array(self._corner)
        old_high = old_low + self.shape
        if self.shape != (0, 0):
            if (low >= old_low).all() and (high <= old_high).all():
                return
            slack = np.maximum(_CHUNK, (old_high - old_low) // 8)
            low = np.where(low < old_low, low - slack, old_low)
            high = np.where(high > old_high, high + slack, old_high)
        low = np.floor(low / _CHUNK) * _CHUNK
        high = np.ceil(high / _CHUNK) * _CHUNK
        rows, cols = high - low
        if rows * cols > self.config.max_cells:
            raise MapSizeError(
                f'a scan would make the map {cols:.0f} x {rows:.0f} cells, more than max_cells '
                f'= {self.config.max_cells} allows')
        old, (row, col) = self._log_odds, (old_low - low).astype(int)
        self._corner = int(low[0]), int(low[1])
        self._allocate(int(rows), int(cols))
        self._log_odds[row:row + old.shape[0], col:col + old.shape[1]] = old

    def grid(self) -> OccupancyGrid:
        """Return a copy of the map as probabilities; one unknown cell before the first scan."""
        odds = self._log_odds if self._log_odds.size else np.full((1, 1), np.nan, np.float32)
        return OccupancyGrid(1 / (1 + np.exp(-odds)), self.config.resolution, self.origin)

    def take_changed(self) -> Rectangle | None:
        """Return the cells changed since the last call, in indices of the array as it is now."""
        changed, self._changed = self._changed, None
        if changed is None:
            return None
        return changed.shifted(-self._corner[0], -self._corner[1])

    def continue_from(self, grid: OccupancyGrid) -> None:
        """
        Start anew from a grid.

        :raises ValueError: when its resolution is another or its axes are turned.
        """
        resolution = self.config.resolution
        if not np.isclose(grid.resolution, resolution) or grid.origin[2] != 0.0:
            raise ValueError(
                f'the grid must have resolution {resolution} m and yaw 0, got {grid.resolution} m '
                f'and yaw {grid.origin[2]}')
        self.reset()
        corner = np.array(grid.origin[:2]) / resolution
        whole = np.rint(corner)
        self._anchor = np.where(abs(corner - whole) < 1e-3, 0.0, corner - whole) * resolution
        self._corner = int(whole[1]), int(whole[0])
        self._allocate(*grid.shape)
        sensor = self.config.sensor
        self._log_odds[:] = log_odds(np.clip(grid.probabilities, sensor.p_min, sensor.p_max))
        self._changed = Rectangle(0, 0, *grid.shape).shifted(*self._corner)


@kernel
def _insert(starts, ends, hits, stamp, model, odds, stamps, changed):
    hit, miss, low, high = model
    for i in range(len(ends)):
        if hits[i]:
            row, col = int(np.floor(ends[i, 1])), int(np.floor(ends[i, 0]))
            _add(row, col, hit, low, high, stamp, odds, stamps, changed)
    for i in range(len(ends)):
        x0, y0, x1, y1 = starts[i, 0], starts[i, 1], ends[i, 0], ends[i, 1]
        row, col = int(np.floor(y0)), int(np.floor(x0))
        steps_x, steps_y = int(np.floor(x1)) - col, int(np.floor(y1)) - row
        sign_x, sign_y = (1 if steps_x > 0 else -1), (1 if steps_y > 0 else -1)
        steps_x, steps_y = abs(steps_x), abs(steps_y)
        border_x, border_y = col + (sign_x > 0), row + (sign_y > 0)
        while steps_x > 0 or steps_y > 0:
            _add(row, col, miss, low, high, stamp, odds, stamps, changed)
            cross_x = abs((border_x - x0) * (y1 - y0)) if steps_x else np.inf
            cross_y = abs((border_y - y0) * (x1 - x0)) if steps_y else np.inf
            if cross_x <= cross_y:
                col += sign_x
                border_x += sign_x
                steps_x -= 1
            if cross_y <= cross_x:
                row += sign_y
                border_y += sign_y
                steps_y -= 1
        if not hits[i]:
            _add(row, col, miss, low, high, stamp, odds, stamps, changed)


@kernel
def _add(row, col, amount, low, high, stamp, odds, stamps, changed):
    if stamps[row, col] == stamp:
        return
    stamps[row, col] = stamp
    before = odds[row, col]
    known = before if before == before else np.float32(0)
    after = min(max(known + amount, low), high)
    if after != before:
        odds[row, col] = after
        changed[0] = min(changed[0], row)
        changed[1] = min(changed[1], col)
        changed[2] = max(changed[2], row + 1)
        changed[3] = max(changed[3], col + 1)
