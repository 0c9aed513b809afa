"""How much unknown space a pose has in view."""

from fsmi_explorer.exploration.config import ViewConfig
from fsmi_explorer.exploration.frontiers import Blocks, FREE, UNKNOWN
from fsmi_explorer.jit import kernel
import numpy as np


def unknown_area_in_view(blocks: Blocks, poses: np.ndarray, config: ViewConfig) -> np.ndarray:
    """
    Return the unknown area that the rays from each pose cross before they meet a wall.

    Each ray stands for a sector: a step of it at distance r covers r times step times angle.

    :param blocks: the map.
    :param poses: (k, 3) x, y, yaw, the middle of the view; NaN where any will do.
    :param config: range, field of view and number of rays.
    :returns: (k,) m^2.
    """
    grid, angle = blocks.grid, config.fov / config.rays
    angles = (np.arange(config.rays) + 0.5) * angle - 0.5 * config.fov
    yaws = np.nan_to_num(poses[:, 2] - grid.origin[2])
    area = _view_kernel(blocks.kind, grid.world_to_cell(poses[:, :2]), yaws, angles,
                        int(config.max_range / grid.resolution))
    return area * angle * grid.resolution ** 2


@kernel
def _view_kernel(kind, cells, yaws, angles, count):
    """Sum over rays and steps the distance, in blocks, of the unknown blocks in view."""
    area = np.zeros(cells.shape[0])
    for i in range(cells.shape[0]):
        for angle in angles:
            down, right = np.sin(yaws[i] + angle), np.cos(yaws[i] + angle)
            for step in range(1, count + 1):
                row = int(np.floor(cells[i, 0] + 0.5 + step * down))
                col = int(np.floor(cells[i, 1] + 0.5 + step * right))
                if not (0 <= row < kind.shape[0] and 0 <= col < kind.shape[1]):
                    break
                if kind[row, col] == UNKNOWN:
                    area[i] += step
                elif kind[row, col] != FREE:
                    break
    return area
