"""FSMI of beams given as runs of equal cells (FSMI-RLE, Zhang et al. 2020)."""

from fsmi_explorer.information.beam import check_occupancy, check_width
from fsmi_explorer.information.beam_model import BeamModel, check_method, FSMI_FAMILY
from fsmi_explorer.information.cell_information import cell_information, LOG_OF_ZERO, NATS_PER_BIT
from fsmi_explorer.information.noise import noise_kernel
from fsmi_explorer.information.run_sums import BorderWeights, sum_of_runs, sum_scratch
import numpy as np


def rle_mutual_information(
        occupancy: np.ndarray, lengths: np.ndarray, width: float, model: BeamModel,
        method: str) -> float:
    """
    Return the information of a beam through runs of equal cells.

    It equals `beam_mutual_information` of the beam written out cell by cell, at a cost that
    hardly depends on the lengths of the runs: O(m) without noise, O(m D) with a noise kernel of
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
    with np.errstate(divide='ignore'):
        log_pass = np.maximum(np.log1p(-o), LOG_OF_ZERO)
    facts = np.stack([
        o, cell_information(model.delta_occ, o), cell_information(model.delta_emp, o), log_pass,
    ], axis=1)
    nats = sum_of_runs(
        facts, cells, len(cells), *BorderWeights.of(noise),
        *sum_scratch(len(cells), len(noise) // 2), model.count_no_hit)
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
