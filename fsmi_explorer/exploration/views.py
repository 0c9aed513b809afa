"""How much unknown space a pose has in view."""

from fsmi_explorer.exploration.config import SpaceConfig, ViewConfig
from fsmi_explorer.exploration.frontiers import FREE, kinds_of_blocks, UNKNOWN
from fsmi_explorer.jit import kernel
import numpy as np


def unknown_area_in_view(grid, poses: np.ndarray, config: ViewConfig,
                         space: SpaceConfig) -> np.ndarray:
    """
    Return the unknown area that the beams from each pose cross before they meet a wall.

    Each beam stands for a sector: a step of it at distance r covers r times step times angle.

    :param grid: OccupancyGrid.
    :param poses: (k, 3) x, y, yaw, the middle of the view; NaN where any will do.
    :param config: the sensor, and the cells in which its view is told.
    :returns: (k,) m^2.
    """
    kind, blocks, _ = kinds_of_blocks(grid, config.cell, config.solid, space)
    model = config.model
    yaws = np.nan_to_num(poses[:, 2] - blocks.origin[2])
    area = _view_kernel(kind, blocks.world_to_cell(poses[:, :2]), yaws, model.beam_angles,
                        int(model.max_range / blocks.resolution))
    return area * (model.fov / model.num_beams * blocks.resolution ** 2)


@kernel
def _view_kernel(kind, cells, yaws, angles, count):
    """Sum over beams and steps the distance, in blocks, of the unknown blocks in view."""
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
