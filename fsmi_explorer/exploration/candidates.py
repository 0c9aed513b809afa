"""Candidate poses: spread-out maxima of the information over the reachable cells."""

from dataclasses import dataclass, field, fields, replace

from fsmi_explorer.exploration.config import CandidateConfig
from fsmi_explorer.exploration.travel import TravelField
from fsmi_explorer.jit import kernel
import numpy as np


@dataclass(frozen=True, eq=False)
class Candidates:
    """
    Poses worth looking from, best first.

    :param poses: (k, 3) float64 x, y, yaw in the map frame; yaw NaN where any will do.
    :param bits: (k,) float64, information promised there.
    :param heights: (k,) float64 z of the robot in the map frame; 0 by default.
    """

    poses: np.ndarray
    bits: np.ndarray
    heights: np.ndarray = field(default=None, kw_only=True)

    def __post_init__(self):
        """Check the shapes."""
        if self.heights is None:
            object.__setattr__(self, 'heights', np.zeros(len(self.bits)))
        if self.poses.shape != (len(self.bits), 3):
            raise ValueError(f'poses must have the shape ({len(self.bits)}, 3), '
                             f'got {self.poses.shape}')
        if self.heights.shape != self.bits.shape:
            raise ValueError(f'heights must have the shape ({len(self.bits)},), '
                             f'got {self.heights.shape}')

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.bits)

    def subset(self, chosen: np.ndarray) -> 'Candidates':
        """Return the candidates that a mask or indices choose."""
        return replace(self, **{
            each.name: getattr(self, each.name)[chosen] for each in fields(self)})


def select_candidates(bits: np.ndarray, headings: np.ndarray | None, reachable: np.ndarray, grid,
                      config: CandidateConfig, *, field: TravelField | None = None) -> Candidates:
    """
    Choose poses greedily by their information, none nearer to a better one than the spacing.

    Every reachable cell that promises enough so has a candidate within about the spacing that
    promises no less, unless `max_count` is reached.

    :param bits: (H, W) information of every cell.
    :param headings: (H, W) rad in the map frame, best heading; None or NaN where any will do.
    :param reachable: (H, W) bool.
    :param grid: OccupancyGrid, of which resolution and origin are used.
    :param config: spacing, greatest number and least bits.
    :param field: when given, poses without a best heading get the heading of arrival.
    :raises ValueError: when the shapes differ.
    """
    if bits.shape != reachable.shape:
        raise ValueError(f'bits and reachable must have one shape, got {bits.shape} and '
                         f'{reachable.shape}')
    spacing = config.spacing / grid.resolution
    cells, values = _tile_maxima(np.ascontiguousarray(bits), np.ascontiguousarray(reachable),
                                 max(1, int(spacing)), config.min_bits)
    order = np.argsort(-values, kind='stable')
    cells, values = cells[order], values[order]
    kept = _spread(cells, spacing, np.array(bits.shape), config.max_count)
    cells = cells[kept]
    yaws = np.full(len(cells), np.nan)
    if headings is not None:
        yaws = headings[cells[:, 0], cells[:, 1]].astype(float)
    if field is not None:
        arrival = field.arrival_heading(cells) + grid.origin[2]
        yaws = np.where(np.isnan(yaws), arrival, yaws)
    poses = np.column_stack([grid.cell_to_world(cells), yaws])
    return Candidates(poses, values[kept].astype(float))


@kernel
def _tile_maxima(bits, reachable, tile, least):
    """Best reachable cell of each square tile, where it promises at least `least` bits."""
    height, width = bits.shape
    across = (width + tile - 1) // tile
    down = (height + tile - 1) // tile
    best = np.full(down * across, -1, np.int64)
    value = np.zeros(down * across, np.float32)
    for row in range(height):
        for col in range(width):
            if reachable[row, col] and bits[row, col] >= least:
                t = row // tile * across + col // tile
                if best[t] < 0 or bits[row, col] > value[t]:
                    best[t], value[t] = row * width + col, bits[row, col]
    found = np.flatnonzero(best >= 0)
    cells = np.empty((found.size, 2), np.int64)
    for i, t in enumerate(found):
        cells[i, 0], cells[i, 1] = best[t] // width, best[t] % width
    return cells, value[found]


@kernel
def _spread(cells, spacing, shape, count):
    """Return indices of the cells, in order, that are not within spacing of one taken before."""
    tile = max(1, int(spacing))
    reach = int(np.ceil(spacing / tile))
    down, across = shape[0] // tile + 1, shape[1] // tile + 1
    # Cells that far apart share no tile of this side but at its corners: two per tile suffice.
    taken = np.full((down, across, 2), -1, np.int64)
    kept = np.empty(min(count, cells.shape[0]), np.int64)
    n = 0
    for i in range(cells.shape[0]):
        if n == kept.size:
            break
        row, col = cells[i, 0] // tile, cells[i, 1] // tile
        free = True
        for r in range(max(row - reach, 0), min(row + reach + 1, down)):
            for c in range(max(col - reach, 0), min(col + reach + 1, across)):
                for k in range(2):
                    j = taken[r, c, k]
                    if j >= 0:
                        dr = cells[i, 0] - cells[j, 0]
                        dc = cells[i, 1] - cells[j, 1]
                        free = free and dr * dr + dc * dc >= spacing * spacing
        if free:
            taken[row, col, 0 if taken[row, col, 0] < 0 else 1] = i
            kept[n] = i
            n += 1
    return kept[:n]
