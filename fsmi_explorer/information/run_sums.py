"""
Sums over beams of runs: FSMI-RLE (Zhang et al. 2020) in O(m D), m runs and noise of 2 D + 1 cells.

Within a run of occupancy o the reach falls as x^i, x = 1 - o, and C_k = A + B i grows evenly. Were
C as even everywhere, noise would change nothing, since its kernel g is symmetric: the sum would be
sum_j P(e_j) C_j times the sum of g, a few closed forms a run. But at a border C leaves the line of
one run for that of the next, by Delta_A + Delta_B (k - b) from cell b on. For a cell s before b
that adds sum_{d >= s} g_d (Delta_A + Delta_B (d - s)), and likewise for cells behind it which look
back. So each border adds two weighted sums of P(e_j) over the D cells to either side of it. Both
ends of the beam are borders to a line of zeros.
"""

import math
from typing import NamedTuple

from fsmi_explorer.information.fsmi import NEGLIGIBLE_REACH
from fsmi_explorer.jit import kernel
import numpy as np

_SPARSE = 0.05
"""In a run hit with less probability the closed form of its second sum loses digits."""

_REORDER = {'reassoc', 'contract', 'nsz'}


class BorderWeights(NamedTuple):
    """
    What a border between runs makes of the probabilities of the cells around it.

    :param sum_of_noise: sum of the noise kernel.
    :param level: (2 D,) weights of P(e_j) from D cells before the border to D - 1 behind, for a
        gain that steps up by 1 there.
    :param slope: (2 D,) the same for a gain that rises by 1 per cell from there on.
    """

    sum_of_noise: float
    level: np.ndarray
    slope: np.ndarray

    @classmethod
    def of(cls, noise: np.ndarray) -> 'BorderWeights':
        """
        Return the weights of a noise kernel.

        :param noise: (2 D + 1,) symmetric.
        """
        half = len(noise) // 2
        side = noise[half + 1:][::-1]
        # tails[s - 1] = sum_{d >= s} g_d; rises[s - 1] = sum_{d >= s} g_d (d - s); s = 1 .. D.
        tails = np.cumsum(side)[::-1]
        rises = np.cumsum(np.append(0.0, tails[:0:-1]))[::-1][:half]
        return cls(float(noise.sum()), np.concatenate([tails[::-1], -tails]),
                   np.concatenate([rises[::-1], rises + tails]))


@kernel
def sum_of_runs(facts, lengths, runs, sum_of_noise, level, slope, hits, borders, count_no_hit):
    """
    Return the information in nats of one beam of runs.

    :param facts: (r, 4) occupancy, f_occ, f_emp and ln(1 - occupancy) of the cells of each run.
    :param lengths: (r,) int64, cells of each run.
    :param runs: how many of the runs to sum.
    :param sum_of_noise: see `BorderWeights`, like the next two.
    :param level: the same.
    :param slope: the same.
    :param hits: see `sum_scratch`, like the next.
    :param borders: the same.
    :param count_no_hit: whether a beam that hits nothing counts.
    """
    half = level.size // 2
    hits[:half] = 0.0
    reach, cleared, total, at = 1.0, 0.0, 0.0, half
    line, rise = 0.0, 0.0
    for u in range(runs):
        o, passing, log_pass, length = facts[u, 0], facts[u, 2], facts[u, 3], lengths[u]
        first = facts[u, 1] + cleared
        if half:
            borders[u, 0], borders[u, 1], borders[u, 2] = at, first - line, passing - rise
            at = _keep_hits(hits, at, half, reach * o, log_pass, o, length)
        left = math.exp(log_pass * length) if length > 1 else 1 - o
        stopped = o if length == 1 else 1 - left if left < 0.5 else -math.expm1(log_pass * length)
        total += sum_of_noise * reach * (
            first * stopped + passing * _mean_place(o, log_pass, length, left))
        cleared += length * passing
        reach *= left
        line, rise = first + passing * length, passing
        if reach < NEGLIGIBLE_REACH:
            reach = 0.0
    if half:
        borders[runs, 0], borders[runs, 1], borders[runs, 2] = at, -line, -rise
        hits[at:at + half] = 0.0
        for u in range(runs + 1):
            total += _around_border(
                hits, int(borders[u, 0]) - half, level, slope, borders[u, 1], borders[u, 2])
    return total + reach * cleared if count_no_hit else total


@kernel(fastmath=_REORDER)
def _around_border(hits, begin, level, slope, step, rise):
    """Return what a border adds, D cells behind `begin`."""
    total = 0.0
    for i in range(level.size):
        total += hits[begin + i] * (step * level[i] + rise * slope[i])
    return total


@kernel
def _mean_place(o, log_pass, length, left):
    """Return sum o x^i i over a run, x = 1 - o, of which `left` = x^length gets through."""
    if length == 1:
        return 0.0
    if o * length < _SPARSE:
        return o * geometric_sums(log_pass, length)[1]
    return (1 - o - left) / o - (length - 1) * left


@kernel
def _keep_hits(hits, at, half, first, log_pass, o, length):
    """
    Write P(e_j) of the cells of a run near its borders.

    :param hits: written from `at` on, and up to three cells beyond.
    :param half: cells that matter at either end.
    :param first: P(e_j) of the first cell.
    :return: where the next run begins.
    """
    if length <= 2 * half:
        _write_powers(hits, at, length, first, 1 - o)
        return at + length
    _write_powers(hits, at, half, first, 1 - o)
    last = first * math.exp(log_pass * (length - half))
    _write_powers(hits, at + half, half, last, 1 - o)
    return at + 2 * half


@kernel
def _write_powers(hits, at, count, first, x):
    """Write first x^i, four at a time, of which none waits for another."""
    square = x * x
    a, b, c, d = first, first * x, first * square, first * square * x
    for i in range(at, at + count, 4):
        hits[i], hits[i + 1], hits[i + 2], hits[i + 3] = a, b, c, d
        a, b, c, d = a * square * square, b * square * square, c * square * square, (
            d * square * square)


@kernel
def geometric_sums(log_x, count):
    """
    Return sum x^i and sum i x^i over i < count.

    The sums over 2 l terms follow from those over l by positive terms alone, so that no digit is
    lost as x tends to 1, where the textbook's closed forms cancel.
    """
    s0, s1, bits = 0.0, 0.0, 0
    while count >> bits:
        bits += 1
    for shift in range(bits - 1, -1, -1):
        half = count >> (shift + 1)
        factor = math.exp(log_x * half)
        s0, s1 = s0 + factor * s0, s1 + factor * (s1 + half * s0)
        if (count >> shift) & 1:
            last = 2.0 * half
            s0 += math.exp(log_x * last)
            s1 += last * math.exp(log_x * last)
    return s0, s1


def sum_scratch(runs: int, half_width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return memory for the sum of beams of at most so many runs under noise of D cells."""
    return np.empty(2 * half_width * (runs + 2) + 4), np.empty((runs + 1, 3))
