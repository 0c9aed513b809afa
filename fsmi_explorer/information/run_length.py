"""
FSMI of beams given as runs of equal cells (FSMI-RLE, Zhang et al. 2020).

Within a run of occupancy o the reach falls as x^i, x = 1 - o, and C_k = A + B i grows evenly.
Where the noise kernel, which is symmetric, stays inside the run, its sum over C is M (A + B i)
with M the sum of the kernel: the interior of a run is a geometric sum in closed form. Only the D
cells at either border of a run, D the half width of the kernel, are summed one by one.
"""

import math

from fsmi_explorer.information.beam import check_occupancy, check_width
from fsmi_explorer.information.beam_model import BeamModel, check_method, FSMI_FAMILY
from fsmi_explorer.information.cell_information import _cell_information, NATS_PER_BIT
from fsmi_explorer.information.fsmi import NEGLIGIBLE_REACH, spread
from fsmi_explorer.information.noise import noise_kernel
from fsmi_explorer.jit import kernel
import numpy as np

_LOG_OF_ZERO = -1000.0
"""Stands for the logarithm of 0: its exponential is 0, and 0 times it is 0."""


def rle_mutual_information(
        occupancy: np.ndarray, lengths: np.ndarray, width: float, model: BeamModel,
        method: str) -> float:
    """
    Return the information of a beam through runs of equal cells.

    It equals `beam_mutual_information` of the beam written out cell by cell, at a cost that
    hardly depends on the lengths of the runs: O(m) without noise, O(m D^2) with a noise kernel of
    2 D + 1 cells.

    :param occupancy: (m,) probability within [0, 1] of the cells of each run, near to far.
    :param lengths: (m,) whole numbers of cells, at least 1.
    :param width: width of every cell in metres.
    :param model: noise, inverse sensor model, and whether a beam that hits nothing counts.
    :param method: fsmi, approx_fsmi, uniform_fsmi or noise_free.
    :returns: bits.
    :raises ValueError: naming the argument, the value and what is allowed.
    """
    check_method(method, model, FSMI_FAMILY)
    o = check_occupancy(occupancy)
    cells = _check_lengths(lengths, len(o))
    noise = noise_kernel(method, model, check_width(width))
    nats = _run_length_fsmi(
        o, cells, model.delta_occ, model.delta_emp, noise, model.count_no_hit)
    return nats / NATS_PER_BIT


def _check_lengths(lengths: np.ndarray, runs: int) -> np.ndarray:
    """Return the lengths of the runs as int64 (m,)."""
    given = np.asarray(lengths)
    if given.shape != (runs,):
        raise ValueError(f'lengths must be of shape ({runs},) as occupancy, got {given.shape}')
    values = given.astype(np.float64)
    bad = ~(np.isfinite(values) & (values >= 1) & (values == np.floor(values)))
    if bad.any():
        raise ValueError(f'lengths must be whole numbers of at least 1, got {given[bad][0]!r}')
    return values.astype(np.int64)


@kernel
def _run_length_fsmi(occupancy, lengths, delta_occ, delta_emp, noise, count_no_hit):
    """
    Return the information in nats of a beam of runs.

    A run of more than 4 D cells keeps 2 D at either end, those that the noise of border cells can
    touch, and adds its interior in closed form. The kept cells are summed as one beam.
    """
    margin = noise.size // 2
    kept = np.minimum(lengths, 4 * margin)
    hits, gains = np.zeros(kept.sum()), np.zeros(kept.sum() + 2 * margin)
    reach, cleared, total, at = 1.0, 0.0, 0.0, 0
    for u in range(occupancy.size):
        o, length = occupancy[u], lengths[u]
        first, passing = _cell_information(delta_occ, o) + cleared, _cell_information(delta_emp, o)
        log_pass = math.log1p(-o) if o < 1 else _LOG_OF_ZERO
        whole = kept[u] == length
        for c in range(kept[u]):
            i = c if whole or c < 2 * margin else c + length - kept[u]
            gains[margin + at + c] = first + passing * i
            if whole or i < margin or i >= length - margin:
                hits[at + c] = reach * o * math.exp(log_pass * i)
        if not whole:
            s0, s1 = _geometric_sums(log_pass, length - 2 * margin)
            interior = (first + passing * margin) * s0 + passing * s1
            total += reach * o * math.exp(log_pass * margin) * noise.sum() * interior
        at += kept[u]
        cleared += length * passing
        reach *= math.exp(log_pass * length)
        if reach < NEGLIGIBLE_REACH:
            reach = 0.0
    total += spread(hits, gains, noise)
    return total + reach * cleared if count_no_hit else total


@kernel
def _geometric_sums(log_x, count):
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
