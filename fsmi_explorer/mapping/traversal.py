"""
Exact traversal of a grid of unit cells by line segments.

Cell (row, col) covers col <= x < col + 1 and row <= y < row + 1. A segment visits the cells whose
inside it crosses and those of its two ends; where it passes a corner, closer than CORNER cells
measured along the axis in which it is the shorter, it goes from cell to cell across that corner.
So a diagonal stays a diagonal whatever the rounding of its slope.
"""

from fsmi_explorer.jit import kernel
import numpy as np

CORNER = 2.0 ** -30

# Cell coordinates with 44 binary places: the sum over the columns of a segment is then exact.
_PLACES = 44
_ONE = 2.0 ** _PLACES
_CORNER = int(CORNER * _ONE)
# Longest side, in cells, of an array to mark: what is left of 64 bits before the point.
LONGEST_SIDE = 2 ** (62 - _PLACES)


@kernel
def traverse(x0, y0, x1, y1, rows, cols):
    """
    List the cells that a segment visits, in order.

    The traversal of Amanatides and Woo (1987) with two changes: each border crossing is computed
    from the start of the segment, so that no error builds up, and the steps still to go are
    counted, so that the walk ends in the cell of the end point whatever the rounding.

    :param x0: start, in cells.
    :param y0: start, in cells.
    :param x1: end, in cells.
    :param y1: end, in cells.
    :param rows: (m,) int, written, m at least |row1 - row0| + |col1 - col0| + 1.
    :param cols: (m,) int, written.
    :return: number of cells written.
    """
    row, col = int(np.floor(y0)), int(np.floor(x0))
    steps_x, steps_y = int(np.floor(x1)) - col, int(np.floor(y1)) - row
    sign_x, sign_y = (1 if steps_x > 0 else -1), (1 if steps_y > 0 else -1)
    steps_x, steps_y = abs(steps_x), abs(steps_y)
    border_x, border_y = col + (sign_x > 0), row + (sign_y > 0)
    corner = CORNER * max(abs(x1 - x0), abs(y1 - y0))
    count = 0
    while True:
        rows[count], cols[count] = row, col
        count += 1
        if steps_x == 0 and steps_y == 0:
            return count
        # Which border comes first along the segment: (border - start) / extent, x against y.
        cross_x = abs((border_x - x0) * (y1 - y0)) if steps_x else np.inf
        cross_y = abs((border_y - y0) * (x1 - x0)) if steps_y else np.inf
        if cross_x <= cross_y + corner:
            col += sign_x
            border_x += sign_x
            steps_x -= 1
        if cross_y <= cross_x + corner:
            row += sign_y
            border_y += sign_y
            steps_y -= 1


@kernel
def mark(x0, y0, x1, y1, marks):
    """
    Write 1 to the cells that a segment visits, the same as `traverse` lists.

    :param x0: start, in cells; like all ends at least one cell within the array.
    :param y0: start, in cells.
    :param x1: end, in cells.
    :param y1: end, in cells.
    :param marks: (H, W) uint8, C-contiguous, neither side longer than LONGEST_SIDE.
    """
    width, cells = marks.shape[1], marks.reshape(-1)
    if abs(x1 - x0) >= abs(y1 - y0):
        _mark_lines(x0, y0, x1, y1, 1, width, cells)
    else:
        _mark_lines(y0, x0, y1, x1, width, 1, cells)


@kernel
def _mark_lines(u0, v0, u1, v1, stride_u, stride_v, cells):
    """
    Mark line by line across u, the axis in which the segment is the longer.

    As it advances by at most one cell in v from one border between lines to the next, each line
    has at most two cells, the one where it enters and the one where it leaves. Nothing is
    compared and no step waits for another: several times faster than walking from cell to cell.
    """
    if u1 < u0:
        u0, v0, u1, v1 = u1, v1, u0, v0
    slope = (v1 - v0) / (u1 - u0) if u1 > u0 else 0.0
    first, last = np.int64(u0), np.int64(u1)
    crossing, step = np.int64((v0 + (first + 1 - u0) * slope) * _ONE), np.int64(slope * _ONE)
    # Half a step at most, lest a segment along a border cross it back and forth.
    corner = min(_CORNER, abs(step) >> 1) * (1 if step > 0 else -1)
    line, enters, ends = first * stride_u, np.int64(v0), np.int64(v1)
    for _ in range(last - first):
        leaves = (crossing - corner) >> _PLACES
        # Unsigned, lest every index be checked for counting from the end of the array.
        cells[np.uint64(line + enters * stride_v)] = 1
        cells[np.uint64(line + leaves * stride_v)] = 1
        enters = (crossing + corner) >> _PLACES
        crossing += step
        line += stride_u
    # A segment that ends on the corner where it enters the last line does not cross that corner.
    if (enters - ends) * corner <= 0:
        cells[np.uint64(line + enters * stride_v)] = 1
    cells[np.uint64(line + ends * stride_v)] = 1
