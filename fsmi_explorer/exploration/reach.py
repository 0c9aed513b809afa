"""What the robot can reach from where it stands, even when it stands where it should not."""

from fsmi_explorer.exploration.config import SpaceConfig
from fsmi_explorer.exploration.space import clearance
from fsmi_explorer.exploration.travel import travel_costs, TravelField
import numpy as np


def reach_from(grid, position, config: SpaceConfig, *, comfortable: bool = False,
               clear: np.ndarray | None = None) -> TravelField:
    """
    Return the travel costs from a position to everything the robot can reach.

    Where the position lies in unknown or too narrow space, the way starts with an escape over
    cells that are no obstacles to the nearest cell on which the robot can stand.

    :param grid: OccupancyGrid.
    :param position: (x, y, ...) in the map frame.
    :param config: the robot's size and thresholds.
    :param comfortable: let costs grow near obstacles, so that ways keep off them.
    :param clear: (H, W) m, distance to the nearest obstacle, where it is there already.
    :returns: the field; nothing is reachable in it when the position lies off the map or no
        standing room is near.
    """
    if clear is None:
        clear = clearance(grid, occupied_threshold=config.occupied_threshold)
    standing = clear > config.inflation(grid.resolution)
    standing &= grid.probabilities < config.free_threshold
    weight = comfort_weight(clear, grid.resolution, config) if comfortable else None
    cell = grid.world_to_cell(np.asarray(position, float)[:2])
    if not grid.contains(cell):
        return nothing_reachable(grid)
    if standing[tuple(cell)]:
        return travel_costs(standing, grid.resolution, cell, weight=weight)
    escape = escape_path(clear > 0.0, standing, grid.resolution, cell, config.escape_distance)
    if not len(escape):
        return nothing_reachable(grid)
    return travel_costs(standing, grid.resolution, escape[-1], weight=weight, escape=escape[:-1])


def comfort_weight(clear: np.ndarray, resolution: float, config: SpaceConfig) -> np.ndarray:
    """
    Return the cost of a metre in each cell: 1 with comfortable clearance, more beside obstacles.

    :param clear: (H, W) m, distance to the nearest obstacle.
    :param resolution: m per cell.
    """
    narrow = config.inflation(resolution)
    room = max(config.comfort_clearance - narrow, 1e-6)
    closeness = np.clip((config.comfort_clearance - clear) / room, 0.0, 1.0)
    return 1.0 + (config.comfort_weight - 1.0) * closeness


def escape_path(passable: np.ndarray, standing: np.ndarray, resolution: float, cell,
                distance: float) -> np.ndarray:
    """
    Return the cells from `cell` over passable cells to the nearest one with standing room.

    :param passable: (H, W) bool, no obstacle.
    :param standing: (H, W) bool, where the robot can stand.
    :param cell: (row, col) to escape from.
    :param distance: m, greatest length of the escape.
    :returns: (k, 2) int64 cells; empty when there is none.
    """
    reach = int(distance / resolution) + 1
    low = np.maximum(np.asarray(cell) - reach, 0)
    window = tuple(slice(start, each + reach + 1) for start, each in zip(low, cell))
    field = travel_costs(passable[window], resolution, cell - low)
    cost = np.where(standing[window], field.cost, np.inf)
    nearest = np.unravel_index(np.argmin(cost), cost.shape)
    if cost[nearest] > distance:
        return np.empty((0, 2), np.int64)
    return field.path_to(nearest) + low


def nothing_reachable(grid) -> TravelField:
    """Return a field in which there is no way to anywhere."""
    shape = grid.probabilities.shape
    return TravelField(np.full(shape, np.inf, np.float32), np.full(shape, -1, np.int8), (0, 0),
                       grid.resolution, np.empty((0, 2), np.int64))
