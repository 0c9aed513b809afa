"""
The noise of a range over cells of equal width: how far off the hit cell a measurement falls.

The FSMI family is one sum over the cell j that is hit and the cell k that is measured,
sum_j sum_k P(e_j) C_k g(k - j); its members differ in the kernel g alone.
"""

import math

from fsmi_explorer.information.beam_model import BeamModel
import numpy as np

NORMAL_REACH = 8.4
"""Beyond so many standard deviations the normal distribution holds less than 1e-16."""


def gaussian_kernel(cells: float, half_width: int) -> np.ndarray:
    """
    Return the weights of the cells around the hit cell under normal noise.

    g(d) = Phi((d + 1/2) / s) - Phi((d - 1/2) / s), summed from the far side of the tail, where
    the difference keeps its digits.

    :param cells: standard deviation s in cell widths, greater than 0.
    :param half_width: number D of cells kept to either side.
    :returns: float64 (2 D + 1,), symmetric; what falls outside is dropped.
    """
    edges = (np.arange(half_width + 2) - 0.5) / (cells * math.sqrt(2))
    tails = np.array([math.erfc(edge) / 2 for edge in edges])
    side = tails[:-1] - tails[1:]
    return np.concatenate([side[:0:-1], side])


def uniform_kernel(half_width: int) -> np.ndarray:
    """Return the weights (2 H + 1,) of noise that is uniform over 2 H + 1 cells."""
    return np.full(2 * half_width + 1, 1 / (2 * half_width + 1))


def half_width(method: str, model: BeamModel, width: float) -> int:
    """
    Return how many cells to either side of the hit cell a method of the FSMI family looks at.

    - fsmi: ceil(8.4 sigma / w) + 1, all that can be told from the full sum in double precision;
    - approx_fsmi: D = max(1, ceil(truncation sigma / w)), 4 sigma by default;
    - uniform_fsmi: H = round(sqrt(3) sigma / w): a uniform distribution of standard deviation
      sigma reaches sqrt(3) sigma to either side;
    - noise_free: 0.

    :param width: width w of a cell in metres.
    """
    cells = model.sigma / width
    if method == 'fsmi':
        return math.ceil(NORMAL_REACH * cells) + 1
    if method == 'approx_fsmi':
        # 3 sigma of 0.1 m are 3 cells of 0.1 m, though 3 * 0.1 / 0.1 exceeds 3 in floating point.
        return max(1, math.ceil(model.truncation * cells - 1e-9))
    if method == 'uniform_fsmi':
        return math.floor(math.sqrt(3) * cells + 0.5)
    return 0


def noise_kernel(method: str, model: BeamModel, width: float) -> np.ndarray:
    """
    Return the kernel g of a method of the FSMI family for cells of one width.

    :param method: one of `FSMI_FAMILY`.
    :param width: width of a cell in metres; on a map its resolution, whatever the direction of
        the beam: noise is counted in cells crossed, each a whole one however short the crossing.
    :returns: float64 (2 D + 1,) weights of the cells D before to D behind the hit cell.
    """
    reach = half_width(method, model, width)
    if method in ('fsmi', 'approx_fsmi'):
        return gaussian_kernel(model.sigma / width, reach)
    return uniform_kernel(reach)
