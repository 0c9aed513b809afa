"""
How far a point of the walled grid is from the walls, exactly.

Positions are in cells: cell (row, col) covers x in [col, col + 1) and y in [row, row + 1). The
outermost cells of the grid are wall.
"""

from math import inf, sqrt

from fsmi_explorer.jit import kernel
import numpy as np


def chebyshev_distance(occupied: np.ndarray) -> np.ndarray:
    """
    Measure how many king's moves each cell is from the nearest occupied one.

    :param occupied: (H, W) bool with at least one cell set.
    :return: (H, W) int32, 0 where occupied.
    """
    far = sum(occupied.shape)
    distance = np.where(occupied, 0, far).astype(np.int32)
    _relax_forwards(distance)
    _relax_forwards(distance[::-1, ::-1])
    return distance


@kernel
def _relax_forwards(distance):
    """Let each cell take over from the four neighbours that come before it in reading order."""
    rows, cols = distance.shape
    for row in range(rows):
        for col in range(cols):
            nearest = distance[row, col]
            if col > 0:
                nearest = min(nearest, distance[row, col - 1] + 1)
            if row > 0:
                for neighbour in range(max(col - 1, 0), min(col + 2, cols)):
                    nearest = min(nearest, distance[row - 1, neighbour] + 1)
            distance[row, col] = nearest


@kernel
def clearance(free_distance, x, y, limit):
    """
    Measure the distance from a point to the nearest wall, all of whose cells are squares.

    :param free_distance: (H, W) int32 as of `chebyshev_distance`.
    :param limit: distances above this need not be told apart.
    :return: cells, at most the limit, 0 in a wall or outside.
    """
    rows, cols = free_distance.shape
    if not (0.0 <= x < cols and 0.0 <= y < rows):
        return 0.0
    if free_distance[int(y), int(x)] - 1 >= limit:
        return limit
    window = int(limit) + 1
    nearest = limit * limit
    for row in range(max(int(y) - window, 0), min(int(y) + window + 1, rows)):
        up = max(row - y, y - (row + 1), 0.0)
        for col in range(max(int(x) - window, 0), min(int(x) + window + 1, cols)):
            if free_distance[row, col] == 0:
                across = max(col - x, x - (col + 1), 0.0)
                nearest = min(nearest, up * up + across * across)
    return sqrt(nearest)


@kernel
def first_hit(free_distance, x, y, angle, reach):
    """
    Follow a ray from a point to the first wall that it enters, exactly.

    Amanatides and Woo 1987 go from cell to cell; here all cells nearer than the distance of the
    current one are known to be free, so that the ray leaves the square block of them at once.

    :param reach: distance in cells beyond which nothing is seen.
    :return: distance in cells (0 in a wall, inf beyond the reach), row and column of the wall.
    """
    dx, dy = np.cos(angle), np.sin(angle)
    row, col = int(y), int(x)
    travelled = 0.0
    while travelled <= reach:
        free = free_distance[row, col]
        if free == 0:
            return travelled, row, col
        to_side = ((col + free if dx > 0.0 else col - free + 1) - x) / dx if dx else inf
        to_end = ((row + free if dy > 0.0 else row - free + 1) - y) / dy if dy else inf
        travelled = min(to_side, to_end)
        if to_side < to_end:
            col += free if dx > 0.0 else -free
            row = min(max(int(y + travelled * dy), row - free + 1), row + free - 1)
        else:
            row += free if dy > 0.0 else -free
            col = min(max(int(x + travelled * dx), col - free + 1), col + free - 1)
    return inf, row, col
