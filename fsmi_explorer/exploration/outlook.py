"""What is still to be seen: how much new space views are expected to show together."""

from functools import lru_cache
import math
from typing import NamedTuple

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import SpaceConfig, ViewConfig
from fsmi_explorer.exploration.questions import pooled_questions
from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.traversal import traverse
import numpy as np

_RAYS = 360
_NOTHING_THROUGH = 1e-3


class Rays(NamedTuple):
    """
    The blocks that rays from the centre of a block cross, near to far, one ray after the other.

    :param offsets: (m, 2) int64 rows and columns from the first block.
    :param areas: (m,) float32, what part of its sector a ray crosses there, in blocks.
    :param first: (rays + 1,) int64, where each ray begins, the last entry m.
    """

    offsets: np.ndarray
    areas: np.ndarray
    first: np.ndarray


def unseen_area(grid, candidates: Candidates, config: ViewConfig, space: SpaceConfig, *,
                enough: float = math.inf) -> float:
    """
    Return the area in m^2 that views of a map are expected to show together.

    The space that a ray is expected to show is that of its sector in each block, times the
    probability that the ray gets there. Space that other views show with probability q counts
    1 - q of that: to first order the information of a view conditional on the others, every cell
    counted once.

    :param grid: OccupancyGrid.
    :param candidates: poses to look from; those that show much best come first.
    :param enough: m^2, after which no more views are looked at.
    """
    model = config.model
    questions = pooled_questions(
        grid, config.cell, model.unknown_occupancy, config.solid, space)
    cells = questions.world_to_cell(candidates.poses[:, :2]) + 1
    yaws = np.nan_to_num(candidates.poses[:, 2] - questions.origin[2])
    unit = questions.resolution ** 2
    reach = min(model.max_range / questions.resolution, math.hypot(*questions.shape))
    block = round(questions.resolution / grid.resolution)
    return unit * _union_kernel(
        *_planes(questions.probabilities, model.unknown_occupancy, block), cells, yaws,
        model.fov, _rays(_RAYS, reach), enough / unit)


def _planes(blocked: np.ndarray, prior: float, block: int) -> tuple[np.ndarray, np.ndarray]:
    """
    Return planes of the blocks, with a border that nothing gets through.

    One says how likely a block stops a ray, the other what part of it is yet to be seen, told
    from what its cells let through together.
    """
    whole = math.log1p(-prior) * block
    unseen = np.where(blocked < 1.0, np.log1p(-np.minimum(blocked, 0.999)) / whole, 0.0)
    return np.pad(blocked, 1, constant_values=1.0), np.pad(unseen.astype(np.float32), 1)


@lru_cache(maxsize=4)
def _rays(count: int, reach: float) -> Rays:
    """Return rays all round, ray i in direction (i + 1/2) 2 pi / count."""
    longest = 2 * int(reach) + 4
    rows, cols = np.empty(longest, np.int64), np.empty(longest, np.int64)
    offsets, areas, first = [], [], [0]
    for angle in (np.arange(count) + 0.5) * 2.0 * np.pi / count:
        crossed = traverse(0.5, 0.5, 0.5 + reach * math.cos(angle), 0.5 + reach * math.sin(angle),
                           rows, cols)
        offsets.append(np.column_stack([rows[:crossed], cols[:crossed]]))
        away = offsets[-1] @ (math.sin(angle), math.cos(angle))
        # From halfway to the block before to halfway to the one after: the parts add up.
        borders = np.concatenate([[0.0], 0.5 * (away[1:] + away[:-1]), [reach]])
        areas.append(np.diff(borders ** 2) * math.pi / count)
        first.append(first[-1] + crossed)
    return Rays(np.concatenate(offsets), np.concatenate(areas).astype(np.float32),
                np.array(first))


@kernel
def _union_kernel(blocked, unseen, cells, yaws, fov, rays, enough):
    """Add up the area in blocks that each view adds to those before."""
    left = unseen.copy()
    total = 0.0
    for i in range(cells.shape[0]):
        if total >= enough:
            break
        added = _look(blocked, left, cells[i], yaws[i], fov, rays)
        if added > 0.0:
            _take(blocked, unseen, left, cells[i], yaws[i], fov, rays)
        total += added
    return total


@kernel
def _look(blocked, left, cell, yaw, fov, rays):
    """Return the area in blocks that a view is expected to add."""
    total = np.float32(0.0)
    first, count = _rays_in_view(yaw, fov, rays.first.size - 1)
    for i in range(count):
        ray = (first + i) % (rays.first.size - 1)
        through = np.float32(1.0)
        for k in range(rays.first[ray], rays.first[ray + 1]):
            row, col = cell[0] + rays.offsets[k, 0], cell[1] + rays.offsets[k, 1]
            total += through * left[row, col] * rays.areas[k]
            through *= np.float32(1.0) - blocked[row, col]
            if through < _NOTHING_THROUGH:
                break
    return total


@kernel
def _take(blocked, unseen, left, cell, yaw, fov, rays):
    """Take what a view shows from what is left."""
    first, count = _rays_in_view(yaw, fov, rays.first.size - 1)
    for i in range(count):
        ray = (first + i) % (rays.first.size - 1)
        through = np.float32(1.0)
        for k in range(rays.first[ray], rays.first[ray + 1]):
            row, col = cell[0] + rays.offsets[k, 0], cell[1] + rays.offsets[k, 1]
            left[row, col] = min(
                left[row, col], unseen[row, col] * (np.float32(1.0) - through))
            through *= np.float32(1.0) - blocked[row, col]
            if through < _NOTHING_THROUGH:
                break


@kernel
def _rays_in_view(yaw, fov, count):
    """Return the first ray within the field of view, and how many there are."""
    pitch = 2.0 * np.pi / count
    seen = min(count, int(np.rint(fov / pitch)))
    if seen == count:
        return 0, count
    return int(np.rint((yaw - 0.5 * fov) / pitch)) % count, seen
