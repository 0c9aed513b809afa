"""
What a change of the map within a rectangle does to the noise-free information everywhere.

Only beams through the rectangle change, and each of them by no more than gets through to it. Its
rays are followed in bundles away from the rectangle for what lies behind it, as far as anything
gets there. Then they are led through it, all directions together as in any sweep, with the cells
as they were and as they are. From there on the difference alone is followed, again in bundles,
towards the sensors,

    dI_s = b_s dI_{s+1},

until nothing of it is left.
"""

from typing import NamedTuple

from fsmi_explorer.information.lattice import column, EARLY, row_steps, STRAIGHT
from fsmi_explorer.information.sweep_layout import MARGIN, row_place
from fsmi_explorer.information.sweep_noise_free import (
    add_sums,
    empty_rays,
    empty_sums,
    group_rays,
    lead_two_rows,
)
from fsmi_explorer.information.vectors import (
    aligned_zeros,
    LANES,
    largest,
    load_wide,
    spread_wide,
    store,
    WIDE,
)
from fsmi_explorer.jit import kernel
import numpy as np

_NEGLIGIBLE_SHARE = 1e-5
"""Share of a beam below which it is not followed further away from the rectangle."""

_NEGLIGIBLE_CHANGE = 1e-6
"""Change of the information of a beam, in nats, below which it is not followed further."""

_ROWS_BETWEEN_LOOKS = 8

_DIRECTIONS_AT_ONCE = 25
"""Directions that cross the rectangle together; few, as together they need more columns."""


class Rows(NamedTuple):
    """
    Some rows of two planes of a map.

    :param planes: flat.
    :param plane: distance between the planes.
    :param start: what to take away from a place in the planes of the whole map.
    """

    planes: np.ndarray
    plane: int
    start: int


def copy_rows(planes: np.ndarray, layout, first: int, end: int) -> Rows:
    """Copy rows of the two planes of a buffer, with room for a vector at either end."""
    start = layout.room + (MARGIN + first) * layout.stride - WIDE
    plane = (end - first) * layout.stride
    copy = aligned_zeros(2 * plane + 2 * WIDE, planes.dtype)
    for i in range(2):
        source = start + WIDE + i * layout.plane
        copy[WIDE + i * plane:WIDE + (i + 1) * plane] = planes[source:source + plane]
    return Rows(copy, plane, start)


class _Crossing(NamedTuple):
    """
    Where rays of some directions cross the rectangle, rows counted along the beams.

    :param first: first row, some nearer than the rectangle's, so that the rows come in pairs.
    :param end: row behind the rectangle.
    :param left: first place of the rectangle within a row.
    :param right: end of it.
    :param begin: first place of the columns that the rays need.
    :param width: of these columns.
    """

    first: int
    end: int
    left: int
    right: int
    begin: int
    width: int


class _Bundle(NamedTuple):
    """
    Some rays side by side on their way through the planes.

    :param kinds: (rows,), how they get from each row to the next.
    :param ahead: from a row to the next, distance in the planes.
    :param aside: from a column to the next that the rays may take, 1 or -1.
    :param x: where in a row they lie.
    :param place: and where in the planes.
    """

    kinds: np.ndarray
    ahead: int
    aside: int
    x: int
    place: int


@kernel
def sweep_change(planes, before, layout, course, slopes, kinds, area, out):
    """
    Add what a change of the map does to the information of the beams from every cell.

    :param planes: buffer with the planes a and b as they are now.
    :param before: a and b before the change, the rows of the rectangle and two on either side.
    :param slopes: (k,) of the directions.
    :param kinds: (k, rows) of their steps.
    :param area: first row and end of the rectangle, counted along the beams, then first place
        within a row and end.
    :param out: flat plane of the layout.
    """
    for k in range(0, slopes.size, _DIRECTIONS_AT_ONCE):
        some = slopes[k:k + _DIRECTIONS_AT_ONCE]
        crossing = _crossing_of(some.max(), area, layout)
        pitch = crossing.width + 2 * LANES
        was = empty_rays(some.size, pitch, planes.dtype)
        now = empty_rays(some.size, pitch, planes.dtype)
        for i in range(some.size):
            _start_behind(planes, layout, course, some[i], kinds[k + i], crossing,
                          (was.state, now.state, i * pitch))
        _cross(planes, before, layout, course, some, crossing, (was, now), out)
        for i in range(some.size):
            _carry_on_all(planes, layout, course, some[i], kinds[k + i], crossing,
                          (was.state, now.state, i * pitch), out)


@kernel
def _crossing_of(slope, area, layout):
    """Return where rays of slopes up to one cross an area."""
    first, end, left, right = area
    first = end - (end - first + 2) // 2 * 2
    drift = 1 + column(slope, 2 * (end - first))
    begin = max(left - drift, 0) // LANES * LANES
    stop = min(right + drift, layout.width)
    width = (stop - begin + WIDE - 1) // WIDE * WIDE
    return _Crossing(first, end, left, right, begin, width)


