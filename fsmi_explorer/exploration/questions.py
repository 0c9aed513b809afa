"""The map as open questions: what is decided is certain, the rest counts by a first guess."""

from fsmi_explorer.exploration.config import SpaceConfig
from fsmi_explorer.exploration.space import clearance
from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np


def pooled_questions(grid: OccupancyGrid, cell: float, prior: float, solid: float,
                     space: SpaceConfig, clear: np.ndarray | None = None) -> OccupancyGrid:
    """
    Return the open questions of a map in blocks of a given side.

    :param cell: m, side of a block; a cell of the map where that is larger.
    :param clear: (H, W) m, distance to the nearest obstacle, where it is there already.
    """
    if clear is None:
        clear = clearance(grid, occupied_threshold=space.occupied_threshold)
    block = max(1, round(cell / grid.resolution))
    return open_questions(grid, clear, prior, space, solid, block)


def open_questions(grid: OccupancyGrid, clear: np.ndarray, prior: float, config: SpaceConfig,
                   solid: float = 0.0, block: int = 1) -> OccupancyGrid:
    """
    Return the map with all that is decided taken for certain, in blocks of cells.

    Cells that count as free or as obstacles promise nothing more, so that information means space
    not yet seen and not walls seen too seldom; the others count as they would had their first
    guess been the prior. Walls are solid: what is undecided close to an obstacle is taken for a
    part of it, for sparse beams leave gaps in a wall seen from afar, and all the space behind
    would count through them. A ray crosses `block` of the block^2 cells of a block: the block lets
    it pass as often as they do in the geometric mean. One with an obstacle in it is one.

    :param grid: the map.
    :param clear: (H, W) m, distance to the nearest obstacle.
    :param prior: P(occupied) of a cell never observed, above 0.
    :param config: thresholds of free and occupied.
    :param solid: m, how close to an obstacle that is.
    :param block: cells along the side of a block.
    :returns: grid of ceil(H / block) x ceil(W / block) blocks, of the same origin.
    """
    rows, cols = (-(-side // block) for side in grid.probabilities.shape)
    out = np.empty((rows, cols), np.float32)
    reach = solid + 0.01 * grid.resolution
    _pool_kernel(grid.probabilities, clear, reach, prior, config.free_threshold, block, out)
    return OccupancyGrid(out, grid.resolution * block, grid.origin)


@kernel
def _pool_kernel(p, clear, solid, prior, free, block, out):
    height, width = p.shape
    odds = prior / (1.0 - prior)
    for row in range(out.shape[0]):
        for col in range(out.shape[1]):
            blocked, passing, cells = False, 1.0, 0
            for r in range(row * block, min(row * block + block, height)):
                for c in range(col * block, min(col * block + block, width)):
                    cells += 1
                    value = p[r, c]
                    if value < free:
                        continue
                    if clear[r, c] <= solid:
                        blocked = True
                    elif value >= free:
                        passing *= (1.0 - value) / (1.0 - value + value * odds)
                    else:
                        passing *= 1.0 - prior
            if blocked:
                out[row, col] = 1.0
            elif passing == 1.0:
                out[row, col] = 0.0
            else:
                out[row, col] = 1.0 - passing ** (block / cells)
