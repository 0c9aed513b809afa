"""Slow and plain ways to do what maps of voxels do, to compare with."""

from fractions import Fraction
from functools import cmp_to_key
from math import floor

import numpy as np


def visited_voxels(start, end):
    """
    List the voxels (x, y, z) that a segment visits, in order, by exact rational arithmetic.

    Between two neighbouring crossings of faces a segment stays within one voxel, the one of the
    point in the middle; the voxels of both ends belong to it too.
    """
    start, end = [Fraction(value) for value in start], [Fraction(value) for value in end]
    crossings = {Fraction(0), Fraction(1)}
    for a, b in zip(start, end):
        for border in range(floor(min(a, b)), floor(max(a, b)) + 2):
            if a != b and 0 < (border - a) / (b - a) < 1:
                crossings.add((border - a) / (b - a))
    ordered = sorted(crossings)
    middles = [(a + b) / 2 for a, b in zip(ordered, ordered[1:])]
    voxels = []
    for share in (Fraction(0), *middles, Fraction(1)):
        voxel = tuple(floor(a + share * (b - a)) for a, b in zip(start, end))
        if not voxels or voxels[-1] != voxel:
            voxels.append(voxel)
    return voxels


def insert(voxels, origin, ends, hits, config):
    """
    Put the rays of one cloud into a dictionary of log-odds by voxel.

    :return: number of voxels whose values changed.
    """
    hit, miss, least, greatest = config.sensor.log_odds
    said = {}
    for end, is_hit in zip(np.asarray(ends, float), hits):
        length = np.linalg.norm(end - origin)
        if not config.min_range <= length < np.inf:
            continue
        if config.max_range and length > config.max_range:
            end, is_hit = origin + (end - origin) * (config.max_range / length), False
        visited = visited_voxels(origin / config.resolution, end / config.resolution)
        for voxel in visited[:-1] if is_hit else visited:
            said.setdefault(voxel, miss)
        if is_hit:
            said[visited[-1]] = hit
    changed = 0
    for voxel, amount in said.items():
        before = voxels.get(voxel, np.float32(0))
        after = np.clip(np.float32(before + amount), least, greatest)
        changed += voxel not in voxels or after != before
        voxels[voxel] = after
    return changed


def ray_voxels(start, direction, max_range):
    """
    List the voxels (x, y, z) that a ray takes, from voxel to voxel.

    Of faces nearer to each other than 1e-9, that of the axis that the ray follows less comes
    first; of equal axes z comes last, and in the plane the ray goes by the voxel on its right.
    """
    crossings = []
    for axis in np.flatnonzero(np.abs(direction) > 1e-12):
        step = np.sign(direction[axis])
        first = np.floor(start[axis]) + (step > 0)
        for i in range(int(max_range * abs(direction[axis])) + 2):
            distance = (first + i * step - start[axis]) / direction[axis]
            crossings.append((distance, axis, int(step)))

    def order(one, other):
        if abs(one[0] - other[0]) > 1e-9 or one[1] == other[1]:
            return one[0] - other[0]
        sizes = np.abs([direction[one[1]], direction[other[1]]])
        if abs(sizes[0] - sizes[1]) > 1e-9:
            return sizes[0] - sizes[1]
        if 2 in (one[1], other[1]):
            return one[1] - other[1]
        return (one[1] - other[1]) * (1 if direction[0] * direction[1] > 0 else -1)

    crossings.sort(key=cmp_to_key(order))
    voxel = np.floor(start).astype(int)
    voxels = [tuple(voxel)]
    for distance, axis, step in crossings:
        if distance >= max_range - 1e-9:
            break
        voxel[axis] += step
        voxels.append(tuple(voxel))
    return voxels
