"""
Lattice rays: beams of one direction through every cell of a map at once.

A beam runs along its major axis, row by row, with a slope of at most one column per row. The
lines column = x0 + slope * row with *integer* x0 cover the map exactly once. All lines of one
direction change column in the same rows, so that whole rows are advanced together.

Eight octants are one: by transposing, mirroring and reversing the map every direction becomes one
with increasing rows and a slope within [0, 1]. Rows are counted from the edge that beams leave
last, so that turning the map by a quarter turns the rays with it.
"""

import math
from typing import NamedTuple

from fsmi_explorer.jit import kernel
import numpy as np

STRAIGHT, EARLY, LATE = 0, 1, 2
"""How a ray gets from the middle of a row to that of the next: in one column, or changing to the
next column early, before it changes row, or late."""

_FRACTION_BITS = 30

STEEPEST = 1 << _FRACTION_BITS
"""The slope of one column per row, as all slopes a multiple of 2**-30."""


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


class Course(NamedTuple):
    """
    How beams run through a map that has been turned to their major axis, or a part of it.

    :param backward: beams go down the rows.
    :param mirrored: beams go down the columns.
    :param first: rows of the whole map nearer than those of the part, counted along the beams.
    """

    backward: bool
    mirrored: bool
    first: int


def octants_of(angles: np.ndarray) -> dict[Octant, np.ndarray]:
    """
    Sort directions into octants.

    Slopes are whole multiples of 2**-30, so that all that follows is exact and opposite or
    perpendicular directions have the same slope to the last bit.

    :param angles: directions (n,) in the frame of the grid, radians.
    :returns: slopes (k,) of the directions of each octant as multiples of 2**-30, int64.
    """
    quarters = np.round(np.asarray(angles) / (math.pi / 2) * STEEPEST) / STEEPEST
    axis = np.floor(quarters + 0.5)
    slope = np.tan((quarters - axis) * (math.pi / 2))
    slopes = np.minimum(np.round(np.abs(slope) * STEEPEST), STEEPEST).astype(np.int64)
    axis = axis.astype(np.int64) % 4
    transposed, backward = axis % 2 == 0, axis >= 2
    mirrored = np.where((axis == 0) | (axis == 3), slope < 0, slope > 0)
    code = 4 * transposed + 2 * backward + mirrored
    return {
        Octant(bool(each & 4), bool(each & 2), bool(each & 1)): slopes[code == each]
        for each in np.flatnonzero(np.bincount(code)).tolist()}


@kernel
def column(slope, half_rows):
    """Return how many columns a ray has gained after so many half rows: round(slope * row)."""
    return (slope * half_rows + STEEPEST) >> (_FRACTION_BITS + 1)


@kernel
def step_kind(slope, row):
    """Return how a ray gets from the middle of a row to the next: STRAIGHT, EARLY or LATE."""
    here = column(slope, 2 * row)
    border, there = column(slope, 2 * row + 1), column(slope, 2 * row + 2)
    return STRAIGHT if there == here else LATE if border == here else EARLY


@kernel
def row_steps(slopes, first, rows):
    """Return how the rays get from each of some rows to the next: uint8 (rows, k)."""
    steps = np.empty((rows, slopes.size), np.uint8)
    for row in range(rows):
        for k in range(slopes.size):
            steps[row, k] = step_kind(slopes[k], first + row)
    return steps


def steps_in_range(slopes: np.ndarray, max_range: float, rows: int) -> np.ndarray:
    """
    Return how many steps from row to row a beam takes, int64 (k,), at most all rows.

    It is the number that holds as many cells, on average over the places where beams may start,
    as a beam enters nearer than max_range: 1 + (1 + slope) n where it gains n rows.

    :param max_range: in cells.
    """
    slope = np.asarray(slopes) / STEEPEST
    gained = np.minimum(max_range / np.hypot(1.0, slope), rows)
    steps = np.ceil(gained + 1 / (1 + slope) - 0.5)
    return np.clip(steps, 1, rows).astype(np.int64)
