"""
Noise-free FSMI with no hit counted and a range limit, for every start cell of an octant.

Without noise the information of a beam is an affine function of that of the beam behind it, see
`sweep_noise_free`, and a beam of n steps is the composition of n affine maps. So the beams of one
direction are windows of n maps that slide along the rays. The rows are cut into blocks, and every
beam into

    the rest of its own block, some whole blocks, and a part that ends within a further block.

The first part grows as the start moves to nearer rows, the last as the end moves to further ones.
The whole blocks, a queue, are composed from two stacks as in the sliding minimum of van Herk, Gil
and Werman. Each beam costs a constant number of operations, however long it is.
"""

from typing import NamedTuple

from fsmi_explorer.information.lattice import column, EARLY, LATE, step_kind
from fsmi_explorer.information.sweep_layout import row_place
from fsmi_explorer.information.vectors import LANES, load, store
from fsmi_explorer.jit import kernel
import numpy as np

_SHORTEST_BLOCK, _LONGEST_BLOCK = 12, 20
_DIRECTIONS_AT_ONCE = 8
"""Directions that advance together, so that the cells they read stay in the cache."""

_PAD = _LONGEST_BLOCK
"""Room before and after a row, as a ray moves aside at most so far within a block."""


def block_lengths(ranges: np.ndarray) -> np.ndarray:
    """Return the lengths of blocks (k,) that divide beams of so many steps best."""
    lengths = np.arange(_LONGEST_BLOCK, _SHORTEST_BLOCK - 1, -1)
    best = lengths[np.argmin(ranges[:, np.newaxis] % lengths, axis=1)]
    return np.where(ranges < _SHORTEST_BLOCK, ranges, best)


class _Rays(NamedTuple):
    """
    The rays of one direction during a sweep. Affine maps are pairs of rows, gain and loss.

    :param slope: of the direction.
    :param steps: of the beams.
    :param length: rows of a block.
    :param queue: (n, 2, pitch), the whole blocks: those since the turn-over as they are, the
        others each composed with all that are nearer.
    :param front: (2, pitch), the composition of the blocks since the turn-over.
    """

    slope: int
    steps: int
    length: int
    queue: np.ndarray
    front: np.ndarray


class _Scratch(NamedTuple):
    """
    Room for one block.

    :param through: (pitch,), the share of the beams that gets to where a beam may end.
    :param ends: (n, pitch), their information from the end of the block to there.
    """

    through: np.ndarray
    ends: np.ndarray


