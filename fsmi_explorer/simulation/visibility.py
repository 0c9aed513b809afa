"""What of a world a robot's lidar can see at all, and how much of that a map knows."""

from math import hypot, pi, sqrt

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation.clearance import chebyshev_distance, first_hit
from fsmi_explorer.simulation.configuration import LidarConfig, RobotConfig
from fsmi_explorer.simulation.reachability import reachable_area
from fsmi_explorer.simulation.world import World
import numpy as np

RAYS = 720  # from each of the five points of a cell, before it counts as hidden
SEAT_RADIUS = 0.25  # cells from the middle of its cell within which a lidar is taken to be
GOLDEN_ANGLE = pi * (3.0 - sqrt(5.0))  # spreads any number of rays evenly over the turn


def visible_area(world: World, robot_radius: float = RobotConfig.radius,
                 lidar_range: float = LidarConfig.range_max, start=None, *,
                 mount: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """
    Tell what a turning lidar can see from all the poses that the robot can reach.

    Sight is mutual: a cell can be seen when a ray from its middle, or from near one of its
    corners, reaches a cell that the lidar can be in, within range and before a wall. All cells on
    such a ray can be seen too, so that what can be seen grows from the cells of the lidar.

    :param robot_radius: in m.
    :param lidar_range: in m.
    :param start: as of `reachable_area`.
    :param mount: x, y of the lidar on the robot in m.
    :return: (H, W) bool: free cells, and the cells of wall beside them.
    :raises ConfigurationError: if the robot fits nowhere, or not at the start.
    """
    if not lidar_range > 0.0:
        raise ValueError(f'lidar_range must be positive, got {lidar_range!r}')
    seats = lidar_seats(world, reachable_area(world, robot_radius, start), hypot(*mount))
    seats = np.pad(seats, 1)
    walls = np.pad(world.occupied, 1, constant_values=True)
    reach = min(lidar_range / world.resolution, float(sum(world.shape)))
    seen, tried = seats.copy(), seats | walls
    _grow(chebyshev_distance(tried), seats, reach, tried, seen)
    seen = seen[1:-1, 1:-1]
    return seen | world.occupied & _beside(seen)


def lidar_seats(world: World, reachable: np.ndarray, offset: float) -> np.ndarray:
    """
    Tell in which cells a lidar can be that sits beside the centre of a robot of any heading.

    :param reachable: (H, W) bool, cells for the centre of the robot.
    :param offset: distance of the lidar from the centre in m.
    :return: (H, W) bool, free cells only.
    """
    cells = offset / world.resolution
    ring = range(-int(np.ceil(cells)), int(np.ceil(cells)) + 1)
    seats = np.zeros_like(reachable)
    for rows in ring:
        for cols in ring:
            if abs(hypot(rows, cols) - cells) <= 0.5:
                seats |= _shifted(reachable, rows, cols)
    return seats & ~world.occupied


def coverage(grid: OccupancyGrid, world: World, visible: np.ndarray) -> float:
    """
    Measure how much of what can be seen a map has observed.

    Map and world meet in their common frame; shape, origin and resolution may differ.

    :param grid: the map.
    :param visible: (H, W) bool as of `visible_area`.
    :return: share, by number, of the visible free cells whose middle the map has observed.
    """
    if visible.shape != world.shape:
        raise ValueError(f'visible must have the shape of the world {world.shape}, '
                         f'got {visible.shape}')
    wanted = np.argwhere(visible & ~world.occupied)
    cells = grid.world_to_cell(world.cell_centres(wanted))
    cells = cells[grid.contains(cells)]
    return np.count_nonzero(grid.known[cells[:, 0], cells[:, 1]]) / max(len(wanted), 1)


def _beside(mask):
    """Mark the four neighbours of each cell."""
    sides = [_shifted(mask, *step) for step in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    return np.logical_or.reduce(sides)


def _shifted(mask, rows, cols):
    """Move a mask; what comes in from outside is False."""
    height, width = mask.shape
    moved = np.zeros_like(mask)
    moved[max(rows, 0):height + min(rows, 0), max(cols, 0):width + min(cols, 0)] = (
        mask[max(-rows, 0):height + min(-rows, 0), max(-cols, 0):width + min(-cols, 0)])
    return moved


@kernel
def _grow(distance, seats, reach, tried, seen):
    """Try the cells around what is seen until there are no more."""
    cols = seen.shape[1]
    todo = np.empty(seen.size, np.int64)  # a stack of cells, as row * cols + column
    height = 0
    for cell in range(seen.size):
        if seen[cell // cols, cell % cols]:
            todo[height] = cell
            height += 1
    while height:
        height -= 1
        row, col = todo[height] // cols, todo[height] % cols
        for r in range(row - 1, row + 2):
            for c in range(col - 1, col + 2):
                if not tried[r, c]:
                    tried[r, c] = True
                    if _sees_seat(distance, seats, r, c, reach):
                        seen[r, c] = True
                        todo[height] = r * cols + c
                        height += 1


@kernel
def _sees_seat(distance, seats, row, col, reach):
    """Tell whether a ray from the cell meets a seat before a wall and in range."""
    for ray in range(RAYS):
        angle = ray * GOLDEN_ANGLE
        for point in range(5):
            x, y = col + 0.5, row + 0.5
            if point:
                x += 0.45 * (point % 2 * 2 - 1)
                y += 0.45 * ((point - 1) // 2 * 2 - 1)
            length, r, c = first_hit(distance, x, y, angle, reach)
            if seats[r, c] and _meets_seat(seats, x, y, angle, length, reach):
                return True
    return False


@kernel
def _meets_seat(seats, x, y, angle, length, reach):
    """Tell whether a ray, from where it enters the seats on, goes through the middle of one."""
    dx, dy = np.cos(angle), np.sin(angle)
    while length <= reach:
        length += 0.5
        row, col = int(y + length * dy), int(x + length * dx)
        if not seats[row, col]:
            return False
        if abs((col + 0.5 - x) * dy - (row + 0.5 - y) * dx) < SEAT_RADIUS:
            return True
    return False
