"""
Lattice rays: beams of one direction through every cell of a map at once.

A beam runs along its major axis, row by row, with a slope of at most one column per row. The
lines column = x0 + slope * row with *integer* x0 cover the map exactly once. Every line of one
direction crosses from column to column in the same rows, so that whole rows are advanced together.

Eight octants are one: by transposing, mirroring and reversing the map every direction becomes one
with increasing rows and a slope within [0, 1]. Rows are counted from the edge that beams leave
last, so that turning the map by a quarter turns the rays with it.
"""

import math
from typing import NamedTuple

from fsmi_explorer.jit import kernel
import numpy as np

STRAIGHT, STEP_PAST_CENTRE, STEP_BEFORE_CENTRE = 0, 1, 2
"""How a ray passes a row: in one column; in two, changing past or before the middle of the row."""

_FRACTION_BITS = 30


class Octant(NamedTuple):
    """
    Which directions: how the map is turned so that beams go up the rows and to higher columns.

    :param transposed: the major axis is that of the columns.
    :param backward: beams go down the major axis.
    :param mirrored: beams go down the minor axis.
    """

    transposed: bool
    backward: bool
    mirrored: bool


def octants_of(angles: np.ndarray) -> dict[Octant, np.ndarray]:
    """
    Sort directions into octants.

    Slopes are whole multiples of 2**-30, so that all that follows is exact and opposite or
    perpendicular directions have the same slope to the last bit.

    :param angles: directions (n,) in the frame of the grid, radians.
    :returns: slopes (k,) of the directions of each octant as multiples of 2**-30, int64.
    """
    one = 1 << _FRACTION_BITS
    quarters = np.round(np.asarray(angles) / (math.pi / 2) * one) / one
    axis = np.floor(quarters + 0.5)
    slope = np.tan((quarters - axis) * (math.pi / 2))
    steep = np.minimum(np.round(np.abs(slope) * one), one).astype(np.int64)
    axis = axis.astype(np.int64) % 4
    turns_down = np.where((axis == 0) | (axis == 3), slope < 0, slope > 0)
    result: dict[Octant, list[int]] = {}
    for direction, down, steepness in zip(axis, turns_down, steep):
        octant = Octant(bool(direction % 2 == 0), bool(direction >= 2), bool(down))
        result.setdefault(octant, []).append(steepness)
    return {octant: np.array(slopes, np.int64) for octant, slopes in result.items()}


@kernel
def row_steps(slopes, rows):
    """
    Return how the rays pass each row: (k, rows) of STRAIGHT and the two kinds of step, uint8.

    A ray is in column round(slope * row) at the middle of a row, and enters and leaves the row in
    the columns of half a row before and after.
    """
    steps = np.empty((slopes.size, rows), np.uint8)
    half = np.int64(1) << _FRACTION_BITS
    for k in range(slopes.size):
        for row in range(rows):
            entered = (slopes[k] * (2 * row - 1) + half) >> (_FRACTION_BITS + 1)
            middle = (slopes[k] * 2 * row + half) >> (_FRACTION_BITS + 1)
            left = (slopes[k] * (2 * row + 1) + half) >> (_FRACTION_BITS + 1)
            steps[k, row] = (
                STRAIGHT if left == entered
                else STEP_PAST_CENTRE if middle == entered else STEP_BEFORE_CENTRE)
    return steps


def rows_in_range(slopes: np.ndarray, max_range: float, resolution: float, rows: int) -> np.ndarray:
    """
    Return how many rows a beam takes, its first included, int64 (k,), at most all rows.

    A row counts when the beam from the middle of its first row enters it nearer than max_range.
    """
    one = 1 << _FRACTION_BITS
    pitch = resolution * np.hypot(1.0, slopes / one)
    return np.minimum(np.ceil(max_range / pitch + 0.5), rows).astype(np.int64)
