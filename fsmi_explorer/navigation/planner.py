"""Plan a path over the map: short, off the walls where there is room, as few corners as can be."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.exploration.config import SpaceConfig
from fsmi_explorer.exploration.reach import comfort_weight, reach_from
from fsmi_explorer.exploration.space import clearance
from fsmi_explorer.exploration.travel import TravelField
from fsmi_explorer.jit import kernel
import numpy as np


@dataclass(frozen=True)
class PlannerConfig(Configuration):
    """How paths are planned."""

    space: SpaceConfig = section(SpaceConfig)
    goal_tolerance: float = parameter(
        0.3, 'when the goal itself cannot be reached, how far from it a path may end', unit='m',
        low=0.0, high=10.0)
    stray: float = parameter(
        0.3, 'a robot further than this off its path needs a new one', unit='m', low=0.05,
        high=10.0)


@dataclass(frozen=True, eq=False)
class Plan:
    """
    A path, or why there is none.

    :param path: (k, 2) x, y in m from the robot to the goal, corners only; empty without a way.
    :param reason: why there is no path; empty when there is one.
    """

    path: np.ndarray
    reason: str = ''

    def __bool__(self) -> bool:
        """Tell whether there is a path."""
        return len(self.path) > 0


def plan_path(grid, pose, goal, config: PlannerConfig | None = None) -> Plan:
    """
    Plan a path from a pose to a goal over what the map knows to be free.

    :param grid: OccupancyGrid.
    :param pose: (x, y, ...) where the robot is.
    :param goal: (x, y, ...) where it shall go.
    :param config: the robot's size, and how near to the goal is near enough.
    """
    config = config or PlannerConfig()
    field = reach_from(grid, pose, config.space, comfortable=True)
    if not field.reachable.any():
        return _no_path('there is no free space for the robot where it stands')
    target = _nearest_reachable(grid, field, np.asarray(goal, float)[:2], config.goal_tolerance)
    if target is None:
        return _no_path('the map knows no free way to the goal')
    cells = field.path_to(target)
    clear = clearance(grid, occupied_threshold=config.space.occupied_threshold)
    weight = comfort_weight(clear, grid.resolution, config.space)
    weight[~field.reachable] = np.inf
    escape = len(field.escape)
    corners = np.concatenate([cells[:escape], shorten(cells[escape:], weight)])
    path = grid.cell_to_world(corners)
    if np.hypot(*(goal[:2] - path[-1])) <= grid.resolution:
        path[-1] = goal[:2]
    path[0] = np.asarray(pose, float)[:2]
    return Plan(path)


def must_replan(grid, path: np.ndarray, pose, config: PlannerConfig | None = None) -> bool:
    """
    Tell whether an obstacle of the map lies on the rest of a path, or the robot has come off it.

    A robot that starts too near to an obstacle may leave it: the path counts from where it is
    clear for the first time.

    :param grid: OccupancyGrid.
    :param path: (k, 2) x, y.
    :param pose: (x, y, ...) of the robot; what lies behind it on the path does not count.
    """
    config = config or PlannerConfig()
    position = np.asarray(pose, float)[:2]
    rest = _rest_of(path, position)
    if np.hypot(*(rest[0] - position)) > config.stray:
        return True
    points = _sample(rest, grid.resolution)
    return _blocked_kernel(grid.probabilities, grid.world_to_cell(points),
                           config.space.robot_radius / grid.resolution,
                           config.space.occupied_threshold)


def shorten(cells: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """
    Leave out the cells of a path between which the straight line costs no more.

    :param cells: (k, 2) path of neighbouring cells.
    :param weight: (H, W) cost per metre, inf where no path may go.
    :returns: (m, 2) its corners, first and last cell included.
    """
    return cells[_shorten_kernel(np.ascontiguousarray(cells), weight)] if len(cells) else cells


def _no_path(reason: str) -> Plan:
    return Plan(np.empty((0, 2)), reason)


def _nearest_reachable(grid, field: TravelField, goal: np.ndarray, tolerance: float):
    """Return the reachable cell nearest to the goal within the tolerance, or None."""
    cell = grid.world_to_cell(goal)
    reach = int(np.ceil(tolerance / grid.resolution))
    low, high = np.maximum(cell - reach, 0), np.maximum(cell + reach + 1, 0)
    window = np.isfinite(field.cost[low[0]:high[0], low[1]:high[1]])
    near = np.argwhere(window) + low
    if not len(near):
        return None
    away = np.hypot(*(grid.cell_to_world(near) - goal).T)
    best = np.argmin(away)
    return near[best] if away[best] <= max(tolerance, grid.resolution) else None


def _rest_of(path: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the path from the point nearest to the position on."""
    if len(path) < 2:
        return path
    start, leg = path[:-1], np.diff(path, axis=0)
    square = np.maximum((leg ** 2).sum(1), 1e-12)
    along = np.clip(((position - start) * leg).sum(1) / square, 0.0, 1.0)
    feet = start + along[:, None] * leg
    nearest = int(np.argmin(((feet - position) ** 2).sum(1)))
    return np.concatenate([feet[nearest:nearest + 1], path[nearest + 1:]])


