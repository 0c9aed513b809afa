"""
Noise-free FSMI with no hit counted, without range limit, for every start cell of an octant.

The information of the beam that starts in cell s is an affine function of that of the beam that
starts in the cell behind it, the emission-absorption equation of volume rendering:

    I_s = a_s + b_s I_{s+1},   a = o f_occ + (1 - o) f_emp,   b = 1 - o.

A step from row to row crosses one cell or two, and both together are one affine map again. Rays
are swept from their far end to the near one, two rows at a time and all directions together;
those that take the same two kinds of steps share what they read.
"""

from fsmi_explorer.information.lattice import EARLY, LATE, STRAIGHT
from fsmi_explorer.information.sweep_layout import row_place
from fsmi_explorer.information.vectors import LANES, load, store
from fsmi_explorer.jit import kernel
import numpy as np

_KINDS = 3


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
    stride, plane = layout.stride, layout.plane
    ahead = -stride if course.backward else stride
    aside = -1 if course.mirrored else 1
    near_maps = layout.room + 2 * plane
    far_maps = near_maps + 4 * stride
    state, place = _empty_rays(planes.dtype, steps.shape[1], layout, course.mirrored)
    order = np.empty_like(place)
    groups = np.empty(_KINDS * _KINDS + 1, np.int64)
    for row in range((layout.rows - 1) // 2 * 2, -1, -2):
        near = row_place(row, layout, course)
        far = near + ahead
        _map_steps(planes, near, plane, ahead, aside, near_maps, layout)
        _map_steps(planes, far, plane, ahead, aside, far_maps, layout)
        _group(steps[row], steps[row + 1], aside, place, order, groups)
        for kinds in range(_KINDS * _KINDS):
            near_kind, far_kind = kinds % _KINDS, kinds // _KINDS
            shift = aside if near_kind != STRAIGHT else 0
            further = shift + aside if far_kind != STRAIGHT else shift
            gain, loss = _step_map(near_kind, near, plane, near_maps, stride)
            far_gain, far_loss = _step_map(far_kind, far, plane, far_maps, stride)
            _advance(
                state, order[groups[kinds]:groups[kinds + 1]], planes,
                (gain, loss, far_gain + shift, far_loss + shift), out,
                (far + shift - layout.room, far + ahead + further - layout.room),
                sign, layout.width)
    nearest = row_place(0, layout, course) - layout.room
    for k in range(place.size):
        _add_row(state, place[k], sign, out, nearest, layout.width)


@kernel
def _empty_rays(dtype, count, layout, mirrored):
    """
    Return the information of the rays of each direction in one row, 0, and where it begins.

    A ray keeps its place; that of the first column moves aside with each step to a next column.
    """
    span = layout.stride + layout.rows + 2
    place = np.arange(count) * span
    if mirrored:
        place += layout.rows + 2
    return np.zeros(count * span, dtype), place


@kernel
def _map_steps(planes, row, plane, ahead, aside, maps, layout):
    """Write the affine maps of a row's EARLY and LATE steps: the own cell and one beside it."""
    stride = layout.stride
    for x in range(row, row + layout.width, LANES):
        a, b = load(planes, x), load(planes, plane + x)
        place = maps + x - row
        store(planes, place, a + b * load(planes, x + aside))
        store(planes, place + stride, b * load(planes, plane + x + aside))
        store(planes, place + 2 * stride, a + b * load(planes, x + ahead))
        store(planes, place + 3 * stride, b * load(planes, plane + x + ahead))


@kernel
def _step_map(kind, row, plane, maps, stride):
    """Return where the affine map of a kind of step begins, gain and loss."""
    if kind == EARLY:
        return maps, maps + stride
    if kind == LATE:
        return maps + 2 * stride, maps + 3 * stride
    return row, plane + row


@kernel
def _group(near_steps, far_steps, aside, place, order, groups):
    """
    Move the places of the rays by their next two steps and sort them by the kinds of these.

    :param order: written, places in groups of the same kinds.
    :param groups: (10,) written, where in it each group begins, and the end.
    """
    groups[:] = 0
    for k in range(place.size):
        place[k] += aside * ((near_steps[k] != STRAIGHT) + (far_steps[k] != STRAIGHT))
        groups[_KINDS * far_steps[k] + near_steps[k]] += 1
    total = 0
    for kinds in range(groups.size):
        total += groups[kinds]
        groups[kinds] = total
    for k in range(place.size):
        kinds = _KINDS * far_steps[k] + near_steps[k]
        groups[kinds] -= 1
        order[groups[kinds]] = place[k]


@kernel
def _advance(state, rays, planes, maps, out, rows, sign, width):
    """
    Advance directions with the same kinds of steps by two rows.

    :param maps: where gain and loss of the step from the near row, then from the far row begin.
    :param rows: where `out` takes the information at the far row, then that before the steps.
    """
    gain, loss, far_gain, far_loss = maps
    middle, before = rows
    k = 0
    while k + 4 <= rays.size:
        p, q, r, s = rays[k], rays[k + 1], rays[k + 2], rays[k + 3]
        for x in range(0, width, LANES):
            ip, iq = load(state, p + x), load(state, q + x)
            ir, is_ = load(state, r + x), load(state, s + x)
            _add(out, before + x, sign * ((ip + iq) + (ir + is_)))
            a, b = load(planes, far_gain + x), load(planes, far_loss + x)
            ip, iq, ir, is_ = a + b * ip, a + b * iq, a + b * ir, a + b * is_
            _add(out, middle + x, sign * ((ip + iq) + (ir + is_)))
            a, b = load(planes, gain + x), load(planes, loss + x)
            store(state, p + x, a + b * ip)
            store(state, q + x, a + b * iq)
            store(state, r + x, a + b * ir)
            store(state, s + x, a + b * is_)
        k += 4
    while k < rays.size:
        p = rays[k]
        for x in range(0, width, LANES):
            i = load(state, p + x)
            _add(out, before + x, sign * i)
            i = load(planes, far_gain + x) + load(planes, far_loss + x) * i
            _add(out, middle + x, sign * i)
            store(state, p + x, load(planes, gain + x) + load(planes, loss + x) * i)
        k += 1


@kernel
def _add_row(state, place, sign, out, row, width):
    """Add the information of one direction in one row."""
    for x in range(0, width, LANES):
        _add(out, row + x, sign * load(state, place + x))


@kernel(forceinline=True)
def _add(out, place, vector):
    store(out, place, load(out, place) + vector)
