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

from fsmi_explorer.information.lattice import column, EARLY, step_kind, STRAIGHT
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


@kernel
def ray_paths(slopes, rows):
    """
    Return how the rays run.

    :return: columns gained after each row (k, rows + 1), and kinds of steps (k, rows).
    """
    gained = np.empty((slopes.size, rows + 1), np.int32)
    kinds = np.empty((slopes.size, rows), np.uint8)
    for k in range(slopes.size):
        gained[k, rows] = column(slopes[k], 2 * rows)
        for row in range(rows):
            gained[k, row] = column(slopes[k], 2 * row)
            kinds[k, row] = step_kind(slopes[k], row)
    return gained, kinds


@kernel
def sweep_change(planes, before, layout, course, paths, area, out):
    """
    Add what a change of the map does to the information of the beams from every cell.

    :param planes: buffer with the planes a and b as they are now.
    :param before: a and b before the change, the rows of the rectangle and one on either side.
    :param paths: of `ray_paths`.
    :param area: first row and end of the rectangle, counted along the beams, then first place
        within a row and end.
    :param out: flat plane of the layout.
    """
    gained, kinds = paths
    top, end, left, right = area
    top = max(top - 1, 0)
    for k in range(len(gained)):
        drift = gained[k, end] - gained[k, top]
        first = left - drift if course.mirrored else left
        for x in range(first, first + right - left + drift, WIDE):
            _change_bundle(
                planes, before, layout, course, (gained[k], kinds[k]), (top, end), x, out)


@kernel
def _change_bundle(planes, before, layout, course, path, rows, x, out):
    """Add the change of a bundle of rays that lies at x in the row behind the rectangle."""
    top, end = rows
    behind = _look_behind(planes, layout, course, path, end, x)
    x, change = _cross(planes, before, layout, course, path, rows, x, behind, out)
    plane = layout.plane
    for row in range(top - 1, -1, -1):
        x = _nearer(path, row, course, x)
        if not _is_on_map(x, layout):
            return
        if row % _ROWS_BETWEEN_LOOKS == 0 and largest(change * change) < _NEGLIGIBLE_CHANGE ** 2:
            return
        place, beside = row_place(row, layout, course) + x, _beside(path, row, layout, course)
        if beside != 0:
            change *= load_wide(planes, plane + place + beside)
        change *= load_wide(planes, plane + place)
        _add(out, place - layout.room, change)


@kernel(forceinline=True)
def _look_behind(planes, layout, course, path, end, x):
    """Return the information of the bundle from the row behind the rectangle on."""
    one = planes.dtype.type(1)
    information, share = spread_wide(one - one), spread_wide(one)
    for row in range(end, layout.rows):
        if not _is_on_map(x, layout):
            break
        if row % _ROWS_BETWEEN_LOOKS == 0 and largest(share) < _NEGLIGIBLE_SHARE:
            break
        place, beside = row_place(row, layout, course) + x, _beside(path, row, layout, course)
        information += share * load_wide(planes, place)
        share *= load_wide(planes, layout.plane + place)
        if beside != 0:
            information += share * load_wide(planes, place + beside)
            share *= load_wide(planes, layout.plane + place + beside)
        x = _further(path, row, course, x)
    return information


@kernel(forceinline=True)
def _cross(planes, before, layout, course, path, rows, x, behind, out):
    """
    Lead a bundle through the rectangle, as it was and as it is, and add the change.

    :return: where it lies in the last row, and the change there.
    """
    top, end = rows
    plane, earlier, plane_before = layout.plane, before.planes, before.plane
    was, now = behind, behind
    for row in range(end - 1, top - 1, -1):
        x = _nearer(path, row, course, x)
        if _is_on_map(x, layout):
            place, beside = row_place(row, layout, course) + x, _beside(path, row, layout, course)
            old = place - before.start
            if beside != 0:
                a, b = load_wide(planes, place + beside), load_wide(planes, plane + place + beside)
                now = a + b * now
                a = load_wide(earlier, old + beside)
                b = load_wide(earlier, plane_before + old + beside)
                was = a + b * was
            now = load_wide(planes, place) + load_wide(planes, plane + place) * now
            was = load_wide(earlier, old) + load_wide(earlier, plane_before + old) * was
            _add(out, place - layout.room, now - was)
    return x, now - was


@kernel
def _nearer(path, row, course, x):
    """Return where a bundle that lies at x in the next row lies in a row."""
    step = path[0][row + 1] - path[0][row]
    return x + step if course.mirrored else x - step


@kernel
def _further(path, row, course, x):
    """Return where a bundle that lies at x in a row lies in the next one."""
    step = path[0][row + 1] - path[0][row]
    return x - step if course.mirrored else x + step


@kernel
def _is_on_map(x, layout):
    """Tell whether any of the rays of a bundle is on the map."""
    return -WIDE < x < layout.width


@kernel
def _beside(path, row, layout, course):
    """Return how far in the planes the second cell of a step is from the first, 0 for none."""
    kind = path[1][row]
    if kind == STRAIGHT:
        return 0
    if kind == EARLY:
        return -1 if course.mirrored else 1
    return -layout.stride if course.backward else layout.stride


@kernel(forceinline=True)
def _add(out, place, vector):
    store(out, place, load_wide(out, place) + vector)
