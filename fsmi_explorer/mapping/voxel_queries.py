"""Kernels that read blocks of voxels, and write whole boxes of them."""

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.voxel_blocks import (
    BRICK,
    BRICK_BITS,
    divide_brick,
    log_odds_at,
    new_region,
    NONE,
    place_in,
    place_of_brick,
    PLACES,
    REGION_BITS,
    unite_brick,
)
import numpy as np


@kernel
def read_log_odds(blocks, cells, odds):
    """
    Read single voxels.

    :param cells: (n, 3) x y z, whole numbers as floats; NaN is never observed.
    :param odds: (n,) float32, written.
    """
    for i in range(len(cells)):
        x, y, z = cells[i]
        odds[i] = np.nan
        if not np.isnan(x + y + z):
            odds[i] = log_odds_at(blocks, np.int64(x), np.int64(y), np.int64(z))


@kernel
def corner_of_brick(blocks, i, j, k, place):
    """Return the first voxel x, y, z of a brick, given where its region is in the roots."""
    corner, last = blocks.corner, BRICK - 1
    x = ((corner[0] + k) << REGION_BITS) + ((place & last) << BRICK_BITS)
    y = ((corner[1] + j) << REGION_BITS) + (((place >> BRICK_BITS) & last) << BRICK_BITS)
    z = ((corner[2] + i) << REGION_BITS) + (((place >> 2 * BRICK_BITS) & last) << BRICK_BITS)
    return x, y, z


@kernel
def list_voxels(blocks, least, greatest, cells):
    """
    List the voxels whose log-odds lie within bounds.

    :param least: float32.
    :param greatest: float32.
    :param cells: (n, 3) int, written with x y z; None to count only.
    :return: number of voxels.
    """
    count = 0
    for i, j, k in np.ndindex(blocks.roots.shape):
        region = blocks.roots[i, j, k]
        if region == NONE:
            continue
        for place in range(PLACES):
            brick, alike = blocks.bricks[region * PLACES + place], blocks.alike[
                region * PLACES + place]
            if brick == NONE and not least <= alike <= greatest:
                continue
            x, y, z = corner_of_brick(blocks, i, j, k, place)
            for voxel in range(PLACES):
                odds = alike if brick == NONE else blocks.voxels[brick, voxel]
                if least <= odds <= greatest:
                    if cells is not None:
                        cells[count, 0] = x + (voxel & (BRICK - 1))
                        cells[count, 1] = y + ((voxel >> BRICK_BITS) & (BRICK - 1))
                        cells[count, 2] = z + (voxel >> 2 * BRICK_BITS)
                    count += 1
    return count


@kernel
def count_known(blocks, bounds):
    """
    Count the voxels ever observed and find the box that holds them.

    :param bounds: (2, 3) int, written with the first voxel x y z and that beyond the last.
    :return: number of voxels.
    """
    bounds[0], bounds[1] = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    count = 0
    for i, j, k in np.ndindex(blocks.roots.shape):
        region = blocks.roots[i, j, k]
        if region == NONE:
            continue
        for place in range(PLACES):
            at = region * PLACES + place
            if blocks.bricks[at] == NONE and np.isnan(blocks.alike[at]):
                continue
            count += _count_in_brick(blocks, at, corner_of_brick(blocks, i, j, k, place), bounds)
    return count


@kernel
def _count_in_brick(blocks, place, corner, bounds):
    """Count the voxels of a brick ever observed and widen bounds to hold them."""
    brick, count = blocks.bricks[place], 0
    for voxel in range(PLACES):
        if brick != NONE and np.isnan(blocks.voxels[brick, voxel]):
            continue
        count += 1
        for axis in range(3):
            at = corner[axis] + ((voxel >> axis * BRICK_BITS) & (BRICK - 1))
            bounds[0, axis], bounds[1, axis] = min(bounds[0, axis], at), max(
                bounds[1, axis], at + 1)
    return count


@kernel
def fill_dense(blocks, low, odds):
    """
    Read a box of voxels.

    :param low: (3,) int x y z of its first voxel.
    :param odds: (z, y, x) float32, written.
    """
    for k, j, i in np.ndindex(odds.shape):
        odds[k, j, i] = log_odds_at(blocks, low[0] + i, low[1] + j, low[2] + k)


@kernel
def write_dense(blocks, low, odds):
    """
    Write a box of voxels.

    :param blocks: with roots that span the box, and room for its regions and bricks.
    :param low: (3,) int x y z of its first voxel.
    :param odds: (z, y, x) float32; NaN leaves a voxel as it is.
    """
    depth, height, width = odds.shape
    high = low[0] + width, low[1] + height, low[2] + depth
    for z in range(low[2] & -BRICK, high[2], BRICK):
        for y in range(low[1] & -BRICK, high[1], BRICK):
            for x in range(low[0] & -BRICK, high[0], BRICK):
                part = odds[max(z - low[2], 0):z + BRICK - low[2],
                            max(y - low[1], 0):y + BRICK - low[1],
                            max(x - low[0], 0):x + BRICK - low[0]]
                if not np.isnan(part).all():
                    _write_in_brick(blocks, max(x, low[0]), max(y, low[1]), max(z, low[2]), part)


@kernel
def _write_in_brick(blocks, x, y, z, odds):
    """Write a box of voxels that lies within one brick and begins at voxel x, y, z."""
    place = place_of_brick(blocks, x, y, z)
    if place == NONE:
        new_region(blocks, x, y, z)
        place = place_of_brick(blocks, x, y, z)
    brick = blocks.bricks[place]
    if brick == NONE:
        brick = divide_brick(blocks, place)
    for k, j, i in np.ndindex(odds.shape):
        if not np.isnan(odds[k, j, i]):
            blocks.voxels[brick, place_in(x + i, y + j, z + k)] = odds[k, j, i]
    unite_brick(blocks, place)


@kernel
def project_columns(blocks, low, bottom, top, odds):
    """
    Find the greatest log-odds of each column of voxels between two heights.

    :param low: (2,) int x y of the voxels that belong to odds[0, 0].
    :param bottom: first voxel z.
    :param top: voxel z beyond the last.
    :param odds: (y, x) float32, NaN; written.
    """
    for i, j, k in np.ndindex(blocks.roots.shape):
        region = blocks.roots[i, j, k]
        if region == NONE:
            continue
        for place in range(PLACES):
            at = region * PLACES + place
            x, y, z = corner_of_brick(blocks, i, j, k, place)
            if z >= top or z + BRICK <= bottom:
                continue
            brick = blocks.bricks[at]
            if brick != NONE:
                _project_brick(
                    blocks.voxels[brick], x - low[0], y - low[1], bottom - z, top - z, odds)
            elif not np.isnan(blocks.alike[at]):
                part = odds[y - low[1]:y - low[1] + BRICK, x - low[0]:x - low[0] + BRICK]
                part[:] = np.fmax(part, blocks.alike[at])


@kernel
def _project_brick(voxels, col, row, bottom, top, odds):
    """Find the greatest log-odds of the columns of one brick, above odds[row, col]."""
    for layer in range(max(bottom, 0), min(top, BRICK)):
        for voxel in range(BRICK * BRICK):
            value = voxels[layer * BRICK * BRICK + voxel]
            if not np.isnan(value):
                j, i = row + (voxel >> BRICK_BITS), col + (voxel & (BRICK - 1))
                odds[j, i] = np.fmax(odds[j, i], value)
