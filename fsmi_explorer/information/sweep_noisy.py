"""
FSMI with range noise, for every start cell of an octant.

With noise of kernel g, which is symmetric and reaches D cells, the information of the beam that
starts in cell s follows from that of the beam behind. Either cell s is hit, or it is not and the
beam goes on; then cell s may still be what is measured when a cell j > s is hit, and every further
cell that is measured brings f_emp(s) more:

    I_s = o_s sum_{d=0..D} g_d (f_occ(s+d) + F(s, s+d))
          + (1 - o_s) (I_{s+1} + f_occ(s) sum_{d=1..D} g_d P(s+d)
                       + f_emp(s) (V_{s+1} - sum_{d=1..D} t_d P(s+d)))
    V_s = o_s (t_1 + sum_{d=0..D} g_d) + (1 - o_s) V_{s+1}

F(s, k) is the sum of f_emp over the cells s to k - 1, P(j) the probability that the beam from
s + 1 hits cell j, and t_d = g_d + ... + g_D. V is how much of the noise stays in the beam, counted
as if none fell before its start, which the last term corrects. Cells beyond the map are left out
of all sums over d. Behind the map I is 0 and V is the weight of beams that hit nothing: 1 where
these count, else 0.
"""

from fsmi_explorer.information.lattice import column, EARLY, step_kind, STRAIGHT
from fsmi_explorer.information.sweep_layout import row_place
from fsmi_explorer.information.vectors import LANES, load, spread, store
from fsmi_explorer.jit import kernel
import numpy as np

_ROWS_AT_ONCE = 16
"""Rows that one direction after the other sweeps, while they stay in the cache."""


def one_sided(noise: np.ndarray, dtype: type) -> np.ndarray:
    """
    Return the weights g_0 to g_D and 0, and their sums t_0 to t_D and 0, as sweeps want them.

    :param noise: (2 D + 1,) symmetric kernel of range noise.
    """
    weights = np.append(noise[noise.size // 2:], 0.0)
    return np.stack([weights, np.cumsum(weights[::-1])[::-1]]).astype(dtype)


@kernel
def sweep_noisy(planes, layout, course, slopes, noise, no_hit, sign, out):
    """
    Add the information of the beams from every cell to a plane.

    :param planes: buffer with the planes o, f_occ, f_emp, and 1 for the cells of the map.
    :param slopes: (k,) of the directions.
    :param noise: (2, D + 2) of `one_sided`.
    :param no_hit: weight of the beams that hit nothing.
    :param sign: 1 to add, -1 to take away.
    :param out: flat plane of the layout.
    """
    span = layout.stride + layout.rows
    information = np.zeros((slopes.size, span), out.dtype)
    mass = np.full((slopes.size, span), no_hit, out.dtype)
    ahead = np.empty(noise.shape[1] + 1, np.int64)
    for first in range((layout.rows - 1) // _ROWS_AT_ONCE * _ROWS_AT_ONCE, -1, -_ROWS_AT_ONCE):
        for k in range(slopes.size):
            for row in range(min(first + _ROWS_AT_ONCE, layout.rows) - 1, first - 1, -1):
                cells = look_ahead(slopes[k], row, layout, course, ahead)
                _sweep_row(
                    planes, layout, ahead, cells, noise, (information[k], mass[k]),
                    ray_place(slopes[k], row, layout, course), sign, out)


@kernel
def ray_place(slope, row, layout, course):
    """
    Return where the rays of a row begin in an array of all rays of a direction.

    Each ray keeps its place, while its column changes from row to row.
    """
    first = course.first
    gained = column(slope, 2 * (first + layout.rows)) - column(slope, 2 * (first + row))
    return layout.rows - gained if course.mirrored else gained


@kernel
def look_ahead(slope, row, layout, course, ahead):
    """
    Write the places of the cells that the ray from a row takes, as many as there is room for.

    Beyond the map, where all planes are 0, rays stay in the first row of the margin.

    :return: cells of the first step, 1 or 2.
    """
    aside = -1 if course.mirrored else 1
    i, cells = 0, 0
    while i < ahead.size:
        kind = step_kind(slope, course.first + row)
        gained = column(slope, 2 * (course.first + row))
        if cells == 0:
            cells, origin = 1 if kind == STRAIGHT else 2, gained
        here = row_place(min(row, layout.rows), layout, course) + aside * (gained - origin)
        ahead[i] = here
        if kind != STRAIGHT and i + 1 < ahead.size:
            next_row = row_place(min(row + 1, layout.rows), layout, course)
            ahead[i + 1] = here + aside if kind == EARLY else next_row + aside * (gained - origin)
        i += 1 if kind == STRAIGHT else 2
        row += 1
    return cells


@kernel
def _sweep_row(planes, layout, ahead, cells, noise, state, place, sign, out):
    """Advance the information of the beams of one direction by the cells of one row."""
    information, mass = state
    weights, tails = noise[0], noise[1]
    for x in range(0, layout.width, LANES):
        i, v = load(information, place + x), load(mass, place + x)
        for cell in range(cells - 1, -1, -1):
            hit, passed, kept, cleared = cell_map(
                planes, layout.plane, ahead, cell, x, weights, tails)
            i, v = hit + passed * i + cleared * v, kept + passed * v
        store(information, place + x, i)
        store(mass, place + x, v)
        row = ahead[0] - layout.room + x
        store(out, row, load(out, row) + sign * i)


@kernel(forceinline=True)
def cell_map(planes, plane, ahead, cell, x, weights, tails):
    """
    Return how information and mass behind a vector of cells become those from the cells on.

    :param ahead: places of cells along the rays, of which number `cell` is meant.
    :param x: where in the row the vector begins.
    :return: H, b, K and E of I_s = H + b I_{s+1} + E V_{s+1}, V_s = K + b V_{s+1}.
    """
    place = ahead[cell] + x
    o, f_occ, f_emp = (
        load(planes, place), load(planes, plane + place), load(planes, 2 * plane + place))
    zero, one = planes.dtype.type(0), planes.dtype.type(1)
    gain, kept, cleared = weights[0] * f_occ, spread(weights[0] + tails[1]), f_emp
    reach, nearer, lost = spread(one), spread(zero), spread(zero)
    for d in range(1, weights.size - 1):
        place = ahead[cell + d] + x
        weight = weights[d] * load(planes, 3 * plane + place)
        gain += weight * (load(planes, plane + place) + cleared)
        kept += weight
        cleared += load(planes, 2 * plane + place)
        hit = reach * load(planes, place)
        nearer += weights[d] * hit
        lost += tails[d] * hit
        reach -= hit
    passed = 1 - o
    return (
        o * gain + passed * (f_occ * nearer - f_emp * lost), passed, o * kept, passed * f_emp)
