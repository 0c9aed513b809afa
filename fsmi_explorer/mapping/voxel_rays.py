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
from fsmi_explorer.mapping.voxel_blocks import BRICK_BITS, NONE, place_in, PLACES, REGION_BITS
import numpy as np

_UNIT = 2.0 ** 42
"""Units of distance in a voxel."""

_NEVER = np.int64(2) ** 56
"""Farther than any ray goes, and still small enough to be taken 64 times."""

LONGEST = 2 ** 14 - 1
"""Voxels that a ray may go."""

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


@kernel
def follow_ray(blocks, start, along, limits, odds, lengths):
    """
    List the runs of voxels that a ray takes.

    :param blocks: see `Blocks`.
    :param start: three floats x, y, z in voxels.
    :param along: three floats, the direction, of length 1.
    :param limits: see `Limits`; the start lies within its box.
    :param odds: (r,) float32 log-odds of each run, NaN never observed, written; room for
        sqrt(3) max_range + 4 runs.
    :param lengths: (r,) int64 voxels of each run, written.
    :return: number of runs, and the distance in voxels at which the last run begins.
    """
    rank_x, rank_y, rank_z = _ranks(along)
    x, step_x, next_x, pitch_x = _axis(start[0], along[0], rank_x)
    y, step_y, next_y, pitch_y = _axis(start[1], along[1], rank_y)
    z, step_z, next_z, pitch_z = _axis(start[2], along[2], rank_z)
    per_x, per_y, per_z = 1.0 / pitch_x, 1.0 / pitch_y, 1.0 / pitch_z
    end = np.int64(limits.max_range * _UNIT) - _CORNER
    end = min(end, _leaves_box(x, step_x, next_x, pitch_x, limits.low[0], limits.high[0]))
    end = min(end, _leaves_box(y, step_y, next_y, pitch_y, limits.low[1], limits.high[1]))
    end = min(end, _leaves_box(z, step_z, next_z, pitch_z, limits.low[2], limits.high[2]))
    roots, bricks, alike, voxels = blocks.roots, blocks.bricks, blocks.alike, blocks.voxels
    depth, height, width = roots.shape
    corner_x, corner_y, corner_z = blocks.corner[0], blocks.corner[1], blocks.corner[2]
    stop_odds, unknown_odds, opacity = limits.stop_odds, limits.unknown_odds, limits.opacity
    margin = limits.margin
    last_x, last_y, last_z = ~x, y, z
    brick, bits, value, beyond = NONE, 0, np.float32(0), 0
    count, entered, begun, shade = 0, np.int64(0), np.int64(0), 0.0
    while True:
        if ((x ^ last_x) | (y ^ last_y) | (z ^ last_z)) >> BRICK_BITS:
            last_x, last_y, last_z = x, y, z
            i, j = (z >> REGION_BITS) - corner_z, (y >> REGION_BITS) - corner_y
            k = (x >> REGION_BITS) - corner_x
            brick, bits, value = NONE, REGION_BITS, np.float32(np.nan)
            if 0 <= i < depth and 0 <= j < height and 0 <= k < width and roots[i, j, k] != NONE:
                place = roots[i, j, k] * PLACES + place_in(
                    x >> BRICK_BITS, y >> BRICK_BITS, z >> BRICK_BITS)
                brick, bits, value = bricks[place], BRICK_BITS, alike[place]
        if brick != NONE:
            bits, value = 0, voxels[brick, place_in(x, y, z)]
        # Where the ray leaves the block, and how many faces it crosses before.
        out_x = next_x + _faces_before_exit(x, step_x, bits) * pitch_x
        out_y = next_y + _faces_before_exit(y, step_y, bits) * pitch_y
        out_z = next_z + _faces_before_exit(z, step_z, bits) * pitch_z
        out = min(out_x, out_y, out_z)
        length = 1
        if bits:
            stop = min(out, end)
            # Of faces crossed at the same distance, those across x come first, then y.
            faces_x = _faces_before(next_x, pitch_x, per_x, stop + (out_x > out and out < end))
            faces_y = _faces_before(
                next_y, pitch_y, per_y, stop + (out_y > out and out_x > out and out < end))
            faces_z = _faces_before(next_z, pitch_z, per_z, stop)
            x, next_x = x + step_x * faces_x, next_x + pitch_x * faces_x
            y, next_y = y + step_y * faces_y, next_y + pitch_y * faces_y
            z, next_z = z + step_z * faces_z, next_z + pitch_z * faces_z
            length += faces_x + faces_y + faces_z
        if count and (value == odds[count - 1] or (
                np.isnan(value) and np.isnan(odds[count - 1]))):
            lengths[count - 1] += length
        else:
            odds[count], lengths[count], begun = value, length, entered
            count += 1
        known = unknown_odds if np.isnan(value) else np.float64(value)
        if known >= stop_odds or out >= end:
            break
        if shade > opacity:
            beyond += length
        # From below, as -ln(1 - o) = ln(1 + e^l) is convex in the log-odds l.
        shade += length * max(0.0, known, 0.6931471805599453 + known / 2)
        if shade > opacity and beyond >= margin:
            break
        entered = out
        if out_x == out:
            x, next_x = x + step_x, next_x + pitch_x
        elif out_y == out:
            y, next_y = y + step_y, next_y + pitch_y
        else:
            z, next_z = z + step_z, next_z + pitch_z
    return count, begun / _UNIT


@kernel(inline='always')
def _faces_before_exit(cell, step, bits):
    """Return how many faces across an axis lie between a voxel and the end of its block."""
    inside = cell & ((1 << bits) - 1)
    return (1 << bits) - 1 - inside if step > 0 else inside


@kernel(inline='always')
def _faces_before(first, pitch, per_unit, stop):
    """Return how many of the faces at first, first + pitch, ... lie before a distance."""
    if first >= stop:
        return 0
    count = np.int64((stop - 1 - first) * per_unit)
    # The quotient is one off at most, by its rounding.
    at = first + count * pitch
    if at >= stop:
        return count
    return count + 2 if at + pitch < stop else count + 1


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
    pitch = np.int64(min(_UNIT / abs(along), _NEVER))
    first = np.int64(min(to_face / abs(along) * _UNIT, _NEVER)) + rank * _CORNER
    return cell, (1 if along > 0 else -1), first, pitch


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


@kernel
def first_stops(blocks, starts, directions, limits, distances):
    """
    Find the distance in voxels at which each ray comes upon its first voxel to stop at.

    :param starts: (n, 3) in voxels.
    :param directions: (n, 3) of length 1.
    :param limits: see `Limits`.
    :param distances: (n,) float64, written; inf where there is none.
    """
    room = int(1.8 * limits.max_range) + 4
    odds, lengths = np.empty(room, np.float32), np.empty(room, np.int64)
    for i in range(len(starts)):
        start = starts[i, 0], starts[i, 1], starts[i, 2]
        along = directions[i, 0], directions[i, 1], directions[i, 2]
        runs, begun = follow_ray(blocks, start, along, limits, odds, lengths)
        distances[i] = begun if odds[runs - 1] >= limits.stop_odds else np.inf


def no_limits(max_range: float, stop_odds: float = np.inf) -> Limits:
    """Return the limits of rays that go on however little gets through, anywhere."""
    far = np.full(3, np.int64(1) << 40)
    return Limits(float(max_range), -far, far, float(stop_odds), -np.inf, np.inf, 0)
