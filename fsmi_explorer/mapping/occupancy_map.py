"""A log-odds occupancy map that grows with the scans put into it."""

from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.mapping.laser_scan import CLEARS, HITS, LaserScan, project_beams, SensorPoses
from fsmi_explorer.mapping.log_odds import log_odds, percent, probability
from fsmi_explorer.mapping.occupancy_grid import OccupancyGrid
from fsmi_explorer.mapping.rectangle import Rectangle
from fsmi_explorer.mapping.scan_insertion import apply_marks, mark_beams, to_lattice
from fsmi_explorer.mapping.sensor_model import MappingConfig
from fsmi_explorer.mapping.traversal import LONGEST_SIDE
import numpy as np

# What the map needs compiled; see `warm_up`.
KERNELS = project_beams, to_lattice, mark_beams, apply_marks

# Arrays end at multiples of this many cells, so that most scans find room.
_CHUNK = 64


class MapSizeError(FsmiExplorerError):
    """A scan reaches so far that the map would exceed its largest size; nothing was changed."""


class OccupancyMap:
    """
    Log-odds of the cells of a lattice, stored over the rectangle seen so far and some slack.

    The edges of the cells lie at whole multiples of the resolution from a fixed anchor, so cells
    keep their place in the world however the array grows. Not safe for use by several threads at
    once without a lock.

    :param config: see `MappingConfig`.
    """

    def __init__(self, config: MappingConfig | None = None):
        self.config = config or MappingConfig()
        self._marks = np.zeros(0, np.uint8)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._anchor = np.zeros(2)
        self._corner = np.zeros(2, np.int64)
        self._odds = np.empty((0, 0), np.float32)
        self._changed: Rectangle | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns) of the array as it is now; (0, 0) before the first scan."""
        return self._odds.shape

    @property
    def origin(self) -> tuple[float, float, float]:
        """Return the pose (x, y, yaw) of the outer corner of cell (0, 0), m and rad."""
        x, y = self._anchor + self._corner[::-1] * self.config.resolution
        return float(x), float(y), 0.0

    def insert_scan(self, scan: LaserScan, poses: SensorPoses) -> Rectangle | None:
        """
        Put one scan into the map: each cell changes at most once, a hit wins over a miss.

        :param scan: the ranges.
        :param poses: where the sensor was meanwhile, in the frame of the map.
        :return: the cells whose values changed, in indices of the array as it is now.
        :raises MapSizeError: when the map would exceed max_cells; the map stays as it was.
        """
        count = len(scan.ranges)
        starts, ends = np.empty((count, 2)), np.empty((count, 2))
        kinds = np.empty(count, np.uint8)
        limit = min(scan.range_max, self.config.max_range or np.inf)
        project_beams(
            scan.ranges, (scan.angle_min, scan.angle_increment),
            (scan.range_min, scan.range_max, limit), self.config.inf_is_free,
            poses.positions, poses.quaternions, starts, ends, kinds)
        return self._insert(starts, ends, kinds)

    def insert_endpoints(
            self, starts: np.ndarray, ends: np.ndarray, hits: np.ndarray) -> Rectangle | None:
        """
        Put beams into the map as one scan: each cell changes at most once, a hit wins.

        Beams longer than max_range are cut there and clear without a hit.

        :param starts: (n, 2) or (2,) x, y of the sensor in m.
        :param ends: (n, 2) x, y in m where the beams end.
        :param hits: (n,) bool; without a hit the last cell counts as passed.
        :return: the cells whose values changed, in indices of the array as it is now.
        :raises ValueError: when shapes disagree or a coordinate is not finite.
        :raises MapSizeError: when the map would exceed max_cells; the map stays as it was.
        """
        ends = np.array(ends, np.float64, order='C')
        if ends.ndim != 2 or ends.shape[1] != 2 or np.shape(hits) != ends.shape[:1]:
            raise ValueError('ends and hits must have shapes (n, 2) and (n,), got '
                             f'{ends.shape} and {np.shape(hits)}')
        starts = np.array(np.broadcast_to(starts, ends.shape), np.float64, order='C')
        kinds = np.where(hits, np.uint8(HITS), np.uint8(CLEARS))
        if self.config.max_range:
            lengths = np.hypot(*(ends - starts).T)
            long = lengths > self.config.max_range
            share = self.config.max_range / lengths[long, None]
            ends[long] = starts[long] + (ends[long] - starts[long]) * share
            kinds[long] = CLEARS
        return self._insert(starts, ends, kinds)

    def _insert(
            self, starts: np.ndarray, ends: np.ndarray, kinds: np.ndarray) -> Rectangle | None:
        """Mark what the beams say of each cell, then change each marked cell once."""
        bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        for points in (starts, ends):
            to_lattice(points, kinds, self._anchor, self.config.resolution, bounds)
        if np.isnan(bounds).any():
            raise ValueError('beams must start and end at finite coordinates')
        if bounds[0] > bounds[2]:
            return None
        # A margin of one cell takes up the rounding of coordinates on the very border.
        low, high = bounds[:2] - 1, bounds[2:] + 2
        self._make_room(low, high)
        marks = self._blank_marks(*(int(side) for side in high - low))
        mark_beams(starts, ends, kinds, low, marks)
        corner = low.astype(np.int64) - self._corner
        changed = apply_marks(marks, self.config.sensor.log_odds, corner, self._odds)
        if changed[0] < 0:
            return None
        changed = Rectangle(*changed)
        self._changed = changed.shifted(*self._corner).union(self._changed)
        return changed

    def _blank_marks(self, rows: int, cols: int) -> np.ndarray:
        """Return a (rows, cols) uint8 array of zeros, in memory that all scans share."""
        size = rows * cols
        if self._marks.size < size:
            self._marks = np.zeros(size, np.uint8)
        return self._marks[:size].reshape(rows, cols)

    def _make_room(self, low: np.ndarray, high: np.ndarray) -> None:
        """Enlarge the array until it holds lattice cells low <= (row, col) < high."""
        old_low, old_high = self._corner, self._corner + self.shape
        if self._odds.size == 0:
            old_low, old_high = low, high
        elif (low >= old_low).all() and (high <= old_high).all():
            return
        # Slack in proportion to the size bounds how often a growing map is copied.
        for slack in (np.maximum(_CHUNK, (old_high - old_low) // 8), 0):
            new_low = np.where(low < old_low, low - slack, old_low)
            new_high = np.where(high > old_high, high + slack, old_high)
            new_low = np.floor(new_low / _CHUNK) * _CHUNK
            new_high = np.ceil(new_high / _CHUNK) * _CHUNK
            rows, cols = new_high - new_low
            if rows * cols <= self.config.max_cells and max(rows, cols) <= LONGEST_SIDE:
                self._reallocate(new_low.astype(np.int64), (int(rows), int(cols)))
                return
        raise MapSizeError(
            f'a scan would make the map {rows:.0f} x {cols:.0f} cells; allowed are max_cells = '
            f'{self.config.max_cells} and sides of {LONGEST_SIDE}')

    def _reallocate(self, corner: np.ndarray, shape: tuple[int, int]) -> None:
        odds = np.full(shape, np.nan, np.float32)
        if self._odds.size:
            place = Rectangle(0, 0, *self.shape).shifted(*(self._corner - corner))
            odds[place.slices] = self._odds
        self._odds, self._corner = odds, corner

    def grid(self) -> OccupancyGrid:
        """Return a copy of the map; one cell never observed before the first scan."""
        return OccupancyGrid(probability(self._cells()), self.config.resolution, self.origin)

    def percent(self, rectangle: Rectangle | None = None) -> np.ndarray:
        """
        Return (H, W) int8 as in nav_msgs/OccupancyGrid: round(100 p), -1 where never observed.

        :param rectangle: the part to return, None for all.
        """
        return percent(probability(self._cells(rectangle)))

    def _cells(self, rectangle: Rectangle | None = None) -> np.ndarray:
        if self._odds.size == 0:
            return np.full((1, 1), np.nan, np.float32)
        return self._odds if rectangle is None else self._odds[rectangle.slices]

    def take_changed(self) -> Rectangle | None:
        """Return the cells changed since the last call, in indices of the array as it is now."""
        changed, self._changed = self._changed, None
        return None if changed is None else changed.shifted(*-self._corner)

    def continue_from(self, grid: OccupancyGrid) -> None:
        """
        Start anew from a grid, whose cells keep their places.

        :raises ValueError: when its resolution is another or its axes are turned.
        """
        resolution = self.config.resolution
        if not np.isclose(grid.resolution, resolution) or grid.origin[2] != 0.0:
            raise ValueError(
                f'the grid must have resolution {resolution:g} m and yaw 0, got '
                f'{grid.resolution:g} m and yaw {grid.origin[2]:g}')
        self.reset()
        corner = np.array(grid.origin[:2]) / resolution
        whole = np.rint(corner)
        # Origins in files are rounded: what is a multiple but for that is taken as one.
        off_lattice = abs(corner - whole) > 1e-3
        self._anchor = np.where(off_lattice, corner - whole, 0.0) * resolution
        self._corner = whole[::-1].astype(np.int64)
        sensor = self.config.sensor
        self._odds = log_odds(np.clip(grid.probabilities, sensor.p_min, sensor.p_max))
        self._changed = Rectangle(0, 0, *grid.shape).shifted(*self._corner)


def warm_up() -> None:
    """Compile what the map needs, or load it from the cache."""
    occupancy = OccupancyMap()
    occupancy.insert_scan(
        LaserScan(np.ones(2), 0.0, 0.1, 0.0, 2.0), SensorPoses.planar((0.0, 0.0, 0.0)))
