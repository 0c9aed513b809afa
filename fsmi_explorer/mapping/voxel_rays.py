"""
Rays through blocks of voxels, as runs of voxels that are alike.

A ray takes the voxel of its start and every voxel that it enters nearer than its range, each a
whole one however short the crossing (Amanatides and Woo 1987). It crosses a block that is all
alike, a brick or a region, in one step: where it leaves the block tells how many faces of each
direction it crosses inside, and so how many voxels it takes. Distances are whole numbers of a
tiny unit, so that the count is exact: the runs are those of a walk from voxel to voxel.

A ray through an edge or corner, where faces are nearer to each other than 1e-9 voxels, crosses
first the face whose axis it follows less. Where it follows two axes as much as each other, a face
across z comes last, and in the plane the ray goes by the voxel on its right.
"""

from typing import NamedTuple

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.voxel_blocks import (
    Blocks,
    BRICK_BITS,
    NONE,
    place_in,
    PLACES,
    REGION_BITS,
)
import numpy as np

_UNIT = 2.0 ** 42
"""Units of distance in a voxel."""

_NEVER = np.int64(2) ** 56
"""Farther than any ray goes, and still small enough to be taken 64 times."""

LONGEST = 2 ** 14 - 1
"""Voxels that a ray may go."""

_RAYS_AT_ONCE = 1024

_CORNER = np.int64(1e-9 * _UNIT)

_EQUAL = 1e-9
"""A ray follows two axes as much as each other if their shares of it differ by less."""

_PARALLEL = 1e-12
"""A ray that follows an axis by less, such as the cosine of a right angle, runs across it."""


class Limits(NamedTuple):
    """
    Where rays end.

    :param max_range: in voxels, up to `LONGEST`.
    :param low: (3,) int64 first voxel x y z of a box that rays do not leave.
    :param high: (3,) int64 voxel beyond its last.
    :param stop_odds: a ray ends with the first voxel of at least these log-odds.
    :param unknown_odds: log-odds of voxels never observed.
    :param opacity: a ray ends when -ln of what gets through is certain to exceed this,
    :param margin: and so many voxels more have been taken.
    """

    max_range: float
    low: np.ndarray
    high: np.ndarray
    stop_odds: float
    unknown_odds: float
    opacity: float
    margin: int


class RayRuns(NamedTuple):
    """
    Runs of n rays, at most r of each.

    :param odds: (n, r) float32 log-odds of each run, NaN never observed.
    :param lengths: (n, r) int64 voxels of each run.
    :param counts: (n,) int64 runs of each ray.
    :param begun: (n,) float64 distance in voxels at which the last run begins.
    """

    odds: np.ndarray
    lengths: np.ndarray
    counts: np.ndarray
    begun: np.ndarray

    @classmethod
    def room(cls, rays: int, max_range: float) -> 'RayRuns':
        """Return room for so many rays of so many voxels of range."""
        runs = int(1.8 * max_range) + 4
        return cls(np.empty((rays, runs), np.float32), np.empty((rays, runs), np.int64),
                   np.empty(rays, np.int64), np.empty(rays))

    def first(self, rays: int) -> 'RayRuns':
        """Return the room of the first rays."""
        return RayRuns(*(each[:rays] for each in self))


@kernel
def follow_rays(blocks, cubes, starts, directions, limits, odds, lengths, counts, begun):
    """
    List the runs of voxels that rays take.

    :param blocks: see `Blocks`.
    :param cubes: see `find_cubes`.
    :param starts: (n, 3) in voxels, within the box of the limits.
    :param directions: (n, 3) of length 1.
    :param limits: see `Limits`.
    :param odds: see `RayRuns`, written like all that follows.
    :param lengths: the same.
    :param counts: the same.
    :param begun: the same.
    """
    # Taken out of their tuples once for all rays: each time costs more than a step.
    roots, bricks, alike, voxels = blocks.roots, blocks.bricks, blocks.alike, blocks.voxels
    corner = blocks.corner[0], blocks.corner[1], blocks.corner[2]
    low = limits.low[0], limits.low[1], limits.low[2]
    high, max_range = (limits.high[0], limits.high[1], limits.high[2]), limits.max_range
    stops = limits.stop_odds, limits.unknown_odds, limits.opacity, limits.margin
    for ray in range(len(counts)):
        course = _set_out((starts[ray, 0], starts[ray, 1], starts[ray, 2]),
                          (directions[ray, 0], directions[ray, 1], directions[ray, 2]),
                          max_range, low, high)
        counts[ray], begun[ray] = _follow(
            roots, bricks, alike, voxels, cubes, course + (corner, ray), stops, odds, lengths)


