"""Frontiers: where known free space borders on unknown space, and from where to look at them."""

from dataclasses import dataclass

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import FrontierConfig, SpaceConfig
from fsmi_explorer.exploration.questions import pooled_questions
from fsmi_explorer.exploration.travel import TravelField
from fsmi_explorer.jit import kernel
import numpy as np

FREE, UNKNOWN, WALL = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Frontiers(Candidates):
    """
    Frontiers as candidates: `poses` to look from, `bits` the length in m.

    :param nearest: (k, 2) m, the cell of each frontier that is nearest to the robot.
    :param centre: (k, 2) m, the centroid of each frontier.
    """

    nearest: np.ndarray
    centre: np.ndarray


@dataclass(frozen=True, eq=False)
class Blocks:
    """
    A map in the blocks of cells that frontiers are told in.

    :param kind: (H, W) int8, free, unknown or wall.
    :param cost: (H, W) float32 m, least travel cost within each block, inf where there is no way.
    :param cell: (H, W, 2) int32, the cell of the map with that cost.
    :param grid: the blocks as a grid, for the conversion of coordinates.
    """

    kind: np.ndarray
    cost: np.ndarray
    cell: np.ndarray
    grid: object


def blocks_of(grid, field: TravelField, config: FrontierConfig, space: SpaceConfig) -> Blocks:
    """Return the map in blocks, with the travel costs to them."""
    kind, pooled, block = kinds_of_blocks(grid, config.cell, config.solid, space)
    return Blocks(kind, *_pool_cost_kernel(field.cost, block), pooled)


def kinds_of_blocks(grid, cell: float, solid: float, space: SpaceConfig):
    """
    Tell what each block is: a wall with any obstacle in it, unknown if at least half of it is.

    As where information is counted, unseen cells close to an obstacle are a part of it.

    :param grid: OccupancyGrid.
    :param cell: m, side of a block.
    :param solid: m, how close to an obstacle that is.
    :returns: (H, W) int8 kinds, the grid of the blocks, and their side in cells.
    """
    pooled = pooled_questions(grid, cell, 0.5, solid, space)
    block = round(pooled.resolution / grid.resolution)
    half_unknown = 1.0 - 0.5 ** (0.5 * block)  # what `open_questions` makes of that
    kind = np.where(pooled.probabilities >= half_unknown - 1e-4, UNKNOWN, FREE).astype(np.int8)
    kind[pooled.probabilities == 1.0] = WALL
    return kind, pooled, block


def find_frontiers(grid, field: TravelField, position, config: FrontierConfig,
                   space: SpaceConfig, target: str = 'centre') -> Frontiers:
    """
    Return the frontiers that the robot can go to and look at, the longest first.

    A frontier is a set of unknown blocks, connected over the eight neighbours, each with a free
    one among its four neighbours (Yamauchi, A frontier-based approach for autonomous exploration,
    CIRA 1997). It is looked at from the reachable place next to its block nearest to the target,
    in line of sight of it.

    :param grid: OccupancyGrid.
    :param field: travel costs from the robot.
    :param position: (x, y, ...) of the robot.
    :param target: one of `TARGETS`.
    """
    blocks = blocks_of(grid, field, config, space)
    cells, first = _cluster_kernel(blocks.kind)
    side, hidden = blocks.grid.resolution, 2.0 * config.solid  # behind the walls at its ends
    shortest = (config.least_size - hidden) / side - 1e-6
    offsets = _disc(config.view_distance / side)
    here = np.asarray(position, float)[:2]
    lengths, places, points = [], [], []
    for start, end in zip(first[:-1], first[1:]):
        if end - start < shortest:
            continue
        centres = blocks.grid.cell_to_world(cells[start:end])
        away = np.hypot(*(centres - TARGETS[target](centres, here)).T)
        chain = cells[start:end][np.argsort(away, kind='stable')]
        place = _view_kernel(blocks.kind, blocks.cost, chain, offsets)
        if place[0] >= 0:
            lengths.append(len(chain) * side + hidden)
            places.append((*blocks.cell[place[0], place[1]], *chain[place[2]]))
            points.append((_nearest(centres, here), centres.mean(axis=0)))
    return _as_frontiers(grid, blocks, lengths, places, points)


def _nearest(points: np.ndarray, here: np.ndarray) -> np.ndarray:
    return points[np.argmin(np.hypot(*(points - here).T))]


TARGETS = {
    'centre': lambda points, here: points.mean(axis=0),
    'nearest': _nearest,
    'misplaced': lambda points, here: points[1:].sum(axis=0) / len(points),
}
"""Which point of a frontier is gone to, from its points (n, 2) and the robot's place: the
centroid; the point nearest to the robot; the sum of all but the first over the number of all."""


