"""
Noise-free FSMI with no hit counted, without range limit, for every start cell of an octant.

The information of the beam that starts in cell s is an affine function of that of the beam that
starts in the cell behind it, the emission-absorption equation of volume rendering:

    I_s = a_s + b_s I_{s+1},   a = o f_occ + (1 - o) f_emp,   b = 1 - o.

A step from row to row crosses one cell or two, and both together are one affine map again. Rays
are swept from their far end to the near one, two rows at a time. Within these, vector by vector,
all directions are led on before the next vector: what they read of the cells, and the sums over
them, then stay in registers.
"""

from typing import NamedTuple

from fsmi_explorer.information.lattice import EARLY, LATE, STRAIGHT
from fsmi_explorer.information.sweep_layout import row_place
from fsmi_explorer.information.vectors import aligned_zeros, LANES, load, spread, store
from fsmi_explorer.jit import kernel
import numpy as np

_KINDS = 3
"""Kinds of steps: STRAIGHT, EARLY, LATE."""

_SUMS = 5
"""Sums over the directions: in the middle row at their column and one aside, in the row behind it
at their column, one aside and two."""


class Rays(NamedTuple):
    """
    The rays of some directions in one row, over the whole width of the map or a part of it.

    :param state: information of the beams that start there; each direction has these columns, and
        an empty vector on either side.
    :param order: (k,) where in it each direction begins, in groups of the same two steps.
    :param groups: (10,) where in the order each group begins, and the end: kinds of far steps
        follow each other within kinds of near steps.
    """

    state: np.ndarray
    order: np.ndarray
    groups: np.ndarray


@kernel
def affine_maps(occupancy, f_occ, f_emp):
    """Turn flat planes of what is known of the cells into b, a and what is of no use any more."""
    for i in range(occupancy.size):
        o = occupancy[i]
        f_occ[i] = o * f_occ[i] + (1 - o) * f_emp[i]
        occupancy[i] = 1 - o