@kernel
def _follow(roots, bricks, alike, voxels, cubes, course, stops, odds, lengths):
    """Write the runs of one ray; return how many they are and where the last begins."""
    ((x, y, z), (step_x, step_y, step_z), (face_x, face_y, face_z), (pitch_x, pitch_y, pitch_z),
     (per_x, per_y, per_z), end, corner, ray) = course
    stop_odds, unknown_odds, opacity, margin = stops
    count, run, beyond, shade, goes_on = 0, 0, 0, 0.0, True
    last, since, entered = np.float32(0), np.int64(0), np.int64(0)
    while goes_on:
        i, j, k = (z >> REGION_BITS) - corner[2], (y >> REGION_BITS) - corner[1], (
            x >> REGION_BITS) - corner[0]
        brick, bits, value = NONE, REGION_BITS, np.float32(np.nan)
        if (0 <= i < roots.shape[0] and 0 <= j < roots.shape[1] and 0 <= k < roots.shape[2]
                and roots[i, j, k] != NONE):
            place = roots[i, j, k] * PLACES + place_in(
                x >> BRICK_BITS, y >> BRICK_BITS, z >> BRICK_BITS)
            brick, bits, value = bricks[place], np.int64(cubes[place]), alike[place]
        left_x = _faces_left(x, step_x, bits)
        left_y = _faces_left(y, step_y, bits)
        left_z = _faces_left(z, step_z, bits)
        inside = True
        while inside and goes_on:
            before = entered
            if brick == NONE:
                (x, y, z), (face_x, face_y, face_z), length, entered = _cross_block(
                    (x, y, z), (step_x, step_y, step_z), (face_x, face_y, face_z),
                    (pitch_x, pitch_y, pitch_z), (per_x, per_y, per_z),
                    (left_x, left_y, left_z), end)
                inside = False
            else:
                place, length = place_in(x, y, z), 0
                value = voxels[brick, place]
                x, y, z = x + step_x * left_x, y + step_y * left_y, z + step_z * left_z
                while inside and entered < end and _same(voxels[brick, place], value):
                    length += 1
                    entered = min(face_x, face_y, face_z)
                    is_x, is_y, is_z = _nearest(face_x, face_y, entered)
                    face_x, face_y, face_z = (
                        face_x + pitch_x * is_x, face_y + pitch_y * is_y, face_z + pitch_z * is_z)
                    left_x, left_y, left_z = left_x - is_x, left_y - is_y, left_z - is_z
                    place = (place + step_x * is_x + ((step_y * is_y) << BRICK_BITS)
                             + ((step_z * is_z) << 2 * BRICK_BITS)) & (PLACES - 1)
                    inside = (left_x | left_y | left_z) >= 0
                x, y, z = x - step_x * left_x, y - step_y * left_y, z - step_z * left_z
            if run == 0 or not _same(value, last):
                if run:
                    odds[ray, count], lengths[ray, count] = last, run
                    count += 1
                last, run, since = value, 0, before
            run += length
            beyond += length if shade > opacity else 0
            shade += length * _shade(value, unknown_odds)
            goes_on = entered < end and not value >= stop_odds and (
                shade <= opacity or beyond < margin)
    odds[ray, count], lengths[ray, count] = last, run
    return count + 1, since / _UNIT


@kernel(inline='always')
def _nearest(face_x, face_y, nearest):
    """Return for each axis 1 or 0, 1 for the first whose face is the nearest."""
    is_x = np.int64(face_x == nearest)
    is_y = np.int64(face_y == nearest) & ~is_x
    return is_x, is_y, 1 - is_x - is_y


@kernel
def _set_out(start, along, max_range, low, high):
    """Return how a ray runs along each axis, and the distance at which it ends."""
    rank_x, rank_y, rank_z = _ranks(along)
    x, step_x, face_x, pitch_x = _axis(start[0], along[0], rank_x)
    y, step_y, face_y, pitch_y = _axis(start[1], along[1], rank_y)
    z, step_z, face_z, pitch_z = _axis(start[2], along[2], rank_z)
    end = np.int64(max_range * _UNIT) - _CORNER
    end = min(end, _leaves_box(x, step_x, face_x, pitch_x, low[0], high[0]))
    end = min(end, _leaves_box(y, step_y, face_y, pitch_y, low[1], high[1]))
    end = min(end, _leaves_box(z, step_z, face_z, pitch_z, low[2], high[2]))
    per_unit = abs(along[0]) / _UNIT, abs(along[1]) / _UNIT, abs(along[2]) / _UNIT
    return ((x, y, z), (step_x, step_y, step_z), (face_x, face_y, face_z),
            (pitch_x, pitch_y, pitch_z), per_unit, end)


@kernel(inline='always')
def _faces_left(cell, step, bits):
    """Return how many faces across an axis lie between a voxel and the end of its block."""
    # As 63 - c = ~c in six bits: c itself where the ray goes down, for which step >> 1 is -1.
    return (cell ^ ~(step >> 1)) & ((1 << bits) - 1)


