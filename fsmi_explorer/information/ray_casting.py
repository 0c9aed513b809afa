"""
The cells that beams cross, by the exact traversal of Amanatides and Woo (1987).

A beam starts in the cell of its sensor and takes every cell that it enters nearer than its range,
each a whole cell however short the crossing, until it leaves the map. A beam through a corner
goes by one of the two cells beside it, so that nothing leaks between walls that touch there: first
along the axis that it follows less; at 45 degrees by the cell on its right. So turning the map
by a quarter turns the beams with it.
"""

import math

from fsmi_explorer.information.fsmi import NEGLIGIBLE_REACH
from fsmi_explorer.jit import kernel

_CORNER = 1e-9
"""Two borders nearer to each other along a beam, in cells, are a corner."""

_PARALLEL = 1e-12
"""A beam that follows an axis by less, such as the cosine of a right angle, runs across it."""


@kernel
def gather_beams(cells, starts, angles, max_range, margin, occupancy, f_occ, f_emp, lengths):
    """
    Write out the cells of one beam after the other.

    A beam ends early, `margin` cells after what gets through has become negligible.

    :param cells: (H, W, 3) occupancy, f_occ, f_emp of the map.
    :param starts: (b, 2) x, y in cells: cell (row, col) covers row <= y < row + 1, and so on.
    :param angles: (b,) directions in the frame of the map, radians.
    :param max_range: in cells.
    :param occupancy: (b, n) written, as f_occ and f_emp, with room for the longest beam:
        H + W cells, or sqrt(2) max_range + 3.
    :param lengths: (b,) written, number of cells.
    """
    for b in range(angles.size):
        lengths[b] = _follow(
            cells, starts[b], angles[b], max_range - _CORNER, margin,
            occupancy[b], f_occ[b], f_emp[b])


@kernel
def _follow(cells, start, angle, max_range, margin, occupancy, f_occ, f_emp):
    """Write out the cells of one beam and return how many there are."""
    along_x, along_y = math.cos(angle), math.sin(angle)
    col, cols_left, step_x, border_x, pitch_x = _axis(start[0], along_x, cells.shape[1])
    row, rows_left, step_y, border_y, pitch_y = _axis(start[1], along_y, cells.shape[0])
    corner = _CORNER if _x_first(along_x, along_y) else -_CORNER
    count, end, reach = 0, occupancy.size, 1.0
    while True:
        occupancy[count], f_occ[count], f_emp[count] = cells[row, col]
        reach *= 1 - occupancy[count]
        count += 1
        if reach < NEGLIGIBLE_REACH:
            end = min(end, count + margin)
        next_x, next_y = border_x * pitch_x, border_y * pitch_y
        if next_x < next_y + corner:
            entered = next_x
            col += step_x
            border_x += 1
            cols_left -= 1
        else:
            entered = next_y
            row += step_y
            border_y += 1
            rows_left -= 1
        if entered >= max_range or count >= end or cols_left < 0 or rows_left < 0:
            return count


@kernel
def _axis(start, along, size):
    """
    Return how a beam runs along one axis.

    :return: first cell, cells left before the border of the map, step, distance in cells to the
        first border between cells, and distance along the beam from border to border.
    """
    cell = int(math.floor(start))
    if abs(along) < _PARALLEL:
        return cell, 0, 1, math.inf, 1.0
    if along > 0:
        return cell, size - 1 - cell, 1, cell + 1 - start, 1 / along
    return cell, cell, -1, start - cell, -1 / along


@kernel
def _x_first(along_x, along_y):
    """Tell whether a beam passes corners by the cell beside it along x."""
    difference = abs(along_x) - abs(along_y)
    if abs(difference) < _CORNER:
        return (along_x > 0) == (along_y > 0)
    return difference < 0
