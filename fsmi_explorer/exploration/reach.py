"""What the robot can reach from where it stands, even when it stands where it should not."""

from fsmi_explorer.exploration.config import SpaceConfig
from fsmi_explorer.exploration.space import clearance
from fsmi_explorer.exploration.travel import travel_costs, TravelField
import numpy as np


def reach_from(grid, position, config: SpaceConfig, *, comfortable: bool = False,
               clear: np.ndarray | None = None) -> TravelField:
    """
    Return the travel costs from a position to everything the robot can reach.

    Where the position lies in unknown or too narrow space, or in a pocket that closed behind the
    robot as its walls became known, the way starts with an escape over cells that are no
    obstacles to where the robot can stand and get on.

    :param grid: OccupancyGrid.
    :param position: (x, y, ...) in the map frame.
    :param config: the robot's size and thresholds.
    :param comfortable: let costs grow near obstacles, so that ways keep off them.
    :param clear: (H, W) m, distance to the nearest obstacle, where it is there already.
    :returns: the field; nothing is reachable in it when the position lies off the map or no
        standing room is near.
    """
    cell = grid.world_to_cell(np.asarray(position, float)[:2])
    if not grid.contains(cell):
        return nothing_reachable(grid)
    if clear is None:
        clear = clearance(grid, occupied_threshold=config.occupied_threshold)
    standing = clear > config.inflation(grid.resolution)
    standing &= grid.probabilities < config.free_threshold
    weight = comfort_weight(clear, grid.resolution, config) if comfortable else None
    wanted, best, room = standing, nothing_reachable(grid), 0
    while room * grid.resolution ** 2 < config.pocket_area:
        escape = escape_path(clear, wanted, grid.resolution, cell, config)
        if not len(escape):
            break
        field = travel_costs(
            standing, grid.resolution, escape[-1], weight=weight, escape=escape[:-1])
        found = np.count_nonzero(field.reachable)
        if found > room:
            best, room = field, found
        wanted = wanted & ~field.reachable
    return best


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


def escape_path(clear: np.ndarray, wanted: np.ndarray, resolution: float, cell,
                config: SpaceConfig) -> np.ndarray:
    """
    Return the cells from `cell` over anything but obstacles to the easiest wanted one.

    :param clear: (H, W) m, distance to the nearest obstacle.
    :param wanted: (H, W) bool, where the escape may end.
    :param resolution: m per cell.
    :param cell: (row, col) to escape from; the only one on the path when it is wanted itself.
    :param config: how far off the escape may end.
    :returns: (k, 2) int64 cells; empty when there is none.
    """
    if wanted[tuple(cell)]:
        return np.array([cell])
    reach = int(config.escape_distance / resolution)
    low = np.maximum(np.asarray(cell) - reach, 0)
    window = tuple(slice(start, each + reach + 1) for start, each in zip(low, cell))
    field = travel_costs(clear[window] > 0.0, resolution, cell - low,
                         weight=comfort_weight(clear[window], resolution, config))
    cost = np.where(wanted[window], field.cost, np.inf)
    nearest = np.unravel_index(np.argmin(cost), cost.shape)
    return field.path_to(nearest) + low if np.isfinite(cost[nearest]) else np.empty((0, 2), int)


def nothing_reachable(grid) -> TravelField:
    """Return a field in which there is no way to anywhere."""
    shape = grid.probabilities.shape
    return TravelField(np.full(shape, np.inf, np.float32), np.full(shape, -1, np.int8), (0, 0),
                       grid.resolution, np.empty((0, 2), np.int64))