@kernel
def sweep_noise_free(planes, layout, course, steps, sign, out):
    """
    Add the information of the beams from every cell to a plane.

    :param planes: buffer with the planes a and b.
    :param steps: (rows + 1, k) of the rays, rows counted along the beams.
    :param sign: 1 to add, -1 to take away.
    :param out: flat plane of the layout.
    """
    ahead = -layout.stride if course.backward else layout.stride
    aside = -1 if course.mirrored else 1
    pitch = layout.width + 2 * LANES
    rays, sums = empty_rays(steps.shape[1], pitch, planes.dtype), empty_sums(pitch, planes.dtype)
    for row in range((layout.rows - 1) // 2 * 2, -1, -2):
        near = row_place(row, layout, course)
        group_rays(rays, steps[row], steps[row + 1], pitch)
        lead_two_rows(planes, (near, layout.plane, ahead, aside), rays, sums, pitch)
        add_sums(sums, pitch, aside, near - layout.room + ahead, ahead, sign, out)
    nearest = row_place(0, layout, course) - layout.room
    for first in range(LANES, rays.state.size, pitch):
        for x in range(0, layout.width, LANES):
            _add(out, nearest + x, sign * load(rays.state, first + x))


@kernel
def empty_rays(count, pitch, dtype):
    """
    Return rays of some directions that find nothing.

    :param pitch: columns of a direction, and the empty vectors.
    """
    return Rays(
        aligned_zeros(count * pitch, dtype), np.empty(count, np.int64),
        np.empty(_KINDS * _KINDS + 1, np.int64))


@kernel
def empty_sums(pitch, dtype):
    """Return room for the sums over directions that `lead_two_rows` writes."""
    return aligned_zeros(_SUMS * pitch, dtype)


@kernel
def group_rays(rays, near_steps, far_steps, pitch):
    """Sort rays by the kinds of their next two steps."""
    order, groups = rays.order, rays.groups
    groups[:] = 0
    for k in range(order.size):
        groups[_KINDS * near_steps[k] + far_steps[k]] += 1
    total = 0
    for kinds in range(groups.size):
        total += groups[kinds]
        groups[kinds] = total
    for k in range(order.size):
        kinds = _KINDS * near_steps[k] + far_steps[k]
        groups[kinds] -= 1
        order[groups[kinds]] = LANES + k * pitch


@kernel
def lead_two_rows(planes, way, rays, sums, pitch):
    """
    Lead rays from the row behind two rows to the near one of these, and sum them up.

    Vectors are taken in the direction in which the rays move aside, so that these find what lies
    behind them before it is written over.

    :param way: place in the planes where the rays of the near row begin, distance between the
        planes, and the ways to the next row and the next column.
    :param sums: written.
    """
    near, plane, ahead, aside = way
    none = spread(planes.dtype.type(0))
    x = 0 if aside > 0 else pitch - 3 * LANES
    for _ in range(2 * LANES, pitch, LANES):
        place = near + x
        straight, early, late = _step_maps(planes, place, plane, ahead, aside)
        far = _step_maps(planes, place + ahead, plane, ahead, aside)
        beside = _step_maps(planes, place + ahead + aside, plane, ahead, aside)
        middle, behind, behind_1 = _lead(
            rays, STRAIGHT, x, 0, aside, far, straight, (none, none, none))
        store(sums, LANES + x, middle)
        store(sums, 2 * pitch + LANES + x, behind)
        totals = _lead(rays, EARLY, x, aside, aside, beside, early, (none, behind_1, none))
        middle, behind_1, behind_2 = _lead(rays, LATE, x, aside, aside, beside, late, totals)
        store(sums, pitch + LANES + x, middle)
        store(sums, 3 * pitch + LANES + x, behind_1)
        store(sums, 4 * pitch + LANES + x, behind_2)
        x += LANES * aside


@kernel(forceinline=True)
def _step_maps(planes, place, plane, ahead, aside):
    """Return gain and loss of the STRAIGHT, EARLY and LATE steps from a vector of cells."""
    a, b = load(planes, place), load(planes, plane + place)
    early = a + b * load(planes, place + aside), b * load(planes, plane + place + aside)
    late = a + b * load(planes, place + ahead), b * load(planes, plane + place + ahead)
    return (a, b), early, late


@kernel(forceinline=True)
def _lead(rays, near_kind, x, shift, aside, far, near, totals):
    """
    Lead a vector of the rays with one kind of near step on by two rows.

    :param x: column of the vector in the near row.
    :param shift: how far aside they are in the far row.
    :param far: gain and loss of the far step of each kind.
    :param near: gain and loss of the near step.
    :param totals: sums to add to: in the far row, in the row behind it, and there one aside.
    """
    middle, behind, behind_aside = totals
    first = _KINDS * near_kind
    middle, behind = _lead_group(
        rays, first + STRAIGHT, x, shift, far[STRAIGHT], near, middle, behind)
    middle, behind_aside = _lead_group(
        rays, first + EARLY, x, shift + aside, far[EARLY], near, middle, behind_aside)
    middle, behind_aside = _lead_group(
        rays, first + LATE, x, shift + aside, far[LATE], near, middle, behind_aside)
    return middle, behind, behind_aside


@kernel(forceinline=True)
def _lead_group(rays, group, x, shift, far, near, middle, behind):
    """Lead a vector of the rays with the same two kinds of steps on by two rows."""
    state, order = rays.state, rays.order
    for k in range(rays.groups[group], rays.groups[group + 1]):
        place = order[k] + x
        information = load(state, place + shift)
        behind += information
        information = far[0] + far[1] * information
        middle += information
        store(state, place, near[0] + near[1] * information)
    return middle, behind


@kernel
def add_sums(sums, pitch, aside, far, ahead, sign, out):
    """Add the sums over directions to the far one of two rows and to that behind it."""
    for x in range(0, pitch - 2 * LANES, LANES):
        own, beside = LANES + x, LANES + x - aside
        _add(out, far + x, sign * (load(sums, own) + load(sums, pitch + beside)))
        _add(out, far + ahead + x, sign * (
            load(sums, 2 * pitch + own) + load(sums, 3 * pitch + beside)
            + load(sums, 4 * pitch + beside - aside)))


@kernel(forceinline=True)
def _add(out, place, vector):
    store(out, place, load(out, place) + vector)
