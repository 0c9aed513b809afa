"""How sweeps lay out the planes of a map: turned to the axis of the sweep, with empty margins."""

from typing import NamedTuple

from fsmi_explorer.information.vectors import aligned_zeros, LANES, WIDE
from fsmi_explorer.jit import kernel
import numpy as np

MARGIN = 3
"""Empty rows and columns around a map: one more than two steps from row to row look ahead."""

_STRIP = 8


class Layout(NamedTuple):
    """
    Size of a map and of the flat buffer that holds some planes of it.

    :param rows: rows along the major axis of the beams.
    :param columns: columns along the minor axis.
    :param width: columns that sweeps go through, the map and its margins rounded up to whole
        vectors.
    :param stride: distance from row to row, which leaves room for a wide vector.
    :param plane: distance from plane to plane.
    :param room: free room before the planes; a ray that has left the map may be followed into it,
        with nothing to carry.
    """

    rows: int
    columns: int
    width: int
    stride: int
    plane: int
    room: int


def layout_of(shape: tuple[int, int], transposed: bool, reach: int = 0) -> Layout:
    """
    Return the layout of a map (H, W) for beams along its rows or, transposed, columns.

    :param reach: columns that sweeps look aside of a cell.
    """
    rows, columns = shape[::-1] if transposed else shape
    width = _whole_vectors(columns + 2 * MARGIN)
    stride = width + WIDE + _whole_vectors(reach)
    room = stride + _whole_vectors(rows)
    return Layout(rows, columns, width, stride, (rows + 2 * MARGIN) * stride, room)


def _whole_vectors(count: int) -> int:
    """Round up to whole vectors; rows of so many elements all begin where a cache line does."""
    return -(-count // LANES) * LANES


def lay_out(planes: tuple[np.ndarray, ...], layout: Layout, transposed: bool) -> np.ndarray:
    """
    Return a buffer with planes (H, W) of a map, margins 0.

    Behind the planes it has the same room as before them.
    """
    buffer = aligned_zeros(len(planes) * layout.plane + 2 * layout.room, planes[0].dtype)
    for i, plane in enumerate(planes):
        cells = cells_of(buffer[layout.room + i * layout.plane:], layout)
        if transposed:
            _copy_transposed(plane, cells)
        else:
            cells[:] = plane
    return buffer


def cells_of(plane: np.ndarray, layout: Layout) -> np.ndarray:
    """Return the cells of the map in a flat plane, a view (rows, columns)."""
    rows = plane[:layout.plane].reshape(-1, layout.stride)
    return rows[MARGIN:MARGIN + layout.rows, MARGIN:MARGIN + layout.columns]


@kernel
def row_place(row, layout, course):
    """Return where a row, counted along the beams, begins in the first plane of a buffer."""
    turned = layout.rows - 1 - row if course.backward else row
    return layout.room + (turned + MARGIN) * layout.stride


@kernel
def _copy_transposed(plane, target):
    """Copy a plane (H, W) into one (W, H), by strips of rows whose length the compiler knows."""
    height, width = plane.shape
    whole = height // _STRIP * _STRIP
    for top in range(0, whole, _STRIP):
        strip, into = plane[top:top + _STRIP], target[:, top:top + _STRIP]
        for x in range(width):
            for y in range(_STRIP):
                into[x, y] = strip[y, x]
    for x in range(width):
        for y in range(whole, height):
            target[x, y] = plane[y, x]


@kernel
def add_up(upright, transposed, scale, total):
    """
    Write the sum of a plane (H, W) and one (W, H), times scale, into another (H, W).

    What rounding has left below 0 becomes 0.
    """
    _copy_transposed(transposed, total)
    height, width = total.shape
    for y in range(height):
        for x in range(width):
            total[y, x] = max(scale * (upright[y, x] + total[y, x]), 0)


@kernel
def keep_best(upright, transposed, heading, best, headings):
    """Keep the sum of a plane (H, W) and one (W, H), and the heading, where it is the best yet."""
    height, width = best.shape
    strip = np.empty((_STRIP, width), best.dtype)
    for top in range(0, height, _STRIP):
        rows = min(_STRIP, height - top)
        _copy_transposed(transposed[:, top:top + rows], strip[:rows])
        for y in range(rows):
            for x in range(width):
                value = upright[top + y, x] + strip[y, x]
                if value > best[top + y, x]:
                    best[top + y, x], headings[top + y, x] = value, heading
