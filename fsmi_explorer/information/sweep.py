"""Sweeps along the rows or the columns of a map, and the sum of what they find in every cell."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

from fsmi_explorer.information.beam_model import BeamModel, FSMI_FAMILY
from fsmi_explorer.information.cell_information import CellPlanes
from fsmi_explorer.information.lattice import Octant, row_steps, STEEPEST, steps_in_range
from fsmi_explorer.information.noise import half_width, noise_kernel
from fsmi_explorer.information.sweep_layout import cells_of, lay_out, layout_of
from fsmi_explorer.information.sweep_limited import block_lengths, sweep_limited
from fsmi_explorer.information.sweep_noise_free import affine_maps, sweep_noise_free
from fsmi_explorer.information.sweep_noisy import one_sided, sweep_noisy
from fsmi_explorer.information.sweep_noisy_limited import sweep_noisy_limited
import numpy as np

_MANY_ROWS = 1 << 30


class AxisSweeps(ABC):
    """
    Sums the information of beams along one axis of a map, for every start cell.

    :param planes: what sweeps need to know of the cells of the map, planes (H, W).
    :param transposed: whether the beams run along the columns of the map, else the rows.
    :param reach: cells that a sweep looks ahead.
    """

    def __init__(self, planes: tuple[np.ndarray, ...], transposed: bool, reach: int = 0):
        """Lay the map out; nothing is swept yet."""
        self._transposed = transposed
        self._layout = layout_of(planes[0].shape, transposed, reach)
        self._planes = lay_out(planes, self._layout, transposed)
        self._out = np.zeros(self._layout.plane, self._planes.dtype)

    @property
    def nats(self) -> np.ndarray:
        """The sum so far, a view (H, W) or, transposed, (W, H)."""
        return cells_of(self._out, self._layout)

    def add(self, octants: dict[Octant, np.ndarray], sign: int = 1) -> None:
        """
        Add the beams of all directions along this axis.

        :param octants: slopes of the directions of each octant, see `octants_of`.
        :param sign: 1, or -1 to take away what was added before.
        """
        for octant, slopes in octants.items():
            if octant.transposed == self._transposed:
                self._sweep(octant, slopes, self._out.dtype.type(sign))

    @abstractmethod
    def _sweep(self, octant: Octant, slopes: np.ndarray, sign: np.floating) -> None:
        """Add the beams of some directions of an octant."""


class NoiseFreeSweeps(AxisSweeps):
    """Sweeps of noise-free FSMI with no hit counted, over the planes a and b."""

    def _sweep(self, octant, slopes, sign):
        steps = row_steps(slopes, self._layout.rows + 1)
        sweep_noise_free(self._planes, self._layout, octant, steps, sign, self._out)


class LimitedSweeps(AxisSweeps):
    """
    Sweeps of noise-free FSMI with no hit counted and a range limit, over the planes a and b.

    :param max_range: of the beams, in cells.
    """

    def __init__(self, planes: tuple[np.ndarray, ...], transposed: bool, max_range: float):
        """Lay the map out; nothing is swept yet."""
        super().__init__(planes, transposed)
        self._max_range = max_range

    def _sweep(self, octant, slopes, sign):
        ranges = steps_in_range(slopes, self._max_range, self._layout.rows)
        sweep_limited(
            self._planes, self._layout, octant, slopes, ranges, block_lengths(ranges), sign,
            self._out)


class NoisySweeps(AxisSweeps):
    """
    Sweeps of FSMI with range noise, over the planes o, f_occ and f_emp.

    :param max_range: of the beams, in cells.
    :param noise: (2 D + 1,) symmetric kernel of range noise.
    :param count_no_hit: whether a beam that hits nothing is information.
    """

    def __init__(
            self, planes: tuple[np.ndarray, ...], transposed: bool, max_range: float,
            noise: np.ndarray, count_no_hit: bool):
        """Lay the map out; nothing is swept yet."""
        inside = np.ones_like(planes[0])
        super().__init__((*planes, inside), transposed, noise.size // 2)
        self._max_range = max_range
        self._noise = one_sided(noise, inside.dtype.type)
        self._no_hit = inside.dtype.type(count_no_hit)

    def _sweep(self, octant, slopes, sign):
        ranges = steps_in_range(slopes, self._max_range, self._layout.rows)
        if (ranges == self._layout.rows).all():
            sweep_noisy(
                self._planes, self._layout, octant, slopes, self._noise, self._no_hit, sign,
                self._out)
        else:
            sweep_noisy_limited(
                self._planes, self._layout, octant, slopes, ranges, self._noise, self._no_hit,
                sign, self._out)


def can_sweep(model: BeamModel, method: str, resolution: float) -> bool:
    """Tell whether there are sweeps for a method: for FSMI, unless noise reaches beyond range."""
    if method not in FSMI_FAMILY:
        return False
    shortest = steps_in_range(STEEPEST, model.max_range / resolution, _MANY_ROWS)
    return shortest > half_width(method, model, resolution)


def sweeper(
        cells: CellPlanes, model: BeamModel, method: str,
        resolution: float) -> Callable[[bool], AxisSweeps]:
    """
    Return the function that makes the sweeps of a method for the rows or, transposed, the columns.

    :param cells: of the map; their memory may be used for something else.
    """
    max_range = model.max_range / resolution
    if method != 'noise_free' or not model.count_no_hit:
        return partial(
            NoisySweeps, cells, max_range=max_range,
            noise=noise_kernel(method, model, resolution), count_no_hit=model.count_no_hit)
    affine_maps(*(plane.reshape(-1) for plane in cells))
    planes, rows = (cells.f_occ, cells.occupancy), max(cells.occupancy.shape)
    if steps_in_range(STEEPEST, max_range, rows) < rows:
        return partial(LimitedSweeps, planes, max_range=max_range)
    return partial(NoiseFreeSweeps, planes)
