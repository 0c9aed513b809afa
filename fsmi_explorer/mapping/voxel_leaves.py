"""Blocks of voxels as leaves of an octree, and back."""

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.occupancy_map import MapSizeError
from fsmi_explorer.mapping.octree import Leaves
from fsmi_explorer.mapping.voxel_blocks import (
    Blocks,
    BRICK,
    BRICK_BITS,
    BRICK_BYTES,
    divide_brick,
    new_region,
    NONE,
    place_in,
    place_of_brick,
    PLACES,
    REGION,
    REGION_BITS,
    REGION_BYTES,
    unite_brick,
)
from fsmi_explorer.mapping.voxel_queries import corner_of_brick
import numpy as np


def leaves_of_blocks(blocks: Blocks) -> Leaves:
    """Return what was observed: bricks that are all alike and single voxels, in any order."""
    leaves = Leaves.room(_list_leaves(blocks, None, None, None))
    _list_leaves(blocks, *leaves)
    return leaves


def blocks_of_leaves(leaves: Leaves, max_memory: float) -> Blocks:
    """
    Return blocks that hold nothing but leaves.

    :param leaves: in the order of an octree, so that those of one brick follow each other.
    :param max_memory: MB.
    :raises MapSizeError: when the blocks would exceed that.
    """
    if len(leaves.odds) == 0:
        return Blocks.empty()
    sides = 1 << leaves.levels[:, None].astype(np.int64)
    low = leaves.cells.min(axis=0).astype(np.int64) >> REGION_BITS
    high = (leaves.cells + sides - 1).max(axis=0) >> REGION_BITS
    whole = (sides[sides >= REGION] // REGION) ** 3
    _check_memory(whole.sum() * REGION_BYTES, max_memory)
    _check_memory(np.prod(1.0 + high - low) * np.dtype(np.int32).itemsize, max_memory)
    blocks = Blocks.empty().spanning(low, high + 1)
    regions = _count_regions(blocks, leaves.cells, leaves.levels)
    small = leaves.cells[leaves.levels < BRICK_BITS] >> BRICK_BITS
    bricks = np.count_nonzero(np.diff(small, axis=0).any(axis=1)) + 1
    _check_memory(regions * REGION_BYTES + bricks * BRICK_BYTES, max_memory)
    blocks = blocks.with_room(regions, bricks)
    _write_leaves(blocks, *leaves)
    return blocks.without_spare()


def _check_memory(needed: float, max_memory: float) -> None:
    if needed > 1e6 * max_memory:
        raise MapSizeError(
            f'the map of voxels would be {needed / 1e6:.0f} MB large; allowed is max_memory = '
            f'{max_memory:g} MB')


@kernel
def _list_leaves(blocks, cells, levels, odds):
    """Write all leaves, or count them where the arrays are None; return their number."""
    count = 0
    for i, j, k in np.ndindex(blocks.roots.shape):
        region = blocks.roots[i, j, k]
        if region == NONE:
            continue
        for place in range(PLACES):
            brick = blocks.bricks[region * PLACES + place]
            alike = blocks.alike[region * PLACES + place]
            if brick == NONE and np.isnan(alike):
                continue
            x, y, z = corner_of_brick(blocks, i, j, k, place)
            for voxel in range(1 if brick == NONE else PLACES):
                value = alike if brick == NONE else blocks.voxels[brick, voxel]
                if np.isnan(value):
                    continue
                if cells is not None:
                    cells[count, 0] = x + (voxel & (BRICK - 1))
                    cells[count, 1] = y + ((voxel >> BRICK_BITS) & (BRICK - 1))
                    cells[count, 2] = z + (voxel >> 2 * BRICK_BITS)
                    levels[count] = BRICK_BITS if brick == NONE else 0
                    odds[count] = value
                count += 1
    return count


@kernel
def _count_regions(blocks, cells, levels):
    """Return in how many regions leaves lie; those larger than a region lie in several."""
    seen, count = np.zeros(blocks.roots.shape, np.bool_), 0
    for leaf in range(len(levels)):
        i, j, k = (cells[leaf, 2] >> REGION_BITS) - blocks.corner[2], (
            cells[leaf, 1] >> REGION_BITS) - blocks.corner[1], (
            cells[leaf, 0] >> REGION_BITS) - blocks.corner[0]
        side = max(1 << levels[leaf] >> REGION_BITS, 1)
        for di, dj, dk in np.ndindex(side, side, side):
            count += not seen[i + di, j + dj, k + dk]
            seen[i + di, j + dj, k + dk] = True
    return count


@kernel
def _write_leaves(blocks, cells, levels, odds):
    """Write leaves; room for their regions and bricks is there."""
    for leaf in range(len(levels)):
        x, y, z = np.int64(cells[leaf, 0]), np.int64(cells[leaf, 1]), np.int64(cells[leaf, 2])
        side = np.int64(1) << np.int64(levels[leaf])
        for k, j, i in np.ndindex(max(side // REGION, 1), max(side // REGION, 1),
                                  max(side // REGION, 1)):
            if place_of_brick(blocks, x + i * REGION, y + j * REGION, z + k * REGION) == NONE:
                new_region(blocks, x + i * REGION, y + j * REGION, z + k * REGION)
        if side < BRICK:
            _write_in_brick(blocks, x, y, z, side, odds[leaf])
            continue
        for k, j, i in np.ndindex(side // BRICK, side // BRICK, side // BRICK):
            place = place_of_brick(blocks, x + i * BRICK, y + j * BRICK, z + k * BRICK)
            blocks.alike[place] = odds[leaf]
    for place in range(blocks.used[0] * PLACES):
        if blocks.bricks[place] != NONE:
            unite_brick(blocks, place)


@kernel
def _write_in_brick(blocks, x, y, z, side, odds):
    """Write a leaf that is smaller than a brick."""
    place = place_of_brick(blocks, x, y, z)
    brick = blocks.bricks[place]
    if brick == NONE:
        brick = divide_brick(blocks, place)
    for k, j, i in np.ndindex(side, side, side):
        blocks.voxels[brick, place_in(x + i, y + j, z + k)] = odds
