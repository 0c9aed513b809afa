"""Sweeps along the rows or the columns of a map, and the sum of what they find in every cell."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

from fsmi_explorer.information.beam_model import BeamModel, FSMI_FAMILY
from fsmi_explorer.information.cell_information import CellPlanes
from fsmi_explorer.information.lattice import Course, Octant, row_steps, STEEPEST, steps_in_range
from fsmi_explorer.information.noise import half_width, noise_kernel
from fsmi_explorer.information.sweep_change import copy_rows, sweep_change
from fsmi_explorer.information.sweep_layout import cells_of, lay_out, layout_of, MARGIN
from fsmi_explorer.information.sweep_limited import block_lengths, sweep_limited
from fsmi_explorer.information.sweep_noise_free import affine_maps, sweep_noise_free
from fsmi_explorer.information.sweep_noisy import one_sided, sweep_noisy
from fsmi_explorer.information.sweep_noisy_limited import sweep_noisy_limited
from fsmi_explorer.information.vectors import aligned_zeros
import numpy as np

_MANY_ROWS = 1 << 30


class AxisSweeps(ABC):
    """
    Sums the information of beams along one axis of a map, for every start cell.

    :param planes: what sweeps need to know of the cells of the map, planes (H, W).
    :param transposed: whether the beams run along the columns of the map, else the rows.
    :param beyond: rows and columns of the whole map on either side of the planes where these are
        a part of it: before the first row, after the last one, then the same of the columns.
    :param reach: cells that a sweep looks ahead.
    """

    def __init__(
            self, planes: tuple[np.ndarray, ...], transposed: bool,
            beyond: tuple[int, int, int, int] = (0, 0, 0, 0), reach: int = 0):
        """Lay the map out; nothing is swept yet."""
        self._transposed = transposed
        self._before, self._after = beyond[2:] if transposed else beyond[:2]
        self._layout = layout_of(planes[0].shape, transposed, reach)
        self._planes = lay_out(planes, self._layout, transposed)
        self._out = aligned_zeros(self._layout.plane, self._planes.dtype)

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
            if octant.transposed == self._transposed and slopes.size > 0:
                first = self._after if octant.backward else self._before
                course = Course(octant.backward, octant.mirrored, first)
                self._sweep(course, slopes, self._out.dtype.type(sign))

    @abstractmethod
    def _sweep(self, course: Course, slopes: np.ndarray, sign: np.floating) -> None:
        """Add the beams of some directions of one octant."""


class NoiseFreeSweeps(AxisSweeps):
    """Sweeps of noise-free FSMI with no hit counted, over the planes a and b."""

    def __init__(self, *arguments, **options):
        """Lay the map out; nothing is swept yet."""
        super().__init__(*arguments, **options)
        self._known_kinds: dict[bytes, np.ndarray] = {}

    def _sweep(self, course, slopes, sign):
        steps = row_steps(slopes, course.first, self._layout.rows + 1)
        sweep_noise_free(self._planes, self._layout, course, steps, sign, self._out)

    def change(
            self, planes: tuple[np.ndarray, np.ndarray], row: int, column: int,
            octants: dict[Octant, np.ndarray]) -> None:
        """
        Change cells of the map, and the sums that hold the beams of some octants.

        :param planes: a and b of the new cells, a rectangle (h, w).
        :param row: of the map, where the rectangle begins.
        :param column: of the map, where it begins.
        :param octants: all directions that were added before.
        """
        gain, loss = planes
        height, width = gain.shape
        if self._transposed:
            gain, loss, row, column, height, width = gain.T, loss.T, column, row, width, height
        layout = self._layout
        before = copy_rows(self._planes, layout, row - 2, row + height + 2)
        for i, plane in enumerate((gain, loss)):
            target = cells_of(self._planes[layout.room + i * layout.plane:], layout)
            target[row:row + height, column:column + width] = plane
        for octant, slopes in octants.items():
            if octant.transposed == self._transposed:
                first = layout.rows - row - height if octant.backward else row
                sweep_change(
                    self._planes, before, layout, Course(octant.backward, octant.mirrored, 0),
                    slopes, self._kinds(slopes),
                    (first, first + height, MARGIN + column, MARGIN + column + width), self._out)

    def _kinds(self, slopes: np.ndarray) -> np.ndarray:
        """Return the kinds of steps (k, rows) of directions; equal octants share them."""
        key = slopes.tobytes()
        if key not in self._known_kinds:
            self._known_kinds[key] = row_steps(slopes, 0, self._layout.rows).T.copy()
        return self._known_kinds[key]


class LimitedSweeps(AxisSweeps):
    """
    Sweeps of noise-free FSMI with no hit counted and a range limit, over the planes a and b.

    :param max_range: of the beams, in cells.
    """

    def __init__(
            self, planes: tuple[np.ndarray, ...], transposed: bool, max_range: float,
            beyond: tuple[int, int, int, int] = (0, 0, 0, 0)):
        """Lay the map out; nothing is swept yet."""
        super().__init__(planes, transposed, beyond)
        self._max_range = max_range

    def _sweep(self, course, slopes, sign):
        ranges = steps_in_range(slopes, self._max_range, self._layout.rows)
        sweep_limited(
            self._planes, self._layout, course, slopes, ranges, block_lengths(ranges), sign,
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
            noise: np.ndarray, count_no_hit: bool,
            beyond: tuple[int, int, int, int] = (0, 0, 0, 0)):
        """Lay the map out; nothing is swept yet."""
        inside = np.ones_like(planes[0])
        super().__init__((*planes, inside), transposed, beyond, noise.size // 2)
        self._max_range = max_range
        self._noise = one_sided(noise, inside.dtype.type)
        self._no_hit = inside.dtype.type(count_no_hit)

    def _sweep(self, course, slopes, sign):
        ranges = steps_in_range(slopes, self._max_range, self._layout.rows)
        if (ranges == self._layout.rows).all():
            sweep_noisy(
                self._planes, self._layout, course, slopes, self._noise, self._no_hit, sign,
                self._out)
        else:
            sweep_noisy_limited(
                self._planes, self._layout, course, slopes, ranges, self._noise, self._no_hit,
                sign, self._out)


def can_sweep(model: BeamModel, method: str, resolution: float) -> bool:
    """Tell whether there are sweeps for a method: for FSMI, unless noise reaches beyond range."""
    if method not in FSMI_FAMILY:
        return False
    shortest = steps_in_range(STEEPEST, model.max_range / resolution, _MANY_ROWS)
    return shortest > half_width(method, model, resolution)


def is_plain(model: BeamModel, method: str) -> bool:
    """Tell whether a method is the one-state recursion: no noise, and no hit counted."""
    return method == 'noise_free' and model.count_no_hit


def reaches_all(model: BeamModel, resolution: float, shape: tuple[int, int]) -> bool:
    """Tell whether no beam ends within a map for its range."""
    rows = max(shape)
    return bool(steps_in_range(STEEPEST, model.max_range / resolution, rows) == rows)


def sweeper(
        cells: CellPlanes, model: BeamModel, method: str, resolution: float,
        beyond: tuple[int, int, int, int] = (0, 0, 0, 0)) -> Callable[[bool], AxisSweeps]:
    """
    Return the function that makes the sweeps of a method for the rows or, transposed, the columns.

    :param cells: of the map or a part of it; their memory may be used for something else.
    :param beyond: see `AxisSweeps`.
    """
    max_range = model.max_range / resolution
    if not is_plain(model, method):
        return partial(
            NoisySweeps, cells, beyond=beyond, max_range=max_range,
            noise=noise_kernel(method, model, resolution), count_no_hit=model.count_no_hit)
    planes = affine_planes(cells)
    if reaches_all(model, resolution, planes[0].shape):
        return partial(NoiseFreeSweeps, planes, beyond=beyond)
    return partial(LimitedSweeps, planes, beyond=beyond, max_range=max_range)


def affine_planes(cells: CellPlanes) -> tuple[np.ndarray, np.ndarray]:
    """Return a and b of `sweep_noise_free`, written over what is known of the cells."""
    affine_maps(*(plane.reshape(-1) for plane in cells))
    return cells.f_occ, cells.occupancy
