"""Kernels that put the beams of one scan into an array of log-odds."""

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.laser_scan import HITS, SKIPPED
from fsmi_explorer.mapping.traversal import mark
import numpy as np

_HIT_MARK = 2


@kernel
def to_lattice(points, kinds, anchor, resolution, bounds):
    """
    Turn points from metres into cells of the lattice and find the cells that hold them.

    :param points: (n, 2) x, y in m; overwritten with cells.
    :param kinds: (n,) SKIPPED beams are left alone.
    :param anchor: (2,) x, y in m where the lattice has its cell (0, 0).
    :param resolution: side of a cell, m.
    :param bounds: (4,) float least row, least col, greatest row, greatest col, updated; NaN
        after a point that is not finite.
    """
    for i in range(len(points)):
        if kinds[i] == SKIPPED:
            continue
        for axis in range(2):
            value = (points[i, axis] - anchor[axis]) / resolution
            points[i, axis] = value
            if not np.isfinite(value):
                bounds[:] = np.nan
            bounds[1 - axis] = min(bounds[1 - axis], np.floor(value))
            bounds[3 - axis] = max(bounds[3 - axis], np.floor(value))


@kernel
def mark_beams(starts, ends, kinds, corner, marks):
    """
    Mark the cells that beams pass with 1 and those that they hit with 2, which wins.

    :param starts: (n, 2) x, y in cells of the lattice.
    :param ends: (n, 2) x, y in cells of the lattice.
    :param kinds: (n,) SKIPPED, CLEARS or HITS.
    :param corner: (2,) row, col in the lattice of cell (0, 0) of the marks.
    :param marks: (H, W) uint8, zero; holds all beams with a margin of one cell.
    """
    row0, col0 = corner
    for i in range(len(kinds)):
        if kinds[i] != SKIPPED:
            mark(starts[i, 0] - col0, starts[i, 1] - row0,
                 ends[i, 0] - col0, ends[i, 1] - row0, marks)
    for i in range(len(kinds)):
        if kinds[i] == HITS:
            marks[int(ends[i, 1] - row0), int(ends[i, 0] - col0)] = _HIT_MARK


@kernel(error_model='numpy')
def apply_marks(marks, model, corner, odds):
    """
    Change each marked cell once and wipe the marks.

    :param marks: (h, w) uint8: 0 none, 1 passed, 2 hit; zero afterwards.
    :param model: (4,) float32 log-odds added by a hit and by a miss, least and greatest allowed.
    :param corner: (2,) row, col in the map of cell (0, 0) of the marks.
    :param odds: (H, W) float32 log-odds of the map, NaN where never observed; written.
    :return: row0, col0, row1, col1 of the changed cells, half open; row0 < 0 when there are none.
    """
    row0, col0 = corner
    height, width = marks.shape
    columns = np.zeros(width, np.uint8)
    first, last = -1, -1
    for row in range(height):
        cells = odds[row0 + row, col0:col0 + width]
        if _apply_to_row(marks[row], model, cells, columns):
            first = row if first < 0 else first
            last = row
    touched = np.flatnonzero(columns)
    if len(touched) == 0:
        return -1, -1, -1, -1
    return row0 + first, col0 + touched[0], row0 + last + 1, col0 + touched[-1] + 1


@kernel(error_model='numpy')
def _apply_to_row(marks, model, odds, columns):
    """Change the cells of one row; without branches, so that it is done many at a time."""
    hit, miss, least, greatest = model
    row_changed = np.uint8(0)
    for col in range(len(marks)):
        kind, before = marks[col], odds[col]
        known = np.float32(0) if np.isnan(before) else before
        after = known + (hit if kind == _HIT_MARK else miss)
        after = after if after < greatest else greatest
        after = after if after > least else least
        after = after if kind else before
        changed = np.uint8((kind != 0) & (after != before))
        odds[col] = after
        marks[col] = 0
        columns[col] |= changed
        row_changed |= changed
    return row_changed != 0
