"""
What a change of the map within a rectangle does to the noise-free information everywhere.

Only beams through the rectangle change, and each of them by no more than gets through to it. Its
rays are followed in bundles: away from the rectangle for what lies behind it, as far as anything
gets there, then through it with the cells as they were and as they are, and from there on the
difference alone, towards the sensors,

    dI_s = b_s dI_{s+1},

until nothing of it is left.
"""

from typing import NamedTuple

from fsmi_explorer.information.lattice import column, EARLY, STRAIGHT
from fsmi_explorer.information.sweep_layout import MARGIN, row_place
from fsmi_explorer.information.vectors import largest, load_wide, spread_wide, store, WIDE
from fsmi_explorer.jit import kernel
import numpy as np

_NEGLIGIBLE_SHARE = 1e-6
"""Share of a beam below which it is not followed further away from the rectangle."""

_NEGLIGIBLE_CHANGE = 1e-7
"""Change of the information of a beam, in nats, below which it is not followed further."""

_ROWS_BETWEEN_LOOKS = 8


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
    copy = np.zeros(2 * plane + 2 * WIDE, planes.dtype)
    for i in range(2):
        source = start + WIDE + i * layout.plane
        copy[WIDE + i * plane:WIDE + (i + 1) * plane] = planes[source:source + plane]
    return Rows(copy, plane, start)


class _Bundle(NamedTuple):
    """
    Some rays side by side on their way through the planes.

    :param kinds: (rows,), how they get from each row to the next.
    :param ahead: from a row to the next, distance in the planes.
    :param aside: from a column to the next that the rays may take, 1 or -1.
    :param x: where in the row behind the rectangle they lie.
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
    :param before: a and b before the change, the rows of the rectangle and one on either side.
    :param slopes: (k,) of the directions.
    :param kinds: (k, rows) of their steps.
    :param area: first row and end of the rectangle, counted along the beams, then first place
        within a row and end.
    :param out: flat plane of the layout.
    """
    first, end, left, right = area
    first = max(first - 1, 0)
    ahead = -layout.stride if course.backward else layout.stride
    aside = -1 if course.mirrored else 1
    for k in range(slopes.size):
        drift = column(slopes[k], 2 * end) - column(slopes[k], 2 * first)
        start = left - drift if course.mirrored else left
        for x in range(start, start + right - left + drift, WIDE):
            bundle = _Bundle(kinds[k], ahead, aside, x, row_place(end, layout, course) + x)
            behind = _look_behind(planes, layout, bundle, end)
            x_first, place, change = _cross(
                planes, before, layout, bundle, first, end, behind, out)
            _carry_on(planes, layout, bundle, first, x_first, place, change, out)


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
def _cross(planes, before, layout, bundle, first, end, behind, out):
    """
    Lead a bundle through the rectangle, as it was and as it is, and add the change.

    :return: where it lies in the first row, its place there, and its change.
    """
    kinds, ahead, aside, x, place = bundle
    was, now = behind, behind
    for row in range(end - 1, first - 1, -1):
        place -= ahead
        if kinds[row] != STRAIGHT:
            place -= aside
            x -= aside
        if _is_on_map(x, layout):
            if kinds[row] != STRAIGHT:
                second = place + (aside if kinds[row] == EARLY else ahead)
                a, b = load_wide(planes, second), load_wide(planes, layout.plane + second)
                now = a + b * now
                second -= before.start
                a = load_wide(before.planes, second)
                b = load_wide(before.planes, before.plane + second)
                was = a + b * was
            now = load_wide(planes, place) + load_wide(planes, layout.plane + place) * now
            old = place - before.start
            a, b = load_wide(before.planes, old), load_wide(before.planes, before.plane + old)
            was = a + b * was
            at = place - layout.room
            store(out, at, load_wide(out, at) + (now - was))
    return x, place, now - was


@kernel(forceinline=True)
def _carry_on(planes, layout, bundle, first, x, place, change, out):
    """Lead the change of a bundle from the rectangle on to where nothing is left of it."""
    kinds, ahead, aside = bundle.kinds, bundle.ahead, bundle.aside
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
        at = place - layout.room
        store(out, at, load_wide(out, at) + change)