@kernel(inline='always')
def _cross_block(voxel, step, faces, pitch, per_unit, left, end):
    """
    Cross a block that is all alike.

    :param voxel: where the ray is.
    :param step: 1 or -1 along each axis.
    :param faces: distances of the next face across each axis.
    :param pitch: distances from face to face.
    :param per_unit: faces crossed in a unit of distance.
    :param left: faces across each axis that lie in the block.
    :param end: distance at which the ray ends.
    :return: voxel behind the block, next faces, voxels taken, and distance.
    """
    out_x = faces[0] + left[0] * pitch[0]
    out_y = faces[1] + left[1] * pitch[1]
    out_z = faces[2] + left[2] * pitch[2]
    out = min(out_x, out_y, out_z)
    stop, goes_on = min(out, end), out < end
    # Of faces crossed at the same distance, those across x come first, then y.
    is_x, is_y = out_x == out, out_y == out and out_x != out
    x = _faces_before(faces[0], pitch[0], per_unit[0], stop + (goes_on and not is_x))
    y = _faces_before(
        faces[1], pitch[1], per_unit[1], stop + (goes_on and not is_x and not is_y))
    z = _faces_before(faces[2], pitch[2], per_unit[2], stop)
    length = 1 + x + y + z
    x, y, z = x + is_x, y + is_y, z + (not is_x and not is_y)
    voxel = voxel[0] + step[0] * x, voxel[1] + step[1] * y, voxel[2] + step[2] * z
    faces = faces[0] + pitch[0] * x, faces[1] + pitch[1] * y, faces[2] + pitch[2] * z
    return voxel, faces, length, out


@kernel(inline='always')
def _faces_before(first, pitch, per_unit, stop):
    """Return how many of the faces at first, first + pitch, ... lie before a distance."""
    # The quotient is one off at most, by its rounding.
    count = np.int64((stop - 1 - first) * per_unit) + 1
    count -= first + (count - 1) * pitch >= stop
    count += first + count * pitch < stop
    return max(count, 0)


@kernel(inline='always')
def _same(one, other):
    """Tell whether two log-odds are equal, or both those of voxels never observed."""
    return one == other or (one != one and other != other)


@kernel(inline='always')
def _shade(odds, unknown_odds):
    """Return at most -ln(1 - o) = ln(1 + e^l), which is convex in the log-odds l."""
    known = unknown_odds if np.isnan(odds) else np.float64(odds)
    return max(0.0, known, 0.6931471805599453 + known / 2)


@kernel
def _leaves_box(cell, step, first, pitch, low, high):
    """Return the distance at which a ray leaves a box across one axis."""
    inside = high - 1 - cell if step > 0 else cell - low
    return first if inside == 0 else np.int64(min(first + np.float64(inside) * pitch, _NEVER))


@kernel
def _axis(start, along, rank):
    """
    Return how a ray runs along one axis.

    :return: voxel, step, distance to the first face, and distance from face to face.
    """
    cell = np.int64(np.floor(start))
    if abs(along) < _PARALLEL:
        return cell, 1, _NEVER, _NEVER
    to_face = cell + 1 - start if along > 0 else start - cell
    pitch = min(_UNIT / abs(along), np.float64(_NEVER))
    first = np.int64(min(to_face * pitch, np.float64(_NEVER))) + rank * _CORNER
    return cell, (1 if along > 0 else -1), first, np.int64(pitch)


@kernel
def _ranks(along):
    """Return for each axis which place it takes where faces are crossed together."""
    x, y, z = abs(along[0]), abs(along[1]), abs(along[2])
    x_first = x < y
    if abs(x - y) < _EQUAL:
        x_first = (along[0] > 0) == (along[1] > 0)
    z_first_x, z_first_y = z < x - _EQUAL, z < y - _EQUAL
    return ((0 if x_first else 1) + (1 if z_first_x else 0),
            (1 if x_first else 0) + (1 if z_first_y else 0),
            (0 if z_first_x else 1) + (0 if z_first_y else 1))


def first_stops(
        blocks: Blocks, cubes: np.ndarray, starts: np.ndarray, directions: np.ndarray,
        limits: Limits) -> np.ndarray:
    """
    Return the distance (n,) in voxels at which each ray comes upon its first voxel to stop at.

    :param blocks: see `follow_rays`, like all that follows.
    :param cubes: the same.
    :param starts: the same.
    :param directions: the same.
    :param limits: the same.
    """
    runs = RayRuns.room(_RAYS_AT_ONCE, limits.max_range)
    distances = np.empty(len(starts))
    for first in range(0, len(starts), _RAYS_AT_ONCE):
        part = slice(first, first + _RAYS_AT_ONCE)
        some = runs.first(len(starts[part]))
        follow_rays(blocks, cubes, starts[part], directions[part], limits, *some)
        last = some.odds[np.arange(len(some.counts)), some.counts - 1]
        distances[part] = np.where(last >= limits.stop_odds, some.begun, np.inf)
    return distances


def no_limits(max_range: float, stop_odds: float = np.inf) -> Limits:
    """Return the limits of rays that go on however little gets through, anywhere."""
    far = np.full(3, np.int64(1) << 40)
    return Limits(float(max_range), -far, far, float(stop_odds), -np.inf, np.inf, 0)
