"""The way from the robot to every cell it can reach, in one pass."""

from dataclasses import dataclass

from fsmi_explorer.jit import kernel
import numpy as np

# Steps to the eight neighbours: row, column. The step opposite to k is 7 - k.
STEPS = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])
# Lengths in whole numbers, so that costs sort into buckets: 41 / 29 is sqrt(2) within 3e-4.
STRAIGHT, DIAGONAL = 29, 41
_LENGTHS = np.where(np.abs(STEPS).sum(axis=1) == 2, DIAGONAL, STRAIGHT)
# Weights are whole multiples of a quarter; the greatest keeps one step below all the buckets.
_WEIGHT_UNIT, _MAX_WEIGHT, _BUCKETS = 4, 24, 256
_UNREACHED = np.int32(2**31 - 1)
_ROOT = np.int8(-1)


@dataclass(frozen=True, eq=False)
class TravelField:
    """
    Travel costs from one start cell, with the ways.

    :param cost: (H, W) float32 m, inf where there is no way.
    :param parents: (H, W) int8, the step of `STEPS` that led into the cell; -1 at the start and
        where there is no way.
    :param start: (row, col) of the start.
    :param resolution: m per cell.
    :param escape: (k, 2) int64 cells from where the robot stands to the cell before the start;
        empty unless it stands where it could not have planned to.
    """

    cost: np.ndarray
    parents: np.ndarray
    start: tuple[int, int]
    resolution: float
    escape: np.ndarray

    @property
    def reachable(self) -> np.ndarray:
        """(H, W) bool: cells to which there is a way."""
        return np.isfinite(self.cost)

    def path_to(self, cell) -> np.ndarray:
        """
        Return the cells from the robot to `cell`, both included.

        :param cell: (row, col).
        :returns: (k, 2) int64 cells; empty when there is no way.
        """
        row, col = (int(each) for each in cell)
        height, width = self.cost.shape
        if not (0 <= row < height and 0 <= col < width and np.isfinite(self.cost[row, col])):
            return np.empty((0, 2), np.int64)
        return np.concatenate([self.escape, _path_kernel(self.parents, STEPS, row, col)])

    def arrival_heading(self, cells: np.ndarray, steps_back: int = 5) -> np.ndarray:
        """
        Return the heading with which the robot comes to each cell.

        :param cells: (k, 2) cells.
        :param steps_back: over how many last cells of the way the heading is taken.
        :returns: (k,) float32 rad from the column axis; NaN where there is no way to tell it.
        """
        cells = np.asarray(cells, np.int64).reshape(-1, 2)
        return _heading_kernel(self.parents, STEPS, cells, steps_back)


def travel_costs(traversable: np.ndarray, resolution: float, start, *,
                 weight: np.ndarray | None = None,
                 escape: np.ndarray | None = None) -> TravelField:
    """
    Return the least cost of travel from the start to every cell, over the eight neighbours.

    Dial's bucket queue (Communications of the ACM 12, 1969): linear in cells. A diagonal step
    needs both cells beside it to be traversable, so that no way slips through a diagonal wall.

    :param traversable: (H, W) bool.
    :param resolution: m per cell.
    :param start: (row, col), counted as traversable.
    :param weight: (H, W), cost of a metre in each cell, from 1 to 6; 1 everywhere when None.
    :param escape: (k, 2) cells that lead to the start, kept in the field and added to its costs.
    :raises ValueError: when the shapes do not fit or the start lies outside.
    """
    traversable = np.asarray(traversable, np.bool_)
    row, col = (int(each) for each in start)
    height, width = traversable.shape
    if not (0 <= row < height and 0 <= col < width):
        raise ValueError(f'start must lie within {traversable.shape} cells, got {(row, col)}')
    if weight is not None and weight.shape != traversable.shape:
        raise ValueError(f'weight must have the shape {traversable.shape}, got {weight.shape}')
    weights = _padded_weights(traversable, weight)
    weights[row + 1, col + 1] = max(weights[row + 1, col + 1], _WEIGHT_UNIT)
    escape = np.empty((0, 2), np.int64) if escape is None else escape
    head = _length(np.concatenate([escape, [(row, col)]]))
    cost, parents = _travel_kernel(
        weights.ravel(), width + 2, (row + 1) * (width + 2) + col + 1, STEPS, _LENGTHS)
    cost, parents = _unpad_kernel(
        cost, parents, (height, width), np.float32(resolution / STRAIGHT),
        np.float32(head * resolution))
    return TravelField(cost, parents, (row, col), resolution, escape)


