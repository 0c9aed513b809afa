"""The information of one cell update, f(delta, o), alone and for all cells of a map."""

import math
from typing import NamedTuple

from fsmi_explorer.information.beam_model import BeamModel
from fsmi_explorer.jit import kernel
import numpy as np

NATS_PER_BIT = math.log(2)

LOG_OF_ZERO = -1000.0
"""Stands for the logarithm of 0: its exponential is 0, and 0 times it is 0."""

_MEMORY = 4096


def cell_information(delta: float, occupancy: np.ndarray) -> np.ndarray:
    """
    Return the information in nats that one update by the factor delta brings of each cell.

    It is the Kullback-Leibler divergence of the cell after the update from the cell before,
    f(delta, r) of Zhang et al. (2020), written with o = r / (1 + r) instead of the odds r so that
    it keeps all its digits from o = 0 to o = 1, where it is exactly 0.

    :param delta: factor on the odds of the cell, greater than 0.
    :param occupancy: probabilities of any shape within [0, 1].
    :returns: float64 array of the same shape, 0 or greater.
    """
    o = np.asarray(occupancy, np.float64)
    upper = o > 0.5
    d = np.where(upper, 1 / delta, delta)
    q = np.where(upper, 1 - o, o)
    change = (d - 1) * q
    return np.maximum(np.log(d) * d * q / (1 + change) - np.log1p(change), 0.0)


@kernel
def _cell_information(delta, occupancy):
    """Return f(delta, o) in nats of one cell, float64."""
    d, q = (delta, occupancy) if occupancy <= 0.5 else (1 / delta, 1 - occupancy)
    change = (d - 1) * q
    return max(math.log(d) * d * q / (1 + change) - math.log1p(change), 0.0)


class CellPlanes(NamedTuple):
    """
    What every method needs of the cells of a map: three planes (H, W) of one float type.

    Cells never observed carry the occupancy that the beam model gives them.

    :param occupancy: probability of each cell.
    :param f_occ: information in nats of a hit in each cell.
    :param f_emp: information in nats of a beam passing each cell.
    """

    occupancy: np.ndarray
    f_occ: np.ndarray
    f_emp: np.ndarray


def cell_planes(
        probabilities: np.ndarray, model: BeamModel, dtype: type = np.float64) -> CellPlanes:
    """
    Return occupancy and cell information of a map.

    :param probabilities: (H, W), NaN where never observed.
    :param model: gives delta_occ, delta_emp and unknown_occupancy.
    :param dtype: numpy.float32 or numpy.float64, of the planes; they are computed in float64.
    :raises ValueError: if the array is not 2D, is empty or holds a value outside [0, 1].
    """
    p = np.asarray(probabilities)
    if p.ndim != 2 or p.size == 0:
        raise ValueError(
            f'probabilities must be a 2D array with at least one cell, got shape {p.shape}')
    if p.dtype.kind not in 'fiu':
        raise ValueError(f'probabilities must be numbers, got {p.dtype}')
    p = np.asarray(p, dtype, order='C')
    planes = CellPlanes(*np.empty((3, *p.shape), p.dtype))
    bad = _fill_planes(
        p.reshape(-1), model.delta_occ, model.delta_emp, model.unknown_occupancy,
        *(plane.reshape(-1) for plane in planes))
    if bad >= 0:
        row, col = divmod(bad, p.shape[1])
        raise ValueError(
            'probabilities must lie within 0 and 1, or be NaN where never observed; '
            f'got {p[row, col]!r} in row {row}, column {col}')
    return planes


def check_grid(grid) -> tuple[float, tuple[float, float, float]]:
    """
    Check the geometry of an occupancy grid and return its resolution and origin (x, y, yaw).

    :param grid: anything with `probabilities`, `resolution` and `origin`.
    :raises ValueError: naming the attribute, the value and what is allowed.
    """
    resolution, origin = float(grid.resolution), tuple(float(value) for value in grid.origin)
    if not (math.isfinite(resolution) and resolution > 0):
        raise ValueError(f'resolution must be finite and greater than 0, got {resolution!r}')
    if len(origin) != 3 or not all(math.isfinite(value) for value in origin):
        raise ValueError(f'origin must be three finite numbers x, y, yaw, got {grid.origin!r}')
    return resolution, origin


@kernel
def _fill_planes(probabilities, delta_occ, delta_emp, unknown_occupancy, occupancy, f_occ, f_emp):
    """
    Fill the flat planes; return the index of the first value that is no probability, or -1.

    A map holds few distinct values, and neighbours are often equal. So the latest result is kept
    at hand and earlier ones are remembered under a hash of the value: two logarithms are paid per
    distinct value and not per cell.
    """
    known = np.full(_MEMORY, np.nan, probabilities.dtype)
    known_occ = np.empty(_MEMORY, probabilities.dtype)
    known_emp = np.empty(_MEMORY, probabilities.dtype)
    unknown = probabilities.dtype.type(unknown_occupancy)
    slot = 0
    for i in range(probabilities.size):
        o = probabilities[i]
        if o != o:
            o = unknown
        if known[slot] != o:
            if not 0 <= o <= 1:
                return i
            slot = int(o * 1e7) % _MEMORY
            if known[slot] != o:
                known[slot] = o
                known_occ[slot] = _cell_information(delta_occ, np.float64(o))
                known_emp[slot] = _cell_information(delta_emp, np.float64(o))
        occupancy[i], f_occ[i], f_emp[i] = o, known_occ[slot], known_emp[slot]
    return -1