def _sample(path: np.ndarray, step: float) -> np.ndarray:
    """Return points along a path, no further apart than the step."""
    if len(path) < 2:
        return path
    legs = [np.linspace(a, b, int(np.ceil(np.hypot(*(b - a)) / step)) + 1)
            for a, b in zip(path[:-1], path[1:])]
    return np.concatenate(legs)


@kernel
def _shorten_kernel(cells, weight):
    """Find the corners, each as far along the path as the straight line allows."""
    count = cells.shape[0]
    along = np.zeros(count)
    for i in range(1, count):
        along[i] = along[i - 1] + _line_cost(cells[i - 1], cells[i], weight)
    corners = np.empty(count, np.int64)
    corners[0] = 0
    n, anchor = 1, 0
    while anchor < count - 1:
        reach = anchor + 1
        while reach + 1 < count and _line_cost(cells[anchor], cells[reach + 1], weight) <= (
                along[reach + 1] - along[anchor]) * 1.01 + 0.5:
            reach += 1
        corners[n] = reach
        n, anchor = n + 1, reach
    return corners[:n]


@kernel
def _line_cost(a, b, weight):
    """Weighted length in cells of the straight line between two cell centres."""
    rows, cols = b[0] - a[0], b[1] - a[1]
    pieces = 2 * max(abs(rows), abs(cols))
    if pieces == 0:
        return 0.0
    total = 0.0
    for i in range(pieces + 1):
        share = 0.5 if i == 0 or i == pieces else 1.0
        total += share * _between(weight, a[0] + rows * i / pieces, a[1] + cols * i / pieces)
    return total / pieces * np.sqrt(float(rows * rows + cols * cols))


@kernel
def _between(weight, row, col):
    """Weight at a point between four cell centres; inf where one that counts is inf."""
    r, c = int(np.floor(row)), int(np.floor(col))
    up, right = row - r, col - c
    total = 0.0
    for dr in range(2):
        for dc in range(2):
            share = (up if dr else 1.0 - up) * (right if dc else 1.0 - right)
            if share > 0.0:
                total += share * weight[r + dr, c + dc]
    return total


@kernel
def _blocked_kernel(p, cells, radius, occupied):
    """Tell whether a disc that moves along the cells meets an obstacle, once it met none."""
    height, width = p.shape
    reach = int(radius)
    clear_before = False
    clear = True
    for i in range(cells.shape[0]):
        row, col = cells[i, 0], cells[i, 1]
        clear = True
        for r in range(max(row - reach, 0), min(row + reach + 1, height)):
            for c in range(max(col - reach, 0), min(col + reach + 1, width)):
                if p[r, c] > occupied and (
                        (r - row) ** 2 + (c - col) ** 2 <= radius * radius):
                    clear = False
        if clear_before and not clear:
            return True
        clear_before = clear_before or clear
    return not clear_before