def _as_frontiers(grid, blocks: Blocks, lengths: list, places: list, points: list) -> Frontiers:
    """Put frontiers together, the longest first."""
    order = np.argsort(-np.array(lengths), kind='stable')
    places = np.array(places, np.int64).reshape(-1, 4)[order]
    points = np.array(points, float).reshape(-1, 2, 2)[order]
    views = grid.cell_to_world(places[:, :2])
    towards = blocks.grid.cell_to_world(places[:, 2:]) - views
    yaws = np.arctan2(towards[:, 1], towards[:, 0])
    return Frontiers(np.column_stack([views, yaws]), np.array(lengths, float)[order],
                     points[:, 0], points[:, 1])


def _disc(radius: float) -> np.ndarray:
    """Return the (k, 2) offsets to the blocks within a radius, the nearest first."""
    reach = np.arange(-int(radius), int(radius) + 1)
    offsets = np.stack(np.meshgrid(reach, reach, indexing='ij'), axis=-1).reshape(-1, 2)
    away = np.hypot(*offsets.T)
    order = np.argsort(away, kind='stable')
    return offsets[order][away[order] <= radius]


@kernel
def _pool_cost_kernel(cost, block):
    """Return the least cost in each block, and the cell that has it."""
    height, width = (cost.shape[0] + block - 1) // block, (cost.shape[1] + block - 1) // block
    least = np.full((height, width), np.inf, np.float32)
    cell = np.zeros((height, width, 2), np.int32)
    for row in range(cost.shape[0]):
        for col in range(cost.shape[1]):
            r, c = row // block, col // block
            if cost[row, col] < least[r, c]:
                least[r, c] = cost[row, col]
                cell[r, c, 0], cell[r, c, 1] = row, col
    return least, cell


@kernel
def _cluster_kernel(kind):
    """
    Collect the frontier blocks, one connected set after the other.

    :returns: (n, 2) blocks, and (m + 1,) where each set begins, the last entry n.
    """
    height, width = kind.shape
    frontier = np.zeros((height, width), np.bool_)
    count = 0
    for row in range(height):
        for col in range(width):
            if kind[row, col] == UNKNOWN and (
                    (row > 0 and kind[row - 1, col] == FREE)
                    or (row + 1 < height and kind[row + 1, col] == FREE)
                    or (col > 0 and kind[row, col - 1] == FREE)
                    or (col + 1 < width and kind[row, col + 1] == FREE)):
                frontier[row, col] = True
                count += 1
    cells = np.empty((count, 2), np.int64)
    first = np.zeros(count + 1, np.int64)
    taken, sets = 0, 0
    for row in range(height):
        for col in range(width):
            if not frontier[row, col]:
                continue
            frontier[row, col] = False
            cells[taken, 0], cells[taken, 1] = row, col
            i, taken = taken, taken + 1
            while i < taken:
                for r in range(max(cells[i, 0] - 1, 0), min(cells[i, 0] + 2, height)):
                    for c in range(max(cells[i, 1] - 1, 0), min(cells[i, 1] + 2, width)):
                        if frontier[r, c]:
                            frontier[r, c] = False
                            cells[taken, 0], cells[taken, 1] = r, c
                            taken += 1
                i += 1
            sets += 1
            first[sets] = taken
    return cells, first[:sets + 1]


@kernel
def _view_kernel(kind, cost, chain, offsets):
    """
    Find the reachable block next to the first of a chain of blocks that can be looked at.

    :returns: row, column and index in the chain; -1, -1, -1 when none can.
    """
    for i in range(chain.shape[0]):
        for k in range(offsets.shape[0]):
            row, col = chain[i, 0] + offsets[k, 0], chain[i, 1] + offsets[k, 1]
            if (0 <= row < kind.shape[0] and 0 <= col < kind.shape[1]
                    and np.isfinite(cost[row, col])
                    and _sees(kind, row, col, chain[i, 0], chain[i, 1])):
                return row, col, i
    return -1, -1, -1


@kernel
def _sees(kind, row, col, to_row, to_col):
    """Tell whether all blocks strictly between two are free, and no corner is cut."""
    down, right = to_row - row, to_col - col
    steps = max(abs(down), abs(right))
    r, c = row, col
    for i in range(1, steps + 1):
        before_r, before_c = r, c
        r, c = row + int(np.rint(i * down / steps)), col + int(np.rint(i * right / steps))
        if kind[before_r, c] == WALL and kind[r, before_c] == WALL:
            return False
        if i < steps and kind[r, c] != FREE:
            return False
    return True
