"""
Rays through a grid of voxels, from free block to free block.

Positions are in voxels: voxel (layer, row, col) covers x in [col, col + 1), y in [row, row + 1)
and z in [layer, layer + 1). The outermost voxels of the grid are solid.
"""

from math import inf

from fsmi_explorer.jit import kernel
import numpy as np

FURTHEST = 255  # voxels; the distances are kept in a byte each


def free_distances(solid: np.ndarray) -> np.ndarray:
    """
    Measure how many king's moves each voxel is from the nearest solid one.

    :param solid: (D, H, W) bool, solid in all its outermost voxels.
    :return: (D, H, W) uint8, 0 where solid, at most 255: all voxels nearer than that are free.
    """
    distance = np.where(solid, 0, FURTHEST).astype(np.uint8)
    _relax_forwards(distance)
    _relax_forwards(distance[::-1, ::-1, ::-1])
    return distance


@kernel
def _relax_forwards(distance):
    """Let each voxel take over from its thirteen neighbours that come before it."""
    layers, rows, cols = distance.shape
    for layer in range(1, layers - 1):
        for row in range(1, rows - 1):
            for col in range(1, cols - 1):
                nearest = min(distance[layer, row, col - 1], distance[layer, row - 1, col - 1],
                              distance[layer, row - 1, col], distance[layer, row - 1, col + 1])
                for r in range(row - 1, row + 2):
                    for c in range(col - 1, col + 2):
                        nearest = min(nearest, distance[layer - 1, r, c])
                if nearest < distance[layer, row, col] - 1:
                    distance[layer, row, col] = nearest + 1


@kernel
def first_hit(distance, x, y, z, dx, dy, dz, reach):
    """
    Follow a ray from a point to the first solid voxel that it enters, exactly.

    All voxels nearer than the distance of the current one are known to be free, so that the ray
    leaves the cube of them at once.

    :param distance: (D, H, W) uint8 as of `free_distances`; the point lies in the grid.
    :param reach: distance in voxels beyond which nothing is seen.
    :return: distance in voxels along the unit vector (dx, dy, dz): 0 in a solid, inf beyond reach.
    """
    layer, row, col = int(z), int(y), int(x)
    travelled = 0.0
    while travelled <= reach:
        free = int(distance[layer, row, col])
        if free == 0:
            return travelled
        to_x, to_y, to_z = (_way_out(x, col, free, dx), _way_out(y, row, free, dy),
                            _way_out(z, layer, free, dz))
        travelled = min(to_x, to_y, to_z)
        col = _arrive(x + travelled * dx, col, free, dx, to_x == travelled)
        row = _arrive(y + travelled * dy, row, free, dy, to_y == travelled)
        layer = _arrive(z + travelled * dz, layer, free, dz, to_z == travelled)
    return inf


@kernel
def _way_out(start, index, free, slope):
    """Return the length of the ray until it leaves the free cube along one axis."""
    if slope > 0.0:
        return (index + free - start) / slope
    if slope < 0.0:
        return (index - free + 1 - start) / slope
    return inf


@kernel
def _arrive(position, index, free, slope, leaves):
    """Return the index along one axis: beyond the cube where it is left, else within."""
    if leaves:
        return index + free if slope > 0.0 else index - free
    return min(max(int(np.floor(position)), index - free + 1), index + free - 1)


@kernel
def cast(distance, origin, directions, reach, lengths):
    """
    Cast rays from one point; what starts outside the grid reads 0, as in a solid.

    :param origin: (3,) x, y, z in voxels.
    :param directions: (n, 3) unit vectors.
    :param lengths: (n,) filled with voxels until the hit, inf beyond the reach.
    """
    layers, rows, cols = distance.shape
    x, y, z = origin
    inside = 0.0 <= x < cols and 0.0 <= y < rows and 0.0 <= z < layers
    for ray in range(directions.shape[0]):
        lengths[ray] = 0.0
        if inside:
            lengths[ray] = first_hit(distance, x, y, z, directions[ray, 0], directions[ray, 1],
                                     directions[ray, 2], reach)