@kernel
def _drift(slope, crossing):
    """Return by how many columns rays move aside on their way through the rectangle."""
    return column(slope, 2 * crossing.end) - column(slope, 2 * crossing.first)


@kernel
def _bundle(kinds, layout, course, row, x):
    """Return a bundle in a row."""
    ahead = -layout.stride if course.backward else layout.stride
    aside = -1 if course.mirrored else 1
    return _Bundle(kinds, ahead, aside, x, row_place(row, layout, course) + x)


@kernel
def _start_behind(planes, layout, course, slope, kinds, crossing, states):
    """Start the rays of one direction, as it was and as it is, with what lies behind."""
    was, now, first_place = states
    drift = _drift(slope, crossing)
    first = crossing.left - (drift if course.mirrored else 0)
    last = crossing.right - 1 + (0 if course.mirrored else drift)
    for i in range(0, crossing.width, WIDE):
        x = crossing.begin + i
        if first - WIDE < x <= last:
            bundle = _bundle(kinds, layout, course, crossing.end, x)
            behind = _look_behind(planes, layout, bundle, crossing.end)
            store(was, first_place + LANES + i, behind)
            store(now, first_place + LANES + i, behind)


@kernel
def _carry_on_all(planes, layout, course, slope, kinds, crossing, states, out):
    """Follow the change of the rays of one direction from the rectangle on, and add it."""
    was, now, first_place = states
    drift = _drift(slope, crossing)
    first = crossing.left - (0 if course.mirrored else drift)
    last = crossing.right - 1 + (drift if course.mirrored else 0)
    for i in range(0, crossing.width, WIDE):
        x = crossing.begin + i
        if first - WIDE < x <= last:
            bundle = _bundle(kinds, layout, course, crossing.first, x)
            place = first_place + LANES + i
            change = load_wide(now, place) - load_wide(was, place)
            _add_wide(out, bundle.place - layout.room, change)
            _carry_on(planes, layout, bundle, crossing.first, change, out)


@kernel
def _cross(planes, before, layout, course, slopes, crossing, rays, out):
    """Lead rays through the rectangle, as it was and as it is, and add the change on their way."""
    was, now = rays
    ahead = -layout.stride if course.backward else layout.stride
    aside = -1 if course.mirrored else 1
    pitch = crossing.width + 2 * LANES
    sums = empty_sums(pitch, planes.dtype)
    steps = row_steps(slopes, crossing.first, crossing.end - crossing.first)
    one = planes.dtype.type(1)
    for row in range(crossing.end - 2, crossing.first - 1, -2):
        near = row_place(row, layout, course) + crossing.begin
        far = near + ahead - layout.room
        here = row - crossing.first
        group_rays(now, steps[here], steps[here + 1], pitch)
        lead_two_rows(planes, (near, layout.plane, ahead, aside), now, sums, pitch)
        add_sums(sums, pitch, aside, far, ahead, one, out)
        group_rays(was, steps[here], steps[here + 1], pitch)
        lead_two_rows(
            before.planes, (near - before.start, before.plane, ahead, aside), was, sums, pitch)
        add_sums(sums, pitch, aside, far, ahead, -one, out)


@kernel
def _is_on_map(x, layout):
    """Tell whether any of the rays of a bundle is on the map."""
    return -WIDE < x < layout.width


@kernel(forceinline=True)
def _look_behind(planes, layout, bundle, end):
    """Return the information of a bundle from the row behind the rectangle on."""
    kinds, ahead, aside, x, place = bundle
    one = planes.dtype.type(1)
    information, share = spread_wide(one - one), spread_wide(one)
    for row in range(end, layout.rows):
        if not _is_on_map(x, layout):
            break
        if row % _ROWS_BETWEEN_LOOKS == 0 and largest(share) < _NEGLIGIBLE_SHARE:
            break
        information += share * load_wide(planes, place)
        share *= load_wide(planes, layout.plane + place)
        if kinds[row] != STRAIGHT:
            second = place + (aside if kinds[row] == EARLY else ahead)
            information += share * load_wide(planes, second)
            share *= load_wide(planes, layout.plane + second)
            place += aside
            x += aside
        place += ahead
    return information


@kernel(forceinline=True)
def _carry_on(planes, layout, bundle, first, change, out):
    """Lead the change of a bundle from a row on to where nothing is left of it."""
    kinds, ahead, aside, x, place = bundle
    for row in range(first - 1, -1, -1):
        if row % _ROWS_BETWEEN_LOOKS == 0 and largest(change * change) < _NEGLIGIBLE_CHANGE ** 2:
            break
        place -= ahead
        if kinds[row] != STRAIGHT:
            place -= aside
            x -= aside
        if not _is_on_map(x, layout):
            break
        if kinds[row] != STRAIGHT:
            second = place + (aside if kinds[row] == EARLY else ahead)
            change *= load_wide(planes, layout.plane + second)
        change *= load_wide(planes, layout.plane + place)
        _add_wide(out, place - layout.room, change)


@kernel(forceinline=True)
def _add_wide(out, place, vector):
    store(out, place, load_wide(out, place) + vector)
