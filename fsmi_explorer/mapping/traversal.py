"""Exact traversal of a grid of unit cells by line segments."""

from fsmi_explorer.jit import kernel
import numpy as np


@kernel
def traverse(x0, y0, x1, y1, rows, cols):
    """
    List the cells that a segment crosses, in order, both ends included.

    The traversal of Amanatides and Woo (1987) with two changes: each border crossing is computed
    from the start of the segment, so that no error builds up, and the steps still to go are
    counted, so that the walk ends in the cell of the end point whatever the rounding. A segment
    that passes exactly through a corner steps across it.

    :param x0: start, in cells: cell (row, col) covers col <= x < col + 1, row <= y < row + 1.
    :param y0: start.
    :param x1: end.
    :param y1: end.
    :param rows: (m,) int, written, m at least |row1 - row0| + |col1 - col0| + 1.
    :param cols: (m,) int, written.
    :return: number of cells written.
    """
    row, col = int(np.floor(y0)), int(np.floor(x0))
    steps_x, steps_y = int(np.floor(x1)) - col, int(np.floor(y1)) - row
    sign_x, sign_y = (1 if steps_x > 0 else -1), (1 if steps_y > 0 else -1)
    steps_x, steps_y = abs(steps_x), abs(steps_y)
    border_x, border_y = col + (sign_x > 0), row + (sign_y > 0)
    count = 0
    while True:
        rows[count], cols[count] = row, col
        count += 1
        if steps_x == 0 and steps_y == 0:
            return count
        # Which border comes first along the segment: (border - start) / extent, x against y.
        cross_x = abs((border_x - x0) * (y1 - y0)) if steps_x else np.inf
        cross_y = abs((border_y - y0) * (x1 - x0)) if steps_y else np.inf
        if cross_x <= cross_y:
            col += sign_x
            border_x += sign_x
            steps_x -= 1
        if cross_y <= cross_x:
            row += sign_y
            border_y += sign_y
            steps_y -= 1
