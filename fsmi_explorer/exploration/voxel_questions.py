"""The map of voxels as open questions: what is decided is certain, walls have no gaps."""

from dataclasses import replace

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping import InverseSensorModel, VoxelMap
from fsmi_explorer.mapping.log_odds import log_odds
from fsmi_explorer.mapping.voxel_blocks import (
    Blocks,
    BRICK,
    BRICK_BITS,
    divide_brick,
    log_odds_at,
    new_region,
    NONE,
    place_in,
    place_of_brick,
    PLACES,
    unite_brick,
)
from fsmi_explorer.mapping.voxel_queries import corner_of_brick
import numpy as np

_CERTAIN = InverseSensorModel(p_min=1e-6, p_max=1.0 - 1e-6)
_SIDES = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])


def open_voxel_questions(voxels: VoxelMap, free: float, occupied: float) -> VoxelMap:
    """
    Return the map with all that is decided taken for certain.

    Voxels that count as free or as obstacles promise nothing more, so that information means
    space not yet seen and not walls seen too seldom; the others count as never observed. Those of
    them that share a side with an obstacle are taken for a part of it: sparse rays leave gaps in a
    wall, and all the space behind would count through them.

    :param voxels: the map.
    :param free: a voxel below this probability is free.
    :param occupied: a voxel above this probability is an obstacle.
    """
    # Walls may grow into all bricks and regions beside their own.
    most = 1 + len(_SIDES)
    regions, bricks, _ = voxels.blocks.used
    blocks = _copied(voxels.blocks)
    low, high = blocks.corner - 1, blocks.corner + blocks.roots.shape[::-1] + 1
    blocks = blocks.spanning(low, high).with_room(most * regions, most * bricks + PLACES)
    certain = log_odds(np.array([_CERTAIN.p_min, _CERTAIN.p_max])).astype(np.float32)
    limits = log_odds(np.array([free, occupied])).astype(np.float32)
    _decide(blocks, limits, certain)
    _close_gaps(voxels.blocks, blocks, limits[1], certain[1])
    return VoxelMap.of_blocks(blocks, replace(voxels.config, sensor=_CERTAIN))


def _copied(blocks: Blocks) -> Blocks:
    """Return blocks of their own, of the part in use."""
    regions, bricks, _ = blocks.used
    ends = {'bricks': regions * PLACES, 'alike': regions * PLACES, 'voxels': bricks,
            'spare': bricks}
    return Blocks(**{name: each[:ends.get(name)].copy()
                     for name, each in blocks._asdict().items()})


@kernel
def _decide(blocks, limits, certain):
    """Make free voxels and obstacles certain and forget the others."""
    for place in range(blocks.used[0] * PLACES):
        brick = blocks.bricks[place]
        if brick == NONE:
            blocks.alike[place] = _decided(blocks.alike[place], limits, certain)
            continue
        for voxel in range(PLACES):
            blocks.voxels[brick, voxel] = _decided(blocks.voxels[brick, voxel], limits, certain)
        unite_brick(blocks, place)


@kernel
def _decided(odds, limits, certain):
    if odds < limits[0]:
        return certain[0]
    return certain[1] if odds > limits[1] else np.float32(np.nan)


@kernel
def _close_gaps(voxels, questions, occupied, certain):
    """Make obstacles of the open questions that share a side with one."""
    for i, j, k in np.ndindex(voxels.roots.shape):
        region = voxels.roots[i, j, k]
        for place in range(PLACES if region != NONE else 0):
            at = region * PLACES + place
            brick = voxels.bricks[at]
            if brick == NONE and not voxels.alike[at] > occupied:
                continue
            corner = corner_of_brick(voxels, i, j, k, place)
            for voxel in range(PLACES):
                odds = voxels.alike[at] if brick == NONE else voxels.voxels[brick, voxel]
                if odds > occupied:
                    _thicken(questions, corner[0] + (voxel & (BRICK - 1)),
                             corner[1] + (voxel >> BRICK_BITS & (BRICK - 1)),
                             corner[2] + (voxel >> 2 * BRICK_BITS), certain)


@kernel
def _thicken(questions, x, y, z, certain):
    for side in range(_SIDES.shape[0]):
        u, v, w = x + _SIDES[side, 0], y + _SIDES[side, 1], z + _SIDES[side, 2]
        if not np.isnan(log_odds_at(questions, u, v, w)):
            continue
        place = place_of_brick(questions, u, v, w)
        if place == NONE:
            new_region(questions, u, v, w)
            place = place_of_brick(questions, u, v, w)
        brick = questions.bricks[place]
        if brick == NONE:
            brick = divide_brick(questions, place)
        questions.voxels[brick, place_in(u, v, w)] = certain
