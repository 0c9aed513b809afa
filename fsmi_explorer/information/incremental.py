"""The mutual information of every cell of a map that changes piece by piece."""

import math

from fsmi_explorer.information.beam_model import BeamModel, check_method
from fsmi_explorer.information.cell_information import cell_planes, check_grid, NATS_PER_BIT
from fsmi_explorer.information.lattice import octants_of
from fsmi_explorer.information.surface import (
    cast_surface,
    covers_full_turn,
    mutual_information_surface,
    share,
    sweep_surface,
)
from fsmi_explorer.information.sweep import (
    affine_planes,
    can_sweep,
    is_plain,
    NoiseFreeSweeps,
    reaches_all,
)
from fsmi_explorer.information.sweep_layout import add_up
from fsmi_explorer.mapping.rectangle import Rectangle
import numpy as np

_LARGE_CHANGE = 0.08
"""Share of the map whose change costs as much as the whole surface, where beams have no limit."""

_LARGE_PART = 0.7
"""Share of the map that is not worth cutting out where beams have a limit."""

_CHANGES_IN_A_ROW = 50
"""After so many changes the sums are made anew, so that rounding errors do not add up for ever."""


class SurfaceUpdater:
    """
    Keeps the surface of a growing map, in float32, and computes anew only what a change can reach.

    - Beams without range limit and noise, no hit counted, full turn: only rays through the changed
      rectangle are followed, as far as anything gets there. What comes out differs from the
      surface made anew by less than 1e-5 of its largest value.
    - A range limit, any method: only cells that reach the rectangle. Equal to the surface made
      anew but for rounding, below 1e-5 relative.
    - All else, and after a change of the size or the origin of the map: everything.

    :param model: the sensor.
    :param method: one of `METHODS`.
    :param threads: threads that share the work.
    :raises ValueError: naming the argument, the value and what is allowed.
    """

    def __init__(self, model: BeamModel, method: str = 'noise_free', threads: int = 1):
        """Start without a map."""
        check_method(method, model)
        self._model, self._method, self._threads = model, method, threads
        self._surface = (np.empty((0, 0), np.float32), np.empty((0, 0), np.float32))
        self._sums: _Sums | None = None
        self._place = None

    def update(self, grid, changed: Rectangle | None = None) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the surface of the map as it is now.

        :param grid: an OccupancyGrid (H, W).
        :param changed: cells outside which the map is as it was in the call before; None for all.
        :returns: bits (H, W) and best headings (H, W), see `mutual_information_surface`; arrays
            that later calls leave alone.
        :raises ValueError: naming the attribute of the grid, the value and what is allowed.
        """
        place = (np.shape(grid.probabilities), *check_grid(grid))
        known, self._place = self._place, None
        if changed is None or known != place:
            self._surface = self._make_anew(grid)
        else:
            changed = Rectangle(*changed).expand(0, place[0])
            if min(changed.shape) > 0:
                self._surface = self._change(grid, changed)
        self._place = place
        return self._surface

    def _make_anew(self, grid) -> tuple[np.ndarray, np.ndarray]:
        resolution, origin = check_grid(grid)
        model, shape = self._model, np.shape(grid.probabilities)
        if (is_plain(model, self._method) and covers_full_turn(model)
                and reaches_all(model, resolution, shape)):
            self._sums = _Sums(grid, model, self._threads)
            return self._sums.surface()
        return mutual_information_surface(
            grid, model, self._method, threads=self._threads, heading=True)

    def _change(self, grid, changed: Rectangle) -> tuple[np.ndarray, np.ndarray]:
        if self._sums is None:
            return self._redo_part(grid, changed)
        if self._sums.is_worth_changing(changed):
            self._sums.change(grid, changed)
            return self._sums.surface()
        return self._make_anew(grid)

    def _redo_part(self, grid, changed: Rectangle) -> tuple[np.ndarray, np.ndarray]:
        """Compute the cells in range of the change, on the part of the map in their range."""
        resolution, origin = check_grid(grid)
        rows, columns = shape = np.shape(grid.probabilities)
        reach = math.ceil(min(self._model.max_range / resolution, rows + columns)) + 2
        aim, part = changed.expand(reach, shape), changed.expand(2 * reach, shape)
        if part.area > _LARGE_PART * rows * columns:
            return self._make_anew(grid)
        if can_sweep(self._model, self._method, resolution):
            found = sweep_surface(
                cell_planes(grid.probabilities[part.slices], self._model, np.float32),
                self._model, self._method, resolution, origin[2], self._threads,
                (part.row0, rows - part.row1, part.col0, columns - part.col1))
            cut = aim.shifted(-part.row0, -part.col0).slices
            found = [each[cut] for each in found]
        else:
            found = cast_surface(
                grid, aim, self._model, self._method, self._threads, np.float32)
        surface = tuple(each.copy() for each in self._surface)
        for each, new in zip(surface, found):
            each[aim.slices] = new
        return surface


class _Sums:
    """Sums of noise-free beams without limit, to which what a change makes of them is added."""

    def __init__(self, grid, model: BeamModel, threads: int):
        """Sweep the map."""
        resolution, origin = check_grid(grid)
        self._model, self._threads = model, threads
        self._changes = 0
        self._octants = octants_of(model.beam_angles - origin[2])
        planes = affine_planes(cell_planes(grid.probabilities, model, np.float32))
        self._axes = [NoiseFreeSweeps(planes, transposed) for transposed in (False, True)]
        share(threads, lambda axis: axis.add(self._octants), self._axes)
        self._headings = np.full(planes[0].shape, np.nan, np.float32)

    def is_worth_changing(self, changed: Rectangle) -> bool:
        """Tell whether a change is small, and the sums are not worn out by earlier ones."""
        cells = self._axes[0].nats.size
        return changed.area < _LARGE_CHANGE * cells and self._changes < _CHANGES_IN_A_ROW

    def change(self, grid, changed: Rectangle) -> None:
        """Add a change of the map."""
        planes = affine_planes(
            cell_planes(grid.probabilities[changed.slices], self._model, np.float32))
        share(
            self._threads,
            lambda axis: axis.change(planes, changed.row0, changed.col0, self._octants),
            self._axes)
        self._changes += 1

    def surface(self) -> tuple[np.ndarray, np.ndarray]:
        """Return bits, and headings of NaN."""
        upright, transposed = (axis.nats for axis in self._axes)
        bits = np.empty(upright.shape, np.float32)
        add_up(upright, transposed, np.float32(1 / NATS_PER_BIT), bits)
        return bits, self._headings
