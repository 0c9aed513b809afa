"""
FSMI with range noise and a range limit, for every start cell of an octant.

The rows are cut into blocks that are shorter than the beams. In a block the information of the
beams that start there is a linear function of what lies behind it, by the recursion of
`sweep_noisy`:

    I_s = alpha + beta I + gamma V,   V_s = nu + beta V.

I and V are those of the beams that start behind the block and end where the beams from s end.
They grow with the end of the beams: a further cell e adds what is measured there when one of the
cells before is hit, and what is measured in those when it is hit itself,

    I += C_e sum_{d=0..D} g_d P_{e-d} + P_e sum_{d=1..D} g_d C_{e-d}
    V += sum_{d=0..D} g_d P_{e-d} + t_1 P_e.

Beams must reach D rows behind their block, for the recursion looks ahead so far.
"""

from typing import NamedTuple

from fsmi_explorer.information.sweep_noisy import cell_map, look_ahead, ray_place
from fsmi_explorer.information.vectors import LANES, load, store
from fsmi_explorer.jit import kernel
import numpy as np


class _Behind(NamedTuple):
    """
    What lies behind a block. All rows have room for a vector off the map at either end.

    :param running: (4, pitch): the probability of no hit so far, the sum of f_emp, I, V.
    :param hits: (D + 1, pitch), P of the latest cells, in turn.
    :param gains: (D + 1, pitch), C of the latest cells, in turn.
    :param information: (n, pitch), I of the beams that end with each row, with no hit.
    :param mass: (n, pitch), V of these beams.
    """

    running: np.ndarray
    hits: np.ndarray
    gains: np.ndarray
    information: np.ndarray
    mass: np.ndarray


@kernel
def sweep_noisy_limited(planes, layout, course, slopes, ranges, noise, no_hit, sign, out):
    """
    Add the information of the beams from every cell to a plane.

    :param planes: buffer with the planes o, f_occ, f_emp, and 1 for the cells of the map.
    :param slopes: (k,) of the directions.
    :param ranges: (k,) steps of the beams, more than D.
    :param noise: (2, D + 2) of `one_sided`.
    :param no_hit: weight of the beams that hit nothing.
    :param sign: 1 to add, -1 to take away.
    :param out: flat plane of the layout.
    """
    reach, pitch = noise.shape[1] - 2, layout.width + 2 * LANES
    behind = _Behind(
        np.zeros((4, pitch), out.dtype), np.zeros((reach + 1, pitch), out.dtype),
        np.zeros((reach + 1, pitch), out.dtype), np.zeros((ranges.max(), pitch), out.dtype),
        np.zeros((ranges.max(), pitch), out.dtype))
    block = np.zeros((4, layout.stride + layout.rows), out.dtype)
    for k in range(slopes.size):
        for end in range(layout.rows, 0, reach - ranges[k]):
            rows = min(ranges[k] - 1, layout.rows - end)
            _look_behind(planes, (layout, course), slopes[k], end, rows, noise, no_hit, behind)
            block[:] = 0
            block[1] = 1
            for row in range(end - 1, max(0, end + reach - ranges[k]) - 1, -1):
                steps = min(row + ranges[k] - end, rows)
                _sweep_row(
                    planes, (layout, course), slopes[k], (row, end), noise, block,
                    (behind.information[steps], behind.mass[steps]), sign, out)


@kernel
def _look_behind(planes, turned, slope, end, rows, noise, no_hit, behind):
    """Follow beams over so many rows behind the end of a block."""
    layout, course = turned
    behind.running[:], behind.hits[:], behind.gains[:] = 0, 0, 0
    behind.running[0] = 1
    behind.information[0], behind.mass[0] = 0, no_hit
    ahead, latest = np.empty(2, np.int64), 0
    for i in range(rows):
        cells = look_ahead(slope, end + i, layout, course, ahead)
        aside = ray_place(slope, end, layout, course) - ray_place(slope, end + i, layout, course)
        for cell in range(cells):
            latest = (latest + 1) % len(behind.hits)
            _extend(planes, layout, ahead[cell], aside, noise, latest, behind)
        _count_no_hit(behind, i + 1, no_hit)


@kernel
def _extend(planes, layout, place, aside, noise, latest, behind):
    """Extend the beams by one cell."""
    plane, (weights, tails) = layout.plane, (noise[0], noise[1])
    reach, cleared = behind.running[0], behind.running[1]
    information, mass = behind.running[2], behind.running[3]
    count = len(behind.hits)
    pitch = reach.size
    hits, gains = behind.hits.reshape(-1), behind.gains.reshape(-1)
    for x in range(0, layout.width, LANES):
        # All columns beyond the width are empty, and so is a vector before the first.
        cell = place + min(max(x + aside, -LANES), layout.width)
        through, emptied = load(reach, LANES + x), load(cleared, LANES + x)
        hit = through * load(planes, cell)
        inside = load(planes, 3 * plane + cell)
        gain = inside * (load(planes, plane + cell) + emptied)
        measured, before = weights[0] * hit, 0 * hit
        for d in range(1, weights.size - 1):
            earlier = (latest - d) % count * pitch + LANES + x
            measured += weights[d] * load(hits, earlier)
            before += weights[d] * load(gains, earlier)
        store(hits, latest * pitch + LANES + x, hit)
        store(gains, latest * pitch + LANES + x, gain)
        store(reach, LANES + x, through - hit)
        store(cleared, LANES + x, emptied + load(planes, 2 * plane + cell))
        gained = load(information, LANES + x) + gain * measured + hit * before
        store(information, LANES + x, gained)
        store(mass, LANES + x, load(mass, LANES + x) + inside * measured + tails[1] * hit)


@kernel
def _count_no_hit(behind, rows, no_hit):
    """Write what lies behind a block up to some row, beams that hit nothing included."""
    reach, cleared = behind.running[0], behind.running[1]
    information, mass = behind.running[2], behind.running[3]
    all_information, all_mass = behind.information[rows], behind.mass[rows]
    for x in range(0, reach.size, LANES):
        missed = no_hit * load(reach, x)
        store(all_information, x, load(information, x) + missed * load(cleared, x))
        store(all_mass, x, load(mass, x) + missed)


@kernel
def _sweep_row(planes, turned, slope, rows, noise, block, behind, sign, out):
    """Advance the beams of a block by the cells of one row and add their information."""
    layout, course = turned
    row, end = rows
    ahead = np.empty(noise.shape[1] + 1, np.int64)
    cells = look_ahead(slope, row, layout, course, ahead)
    place = ray_place(slope, row, layout, course)
    aside = place - ray_place(slope, end, layout, course)
    alpha, beta, gamma, nu = block[0], block[1], block[2], block[3]
    weights, tails = noise[0], noise[1]
    information, mass = behind
    for x in range(0, layout.width, LANES):
        ray = place + x
        a, b, c, n = load(alpha, ray), load(beta, ray), load(gamma, ray), load(nu, ray)
        for cell in range(cells - 1, -1, -1):
            hit, passed, kept, cleared = cell_map(
                planes, layout.plane, ahead, cell, x, weights, tails)
            a, b, c, n = (
                hit + passed * a + cleared * n, passed * b, passed * c + cleared * b,
                kept + passed * n)
        store(alpha, ray, a)
        store(beta, ray, b)
        store(gamma, ray, c)
        store(nu, ray, n)
        # Of rays off the map nothing is behind: there beta and gamma are 0.
        source = min(max(LANES + x + aside, 0), information.size - LANES)
        total = a + b * load(information, source) + c * load(mass, source)
        at = ahead[0] - layout.room + x
        store(out, at, load(out, at) + sign * total)
