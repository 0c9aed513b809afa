"""
Fast Shannon mutual information of single beams: Zhang, Henderson, Karaman, Sze (IJRR 2020).

Along a beam with cells 1..n, near to far, of occupancy o:

- P(e_j) = o_j prod_{i<j} (1 - o_i), the probability that cell j is hit;
  P(e_0) = prod_i (1 - o_i), that nothing is;
- C_k = f(delta_occ, o_k) + sum_{i<k} f(delta_emp, o_i), the information of measuring cell k;
- G_{k,j}, the probability of measuring cell k when cell j is hit.

The information is sum_j sum_k P(e_j) C_k G_{k,j}. Where all cells have one width, G_{k,j} depends
on k - j alone, and the sum becomes sum_d g_d sum_j P(e_j) C_{j+d}. What the noise carries beyond
either end of the beam is dropped.

The kernels take batches of beams, rows of (b, n) arrays of which the first `lengths` cells count,
and return nats.
"""

import math

from fsmi_explorer.information.noise import NORMAL_REACH
from fsmi_explorer.jit import kernel
import numpy as np

NEGLIGIBLE_REACH = 1e-24
"""A beam is followed until it gets on with less than this probability.

A cell that stops all but a share q of the beams has itself brought some 0.05 q; so what is
left out is less than 1e-9 of the sum even after a cell that is occupied but for 1e-12.
"""

_REORDER = {'reassoc', 'contract', 'nsz'}
_SQRT_HALF = math.sqrt(0.5)


@kernel
def hits_and_gains(occupancy, f_occ, f_emp, hits, gains):
    """
    Fill in P(e_j) and C_k of one beam.

    :return: number of cells reached, beyond which `hits` is not written; P(e_0); the information
        of clearing all cells.
    """
    reach, cleared, reached = 1.0, 0.0, 0
    for i in range(occupancy.size):
        gains[i] = f_occ[i] + cleared
        cleared += f_emp[i]
        if reach >= NEGLIGIBLE_REACH:
            hits[i] = reach * occupancy[i]
            reach *= 1 - occupancy[i]
            reached = i + 1
    return reached, reach, cleared


@kernel(fastmath=_REORDER)
def spread(hits, gains, noise):
    """Return sum_d g_d sum_j P(e_j) C_{j+d}; gains has half a noise kernel more at either end."""
    total = 0.0
    for d in range(noise.size):
        shifted = gains[d:d + hits.size]
        product = 0.0
        for j in range(hits.size):
            product += hits[j] * shifted[j]
        total += noise[d] * product
    return total


@kernel
def fsmi(occupancy, f_occ, f_emp, lengths, noise, count_no_hit, nats):
    """FSMI and Approx-FSMI: noise (2 D + 1,) is the kernel g, cells all have one width."""
    margin = noise.size // 2
    hits = np.empty(occupancy.shape[1])
    gains = np.zeros(occupancy.shape[1] + 2 * margin)
    for b in range(lengths.size):
        n = lengths[b]
        reached, missed, cleared = hits_and_gains(
            occupancy[b, :n], f_occ[b, :n], f_emp[b, :n], hits, gains[margin:])
        gains[margin + n:margin + n + margin] = 0
        nats[b] = spread(hits[:reached], gains, noise)
        if count_no_hit:
            nats[b] += missed * cleared


@kernel
def uniform_fsmi(occupancy, f_occ, f_emp, lengths, half_width, count_no_hit, nats):
    """Uniform-FSMI in O(n): each window sum of C is a difference of two cumulative sums D."""
    hits, gains = np.empty((2, occupancy.shape[1]))
    cumulated = np.zeros(occupancy.shape[1] + 1)
    for b in range(lengths.size):
        n = lengths[b]
        reached, missed, cleared = hits_and_gains(
            occupancy[b, :n], f_occ[b, :n], f_emp[b, :n], hits, gains)
        for k in range(n):
            cumulated[k + 1] = cumulated[k] + gains[k]
        total = 0.0
        for j in range(reached):
            near, far = max(j - half_width, 0), min(j + half_width + 1, n)
            total += hits[j] * (cumulated[far] - cumulated[near])
        nats[b] = total / (2 * half_width + 1)
        if count_no_hit:
            nats[b] += missed * cleared


@kernel
def noise_free(occupancy, f_occ, f_emp, lengths, count_no_hit, nats):
    """FSMI without noise, sum_j P(e_j) C_j, for cells of any widths."""
    for b in range(lengths.size):
        reach, cleared, total = 1.0, 0.0, 0.0
        for i in range(lengths[b]):
            o = occupancy[b, i]
            total += reach * o * (f_occ[b, i] + cleared)
            cleared += f_emp[b, i]
            reach *= 1 - o
            if reach < NEGLIGIBLE_REACH:
                break
        nats[b] = total + reach * cleared if count_no_hit else total


@kernel
def fsmi_unequal(occupancy, f_occ, f_emp, lengths, edges, sigma, count_no_hit, nats):
    """FSMI for cells between any edges (n + 1,) in metres."""
    hits, gains = np.empty((2, occupancy.shape[1]))
    for b in range(lengths.size):
        n = lengths[b]
        reached, missed, cleared = hits_and_gains(
            occupancy[b, :n], f_occ[b, :n], f_emp[b, :n], hits, gains)
        total = missed * cleared if count_no_hit else 0.0
        for j in range(reached):
            total += hits[j] * _measured(gains[:n], edges, j, sigma)
        nats[b] = total


@kernel
def _measured(gains, edges, j, sigma):
    """Return sum_k C_k G_{k,j}, the cells outwards from j until the normal distribution ends."""
    scale = _SQRT_HALF / sigma
    half_width = (edges[j + 1] - edges[j]) / 2
    centre = edges[j] + half_width
    total = gains[j] * math.erf(half_width * scale)
    for step in (-1, 1):
        k, distance = j + step, half_width * scale
        while 0 <= k < gains.size and distance < NORMAL_REACH * _SQRT_HALF:
            further = abs(edges[k + (step > 0)] - centre) * scale
            total += gains[k] * (math.erfc(distance) - math.erfc(further)) / 2
            distance = further
            k += step
    return total
