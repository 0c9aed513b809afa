"""Where a round robot can be in a world."""

from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.jit import kernel
from fsmi_explorer.simulation.clearance import clearance
from fsmi_explorer.simulation.world import World
import numpy as np


def standing_room(world: World, robot_radius: float) -> np.ndarray:
    """
    Tell in which cells a round robot can stand, its centre in the middle of the cell.

    :param robot_radius: in m.
    :return: (H, W) bool.
    """
    if not 0.0 <= robot_radius < np.inf:
        raise ValueError(f'robot_radius must be a length, got {robot_radius!r}')
    room = np.empty(world.shape, dtype=bool)
    _standing_room(world.free_distance, robot_radius / world.resolution, room)
    return room


def reachable_area(world: World, robot_radius: float, start=None) -> np.ndarray:
    """
    Tell which cells the centre of a round robot can reach, moving from cell to cell by sides.

    :param robot_radius: in m.
    :param start: pose (x, y, ...) in the world in m; None for the start that the world proposes,
        or else the largest connected area.
    :return: (H, W) bool.
    :raises ConfigurationError: if the robot fits nowhere, or not at the start.
    """
    start = world.start if start is None else start
    if start is None:
        return largest_area(world, robot_radius)
    room = standing_room(world, robot_radius)
    labels, _ = areas(room)
    row, col = _nearest_cell(world, room, start, robot_radius)
    return labels == labels[row, col]


def largest_area(world: World, robot_radius: float) -> np.ndarray:
    """
    Find the largest area in which a round robot can go from each cell to each other.

    :return: (H, W) bool.
    :raises ConfigurationError: if the robot fits nowhere.
    """
    labels, count = areas(standing_room(world, robot_radius))
    if not count:
        raise ConfigurationError(f'a robot of {robot_radius:g} m radius fits nowhere in the world')
    return labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])


def areas(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """
    Label the areas of cells that are connected by sides.

    :param mask: (H, W) bool.
    :return: (H, W) int32 numbers from 1, 0 outside the mask; and how many areas there are.
    """
    labels = np.zeros(mask.shape, dtype=np.int32)
    return labels, _label_areas(mask, labels)


def _nearest_cell(world, room, start, robot_radius):
    """Find the cell to stand in nearest to the start, which need not be the middle of a cell."""
    cells = np.argwhere(room)
    gaps = np.hypot(*(world.cell_centres(cells) - np.asarray(start[:2])).T)
    if not len(cells) or gaps.min() > 2.0 * world.resolution:
        raise ConfigurationError(
            f'a robot of {robot_radius:g} m radius cannot stand at {start[0]:g}, {start[1]:g}')
    return cells[np.argmin(gaps)]


@kernel
def _standing_room(free_distance, radius, room):
    rows, cols = room.shape
    for row in range(rows):
        for col in range(cols):
            room[row, col] = free_distance[row + 1, col + 1] > 0 and (
                clearance(free_distance, col + 1.5, row + 1.5, radius) >= radius)


@kernel
def _label_areas(mask, labels):
    """Label the areas of cells connected by sides, from 1; return how many there are."""
    rows, cols = mask.shape
    todo = np.empty(mask.size, np.int64)  # a stack of cells, as row * cols + column
    count = 0
    for first in range(mask.size):
        if not mask[first // cols, first % cols] or labels[first // cols, first % cols]:
            continue
        count += 1
        labels[first // cols, first % cols] = count
        todo[0] = first
        height = 1
        while height:
            height -= 1
            row, col = todo[height] // cols, todo[height] % cols
            for side in range(4):
                r = row + (side == 0) - (side == 1)
                c = col + (side == 2) - (side == 3)
                if 0 <= r < rows and 0 <= c < cols and mask[r, c] and not labels[r, c]:
                    labels[r, c] = count
                    todo[height] = r * cols + c
                    height += 1
    return count
