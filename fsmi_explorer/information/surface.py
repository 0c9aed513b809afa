"""
The mutual information of every cell of a map at once.

For each direction one sweep along its lattice rays (`lattice`, `sweep`) gives the information of
the beams that start in all cells; the sum over the directions is that of a sensor in each cell.
With a limited field of view, the sum over a window of directions is, and the best window counts.
"""

from dataclasses import replace
import math
from types import SimpleNamespace

from fsmi_explorer.information.beam_model import BeamModel, check_method
from fsmi_explorer.information.cell_information import cell_planes, check_grid, NATS_PER_BIT
from fsmi_explorer.information.lattice import Octant, octants_of, row_steps, rows_in_range
from fsmi_explorer.information.sweep import MARGIN, sweep, sweep_limited
import numpy as np

HEADINGS = 24
"""Headings tried per turn, at least, where the field of view is limited."""


def mutual_information_surface(
        grid, model: BeamModel, method: str = 'noise_free', *, threads: int = 1,
        dtype: type = np.float32, heading: bool = False):
    """
    Return the mutual information of a sensor in each cell of a map.

    :param grid: an OccupancyGrid (H, W).
    :param model: the sensor. Where its field of view is less than a full turn, every cell gets
        the information at its best heading.
    :param method: noise_free.
    :param threads: threads that share the work.
    :param dtype: numpy.float32 or numpy.float64.
    :param heading: return the best headings too.
    :returns: bits (H, W); with heading a pair of these and the best headings (H, W) in radians in
        the frame of the map, NaN where the field of view covers the full turn.
    :raises ValueError: naming the argument, the value and what is allowed.
    """
    check_method(method, model, ('noise_free',))
    resolution, origin = check_grid(grid)
    occupancy, f_occ, f_emp = cell_planes(grid.probabilities, model, dtype)
    gain, loss = occupancy * f_occ + (1 - occupancy) * f_emp, 1 - occupancy
    if model.fov >= 2 * math.pi - 1e-9:
        bits = np.zeros_like(gain)
        _add_directions(gain, loss, model.beam_angles - origin[2], model.max_range, resolution, bits)
        bits /= NATS_PER_BIT
        headings = np.full(bits.shape, np.nan, np.float32)
    else:
        bits, headings = _best_headings(gain, loss, model, resolution, origin[2])
    return (bits, headings) if heading else bits


def warm_up(model: BeamModel, method: str = 'noise_free') -> None:
    """Compile the kernels that surfaces of float32 with this model need."""
    grid = SimpleNamespace(
        probabilities=np.full((2, 2), 0.5, np.float32), resolution=1.0, origin=(0.0, 0.0, 0.0))
    for max_range in (0.5, math.inf):
        mutual_information_surface(grid, replace(model, max_range=max_range), method)


def _best_headings(gain, loss, model, resolution, origin_yaw):
    beams = max(1, round(2 * math.pi / HEADINGS / (model.fov / model.num_beams)))
    step = beams * model.fov / model.num_beams
    best = np.full(gain.shape, -1, gain.dtype)
    headings = np.zeros(gain.shape, np.float32)
    window = np.zeros_like(gain)
    first = model.beam_angles - origin_yaw
    _add_directions(gain, loss, first, model.max_range, resolution, window)
    for i in range(math.ceil(2 * math.pi / step - 1e-9)):
        better = window > best
        best[better] = window[better]
        headings[better] = math.remainder(i * step, 2 * math.pi)
        leaving = first[:beams] + i * step
        change = np.zeros_like(gain)
        _add_directions(gain, loss, leaving, model.max_range, resolution, change)
        window -= change
        change[:] = 0
        _add_directions(
            gain, loss, leaving + model.fov, model.max_range, resolution, change)
        window += change
    return best / NATS_PER_BIT, headings


def _add_directions(gain, loss, angles, max_range, resolution, total):
    for octant, slopes in octants_of(angles).items():
        planes, turned = _turned(gain, loss, total, octant)
        rows = planes.shape[1]
        steps = row_steps(slopes, rows)
        ranges = rows_in_range(slopes, max_range, resolution, rows)
        out = np.zeros(planes.shape[1:], gain.dtype)
        if (ranges == rows).all():
            sweep(planes, octant.backward, steps, out)
        else:
            sweep_limited(planes, octant.backward, steps, ranges, out)
        turned += out[:, MARGIN:MARGIN + turned.shape[1]]


def _turned(gain, loss, total, octant: Octant):
    """Return a, b, a2, b2 of the map as the octant sees it, and the same view of the total."""
    views = [each.T if octant.transposed else each for each in (gain, loss, total)]
    if octant.mirrored:
        views = [each[:, ::-1] for each in views]
    gain, loss, total = views
    planes = np.zeros((4, gain.shape[0], gain.shape[1] + 2 * MARGIN), gain.dtype)
    a, b, a2, b2 = planes
    a[:, MARGIN:-MARGIN], b[:, MARGIN:-MARGIN] = gain, loss
    a2[:, :-1] = a[:, :-1] + b[:, :-1] * a[:, 1:]
    b2[:, :-1] = b[:, :-1] * b[:, 1:]
    return planes, total
