"""Kernels that put the beams of one scan into an array of log-odds."""

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.laser_scan import HITS, SKIPPED
from fsmi_explorer.mapping.traversal import mark
import numpy as np

_HIT_MARK = np.uint8(2)


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


@kernel
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
    last_change = np.full(width, -1, np.int32)
    first = -1
    for row in range(height):
        _apply_to_row(row, marks[row], model, odds[row0 + row, col0:col0 + width], last_change)
        if first < 0 and last_change.max() >= 0:
            first = row
    marks[:] = 0
    if first < 0:
        return -1, -1, -1, -1
    cols = np.flatnonzero(last_change >= 0)
    return row0 + first, col0 + cols[0], row0 + last_change.max() + 1, col0 + cols[-1] + 1


@kernel
def _apply_to_row(row, marks, model, odds, last_change):
    """
    Change the cells of one row, without branches, so that many are done at a time.

    :param last_change: (w,) int32, written with the row at the columns of changed cells.
    """
    hit, miss, least, greatest = model
    for col in range(len(marks)):
        kind, before = marks[col], odds[col]
        after = hit if kind == _HIT_MARK else miss
        after += np.float32(0) if np.isnan(before) else before
        after = after if after < greatest else greatest
        after = after if after > least else least
        after = after if kind else before
        odds[col] = after
        last_change[col] = row if kind and after != before else last_change[col]