@kernel
def sweep_limited(planes, layout, course, slopes, ranges, lengths, sign, out):
    """
    Add the information of the beams from every cell to a plane.

    :param planes: buffer with the planes a and b.
    :param slopes: (k,) of the directions.
    :param ranges: (k,) steps of the beams.
    :param lengths: (k,) rows of a block.
    :param sign: 1 to add, -1 to take away.
    :param out: flat plane of the layout.
    """
    pitch = layout.width + 2 * _PAD
    blocks = (ranges // lengths).max()
    queues = np.zeros((_DIRECTIONS_AT_ONCE, blocks, 2, pitch), out.dtype)
    fronts = np.zeros((_DIRECTIONS_AT_ONCE, 2, pitch), out.dtype)
    scratch = _Scratch(
        np.zeros(pitch, out.dtype), np.zeros((2 * _LONGEST_BLOCK, pitch), out.dtype))
    for first in range(0, slopes.size, _DIRECTIONS_AT_ONCE):
        count = min(_DIRECTIONS_AT_ONCE, slopes.size - first)
        end = np.full(count, layout.rows)
        turned = np.full(count, -1)
        depth = np.zeros(count, np.int64)
        _clear(fronts)
        for lowest in range(layout.rows - 1, -_LONGEST_BLOCK, -_LONGEST_BLOCK):
            for k in range(count):
                rays = _Rays(
                    slopes[first + k], ranges[first + k], lengths[first + k], queues[k], fronts[k])
                while end[k] > max(lowest, 0):
                    _compose_whole_blocks(rays, end[k], depth[k], turned[k], scratch, course)
                    reached = _collect_ends(planes, rays, end[k], scratch, layout, course)
                    _sweep_block(
                        planes, rays, end[k], depth[k], reached, scratch, (layout, course), sign,
                        out)
                    end[k] -= rays.length
                    depth[k] = _enqueue(rays, end[k], depth[k], scratch, course)
                    if depth[k] == 0:
                        turned[k] = end[k]


@kernel
def _clear(fronts):
    """Make affine maps the identity."""
    fronts[:, 0] = 0
    fronts[:, 1] = 1


@kernel
def _shift(slope, row, behind, course):
    """Return by how many columns the rays of one row are further aside in one behind it."""
    first = course.first
    gained = column(slope, 2 * (first + behind)) - column(slope, 2 * (first + row))
    return -gained if course.mirrored else gained


@kernel
def _compose(near, behind, shift, gain, loss):
    """
    Compose the affine maps of rays with those behind them, which lie shifted.

    What lies behind a ray that has left the map does not matter: there its loss is 0.
    """
    for x in range(_PAD, gain.size - _PAD, LANES):
        source = min(max(x + shift, 0), gain.size - LANES)
        share = load(near[1], x)
        store(gain, x, load(near[0], x) + share * load(behind[0], source))
        store(loss, x, share * load(behind[1], source))


@kernel
def _replace(target, gain, loss):
    """Write affine maps over others."""
    for x in range(_PAD, gain.size - _PAD, LANES):
        store(target[0], x, load(gain, x))
        store(target[1], x, load(loss, x))


@kernel
def _compose_whole_blocks(rays, end, depth, turned, scratch, course):
    """Start the ends with the whole blocks: those since the turn-over and some before it."""
    gain, loss = scratch.ends[0], scratch.through
    if rays.steps < 2 * rays.length:
        gain[:], loss[:] = 0, 1
    elif turned < 0:
        _replace((gain, loss), rays.front[0], rays.front[1])
        loss[:] = 0
    else:
        shift = _shift(rays.slope, end, turned, course)
        _compose(rays.front, rays.queue[depth], shift, gain, loss)


@kernel
def _enqueue(rays, start, depth, scratch, course):
    """
    Add the block that begins at a row, in its place of the queue, to the front.

    When the front holds all the whole blocks of a beam, the queue is turned over: each block is
    composed with all that are nearer, and the front is empty again.

    :return: blocks in the front.
    """
    whole = rays.steps // rays.length - 1
    if whole == 0:
        return 0
    gain, loss = scratch.ends[0], scratch.through
    shift = _shift(rays.slope, start, start + rays.length, course)
    _compose(rays.queue[depth], rays.front, shift, gain, loss)
    _replace(rays.front, gain, loss)
    if depth + 1 < whole:
        return depth + 1
    for i in range(whole - 2, -1, -1):
        shift = _shift(rays.slope, start, start + (whole - 1 - i) * rays.length, course)
        _compose(rays.queue[i + 1], rays.queue[i], shift, gain, loss)
        _replace(rays.queue[i], gain, loss)
    rays.front[0], rays.front[1] = 0, 1
    return 0


@kernel
def _beside(slope, row, layout, course):
    """Return how far in the planes the second cell of a step is from the first, 0 for none."""
    kind = step_kind(slope, course.first + row)
    if kind == LATE:
        return -layout.stride if course.backward else layout.stride
    if kind == EARLY:
        return -1 if course.mirrored else 1
    return 0


@kernel
def _collect_ends(planes, rays, end, scratch, layout, course):
    """
    Follow the beams from the whole blocks on, step by step, to all rows where they may end.

    :return: steps made before they have left the map.
    """
    first = end + (rays.steps // rays.length - 1) * rays.length
    steps = min(rays.steps % rays.length + rays.length - 1, layout.rows - first)
    for i in range(steps):
        row = first + i
        place = row_place(row, layout, course) + _shift(rays.slope, end, row, course)
        _follow(
            planes, place, layout.plane, _beside(rays.slope, row, layout, course),
            scratch.through, scratch.ends[i], scratch.ends[i + 1])
    return max(steps, 0)


@kernel
def _follow(planes, row, plane, beside, through, before, after):
    """Follow beams by one step of one cell, or two."""
    for x in range(0, through.size - 2 * _PAD, LANES):
        share, gain = load(through, _PAD + x), load(before, _PAD + x)
        a, b = load(planes, row + x), load(planes, plane + row + x)
        gain, share = gain + share * a, share * b
        if beside != 0:
            a, b = load(planes, row + x + beside), load(planes, plane + row + x + beside)
            gain, share = gain + share * a, share * b
        store(after, _PAD + x, gain)
        store(through, _PAD + x, share)


@kernel
def _sweep_block(planes, rays, end, depth, reached, scratch, turned, sign, out):
    """Sweep a block from its far end to its start, and add up the beams that start there."""
    layout, course = turned
    start = end - rays.length
    near, through = rays.queue[depth, 0], rays.queue[depth, 1]
    near[:], through[:] = 0, 1
    for row in range(end - 1, max(start, 0) - 1, -1):
        place = row_place(row, layout, course)
        steps = min(rays.steps % rays.length + row - start, reached)
        _advance(
            planes, place, layout.plane, _beside(rays.slope, row, layout, course),
            (near, through, _PAD - _shift(rays.slope, start, row, course)),
            (scratch.ends[steps], _shift(rays.slope, row, end, course), place - layout.room),
            sign, out)


@kernel
def _advance(planes, row, plane, beside, block, end, sign, out):
    """Start beams one row nearer, in one cell or two, and add up their information."""
    near, through, state = block
    ends, shift, out_row = end
    for x in range(0, near.size - 2 * _PAD, LANES):
        i, share = load(near, state + x), load(through, state + x)
        if beside != 0:
            a, b = load(planes, row + x + beside), load(planes, plane + row + x + beside)
            i, share = a + b * i, b * share
        a, b = load(planes, row + x), load(planes, plane + row + x)
        i, share = a + b * i, b * share
        store(near, state + x, i)
        store(through, state + x, share)
        total = sign * (i + share * load(ends, _PAD + x + shift))
        store(out, out_row + x, load(out, out_row + x) + total)
