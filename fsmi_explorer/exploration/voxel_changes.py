"""Where two maps of voxels of the same lattice differ."""

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping import VoxelMap
from fsmi_explorer.mapping.voxel_blocks import (
    BRICK,
    BRICK_BITS,
    log_odds_at,
    NONE,
    place_of_brick,
    PLACES,
)
from fsmi_explorer.mapping.voxel_queries import corner_of_brick
import numpy as np


def changed_bricks(before: VoxelMap, after: VoxelMap) -> np.ndarray:
    """
    Find the bricks in which two maps differ.

    :return: (n, 3) m, the middle of each brick with a voxel that is not the same in both.
    :raises ValueError: when the resolutions differ.
    """
    if before.resolution != after.resolution:
        raise ValueError(f'maps must have one resolution, got {before.resolution!r} and '
                         f'{after.resolution!r}')
    corners = []
    for one, other in ((before.blocks, after.blocks), (after.blocks, before.blocks)):
        found = np.empty((int(other.used[0]) * PLACES, 3), np.int64)
        corners.append(found[:_list_changed(one, other, found)])
    return (np.unique(np.concatenate(corners), axis=0) + 0.5 * BRICK) * after.resolution


@kernel
def _list_changed(before, after, corners):
    """List the first voxel x y z of each brick of `after` that differs; return how many."""
    count = 0
    for i, j, k in np.ndindex(after.roots.shape):
        region = after.roots[i, j, k]
        for place in range(PLACES if region != NONE else 0):
            x, y, z = corner_of_brick(after, i, j, k, place)
            if _differs(before, after, region * PLACES + place, x, y, z):
                corners[count, 0], corners[count, 1], corners[count, 2] = x, y, z
                count += 1
    return count


@kernel
def _differs(before, after, at, x, y, z):
    """Tell whether any voxel of a brick differs; NaN is the same as NaN."""
    brick, alike = after.bricks[at], after.alike[at]
    place = place_of_brick(before, x, y, z)
    if brick == NONE and (place == NONE or before.bricks[place] == NONE):
        return not _same(alike, log_odds_at(before, x, y, z))
    for voxel in range(PLACES):
        odds = alike if brick == NONE else after.voxels[brick, voxel]
        if not _same(odds, log_odds_at(
                before, x + (voxel & (BRICK - 1)), y + (voxel >> BRICK_BITS & (BRICK - 1)),
                z + (voxel >> 2 * BRICK_BITS))):
            return True
    return False


@kernel
def _same(one, other):
    return one == other or (np.isnan(one) and np.isnan(other))
