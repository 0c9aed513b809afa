"""The mutual information of single beams, by every method."""

import math
from typing import Callable, NamedTuple

from fsmi_explorer.information.beam_model import BeamModel, check_method, FSMI_FAMILY
from fsmi_explorer.information.cell_information import cell_planes, NATS_PER_BIT
from fsmi_explorer.information.csqmi import csqmi, CSQMI_REACH
from fsmi_explorer.information.fsmi import fsmi, fsmi_unequal, noise_free, uniform_fsmi
from fsmi_explorer.information.noise import half_width, noise_kernel
from fsmi_explorer.information.numerical import numerical
import numpy as np

_ANY_WIDTHS = ('fsmi', 'noise_free', 'numerical', 'csqmi')


class BeamCells(NamedTuple):
    """
    The cells of b beams, near to far, in rows of which the first `lengths` entries count.

    :param occupancy: float64 (b, n), probability of each cell.
    :param f_occ: float64 (b, n), information in nats of a hit in each cell.
    :param f_emp: float64 (b, n), information in nats of passing each cell.
    :param lengths: int64 (b,), cells of each beam.
    """

    occupancy: np.ndarray
    f_occ: np.ndarray
    f_emp: np.ndarray
    lengths: np.ndarray


def beam_mutual_information(
        occupancy: np.ndarray, widths: float | np.ndarray, model: BeamModel,
        method: str) -> float | np.ndarray:
    """
    Return the information that a range measurement along a beam is expected to bring.

    The beam crosses the given cells, the first holds the sensor, and ends with the last one:
    neither the range of the model nor its directions matter here. Range noise counts from the
    centre of the cell hit.

    :param occupancy: (n,) probabilities within [0, 1], near to far; or (b, n), many beams at once.
    :param widths: width in metres, one for all cells or (n,). approx_fsmi and uniform_fsmi need
        cells of one width.
    :param model: noise, inverse sensor model, and whether a beam that hits nothing counts.
    :param method: one of `METHODS`: Zhang et al. (2020) for the FSMI family, numerical as Julian
        et al. (2014), csqmi as Charrow et al. (2015), no Shannon information and always with no
        hit as one of its events.
    :returns: bits, a number for one beam or (b,).
    :raises ValueError: naming the argument, the value and what is allowed.
    """
    check_method(method, model)
    beams = check_occupancy(occupancy, 'occupancy', (1, 2))
    widths = _check_widths(widths, beams.shape[-1], method)
    rows = np.atleast_2d(beams)
    cells = BeamCells(*cell_planes(rows, model), np.full(len(rows), rows.shape[1]))
    bits = beam_sum(method, model, widths, rows.shape[1])(cells) / NATS_PER_BIT
    return bits if beams.ndim == 2 else float(bits[0])


def beam_sum(
        method: str, model: BeamModel, widths: float | np.ndarray,
        cells: int) -> Callable[[BeamCells], np.ndarray]:
    """
    Return the function that sums the information of beams, nats (b,).

    :param widths: one width in metres, or the widths of the cells of all beams; checked already.
    :param cells: number n of cells for which rows of beams have room.
    """
    kernel, *constants = _kernel_and_constants(method, model, widths, cells)

    def sum_beams(beams: BeamCells) -> np.ndarray:
        """Return the information of some beams, nats (b,)."""
        nats = np.empty(len(beams.lengths))
        kernel(*beams, *constants, model.count_no_hit, nats)
        return nats

    return sum_beams


def _kernel_and_constants(
        method: str, model: BeamModel, widths: float | np.ndarray, cells: int) -> tuple:
    """Return the compiled sum of a method and what it needs besides the cells of the beams."""
    if method == 'noise_free':
        return (noise_free,)
    if method == 'uniform_fsmi':
        return uniform_fsmi, half_width(method, model, widths)
    if method in FSMI_FAMILY and np.ndim(widths) == 0:
        return fsmi, noise_kernel(method, model, widths)
    edges = np.append(0.0, np.cumsum(np.broadcast_to(widths, cells)))
    if method == 'fsmi':
        return fsmi_unequal, edges, model.sigma
    if method == 'numerical':
        return numerical, edges, model.sigma, model.numerical_steps
    centres = np.append((edges[1:] + edges[:-1]) / 2, (3 * edges[-1] - edges[-2]) / 2)
    return csqmi, centres, model.sigma


def cells_in_noise(method: str, model: BeamModel, width: float) -> int:
    """Return how many cells behind the last one reached still enter the sum of a method."""
    if method == 'csqmi':
        return math.ceil(CSQMI_REACH * model.sigma / width) + 1
    return half_width('fsmi' if method == 'numerical' else method, model, width)


def check_occupancy(
        occupancy: np.ndarray, name: str = 'occupancy', dimensions: tuple[int, ...] = (1,),
) -> np.ndarray:
    """
    Return probabilities as a contiguous float64 array.

    :raises ValueError: on other dimensions, no cells, or a value that is NaN or outside [0, 1].
    """
    o = np.asarray(occupancy, np.float64, order='C')
    if o.ndim not in dimensions or o.size == 0:
        shape = ' or '.join('(n,) (b, n)'.split()[d - 1] for d in dimensions)
        raise ValueError(f'{name} must be of shape {shape} with at least one cell, got {o.shape}')
    bad = ~((o >= 0) & (o <= 1))
    if bad.any():
        raise ValueError(
            f'{name} must lie within 0 and 1, got {o[bad][0]!r} at {np.argwhere(bad)[0].tolist()}')
    return o


def check_width(width: float, name: str = 'width') -> float:
    """
    Return a cell width in metres.

    :raises ValueError: if it is not a finite number greater than 0.
    """
    value = np.asarray(width, np.float64)
    if value.ndim != 0 or not (np.isfinite(value) and value > 0):
        raise ValueError(f'{name} must be finite and greater than 0 m, got {width!r}')
    return float(value)


def _check_widths(widths: float | np.ndarray, cells: int, method: str) -> float | np.ndarray:
    """Return the one width that all cells have, or their widths (n,)."""
    if np.ndim(widths) == 0:
        return check_width(widths, 'widths')
    values = np.ascontiguousarray(widths, np.float64)
    if values.shape != (cells,):
        raise ValueError(
            f'widths must be a number or of shape ({cells},) as the cells, got {values.shape}')
    for value in values[~(np.isfinite(values) & (values > 0))][:1]:
        check_width(value, 'widths')
    if np.ptp(values) <= 1e-12 * values[0]:
        return float(values[0])
    if method not in _ANY_WIDTHS:
        raise ValueError(
            f'widths must all be equal for method {method}, got {values.min():g} to '
            f'{values.max():g} m; cells of unequal widths are for {", ".join(_ANY_WIDTHS)}')
    return values