def _padded_weights(traversable, weight):
    """Whole weights with a border of zeros, 0 meaning that there is no way."""
    padded = np.zeros(np.add(traversable.shape, 2), np.uint8)
    inner = padded[1:-1, 1:-1]
    if weight is None:
        np.multiply(traversable, _WEIGHT_UNIT, out=inner, casting='unsafe')
    else:
        inner[:] = np.clip(np.rint(weight * _WEIGHT_UNIT), _WEIGHT_UNIT, _MAX_WEIGHT)
        inner[~traversable] = 0
    return padded


def _length(cells: np.ndarray) -> float:
    """Length of a chain of cells, in cells."""
    return float(np.hypot(*np.diff(cells, axis=0).T).sum()) if len(cells) > 1 else 0.0


@kernel
def _travel_kernel(weights, stride, source, steps, lengths):
    """
    Settle cells bucket by bucket; each cell is in at most one bucket, a doubly linked list.

    :returns: costs int32 and parents int8 of the cells of the padded map.
    """
    offsets = steps[:, 0] * stride + steps[:, 1]
    cost = np.full(weights.size, _UNREACHED, np.int32)
    parents = np.full(weights.size, _ROOT, np.int8)
    after = np.empty(weights.size, np.int32)
    before = np.empty(weights.size, np.int32)
    first = np.full(_BUCKETS, -1, np.int32)
    cost[source], after[source], before[source], first[0] = 0, -1, -1, source
    waiting, level = 1, 0
    while waiting > 0:
        bucket = level & (_BUCKETS - 1)
        while first[bucket] >= 0:
            cell = first[bucket]
            first[bucket] = after[cell]
            if after[cell] >= 0:
                before[after[cell]] = -1
            waiting -= 1
            own = np.int64(weights[cell])
            for k in range(8):
                other = cell + offsets[k]
                there = np.int64(weights[other])
                if there == 0:
                    continue
                reached = level + ((lengths[k] * (own + there)) >> 3)
                known = cost[other]
                if reached >= known:
                    continue
                if lengths[k] == DIAGONAL and (
                        weights[cell + steps[k, 0] * stride] == 0
                        or weights[cell + steps[k, 1]] == 0):
                    continue
                if known == _UNREACHED:
                    waiting += 1
                else:
                    if before[other] >= 0:
                        after[before[other]] = after[other]
                    else:
                        first[known & (_BUCKETS - 1)] = after[other]
                    if after[other] >= 0:
                        before[after[other]] = before[other]
                target = reached & (_BUCKETS - 1)
                cost[other], parents[other] = reached, k
                before[other], after[other] = -1, first[target]
                if first[target] >= 0:
                    before[first[target]] = other
                first[target] = other
        level += 1
    return cost, parents


@kernel
def _unpad_kernel(cost, parents, shape, unit, head):
    """Take the border off, and turn whole costs into metres."""
    height, width = shape
    metres = np.empty((height, width), np.float32)
    steps = np.empty((height, width), np.int8)
    for row in range(height):
        for col in range(width):
            cell = (row + 1) * (width + 2) + col + 1
            steps[row, col] = parents[cell]
            metres[row, col] = head + unit * cost[cell] if cost[cell] != _UNREACHED else np.inf
    return metres, steps


@kernel
def _path_kernel(parents, steps, row, col):
    """Cells from the root to (row, col)."""
    count, r, c = 1, row, col
    while parents[r, c] != _ROOT:
        k = parents[r, c]
        r, c = r - steps[k, 0], c - steps[k, 1]
        count += 1
    path = np.empty((count, 2), np.int64)
    for i in range(count - 1, -1, -1):
        path[i, 0], path[i, 1] = row, col
        k = parents[row, col]
        if k != _ROOT:
            row, col = row - steps[k, 0], col - steps[k, 1]
    return path


@kernel
def _heading_kernel(parents, steps, cells, steps_back):
    """Direction of the last steps into each cell, from the column axis."""
    headings = np.full(cells.shape[0], np.nan, np.float32)
    for i in range(cells.shape[0]):
        row, col = cells[i, 0], cells[i, 1]
        for _ in range(steps_back):
            k = parents[row, col]
            if k == _ROOT:
                break
            row, col = row - steps[k, 0], col - steps[k, 1]
        if row != cells[i, 0] or col != cells[i, 1]:
            headings[i] = np.arctan2(cells[i, 0] - row, cells[i, 1] - col)
    return headings
