"""
The mutual information of every cell of a map at once.

For each direction one sweep along its lattice rays (`lattice`, `sweep`) gives the information of
the beams that start in all cells; the sum over the directions is that of a sensor in each cell.
With a limited field of view it is the sum over a window of directions, and the best window counts.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import math
from types import SimpleNamespace

from fsmi_explorer.information.beam_model import BeamModel, check_method
from fsmi_explorer.information.cell_information import (
    cell_planes,
    CellPlanes,
    check_grid,
    NATS_PER_BIT,
)
from fsmi_explorer.information.lattice import octants_of
from fsmi_explorer.information.pose import pose_mutual_information
from fsmi_explorer.information.sweep import AxisSweeps, can_sweep, sweeper
from fsmi_explorer.information.sweep_layout import add_up, keep_best
from fsmi_explorer.mapping.rectangle import Rectangle
import numpy as np

HEADINGS = 36
"""Headings tried per turn, at least, where the field of view is limited."""


def mutual_information_surface(
        grid, model: BeamModel, method: str = 'noise_free', *, threads: int = 1,
        dtype: type = np.float32, heading: bool = False):
    """
    Return the mutual information of a sensor in the middle of each cell of a map.

    The methods of the FSMI family are swept along lattice rays: each passes a cell up to half a
    cell beside its middle, where the beams of `pose_mutual_information` would start, and a range
    limit is rounded to whole steps from row to row. That evens out over the directions. With 600
    beams and no occupancy beyond 0.03 and 0.97 most cells differ by less than 0.1 %. Where
    nothing but sharp edges of certain cells decides what is seen, the few beams that get to
    something unknown are counted, and the count depends on where exactly they start. There it
    takes more beams, not only here but in `pose_mutual_information` too.

    The other methods, and beams shorter than their noise, are cast beam by beam, which takes some
    thousand times longer.

    :param grid: an OccupancyGrid (H, W).
    :param model: the sensor. Where its field of view is less than a full turn, every cell gets
        the information at its best heading.
    :param method: one of `METHODS`.
    :param threads: threads that share the work.
    :param dtype: numpy.float32 or numpy.float64.
    :param heading: return the best headings too.
    :returns: bits (H, W); with heading a pair of these and the best headings (H, W) float32 in
        radians in the frame of the map, NaN where the field of view covers the full turn.
    :raises ValueError: naming the argument, the value and what is allowed.
    """
    check_method(method, model)
    if threads < 1:
        raise ValueError(f'threads must be at least 1, got {threads!r}')
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise ValueError(f'dtype must be numpy.float32 or numpy.float64, got {dtype!r}')
    resolution, origin = check_grid(grid)
    cells = cell_planes(grid.probabilities, model, dtype)
    if can_sweep(model, method, resolution):
        bits, best = sweep_surface(cells, model, method, resolution, origin[2], threads)
    else:
        whole = Rectangle(0, 0, *cells.occupancy.shape)
        bits, best = cast_surface(grid, whole, model, method, threads, dtype)
    return (bits, best) if heading else bits


def sweep_surface(
        cells: CellPlanes, model: BeamModel, method: str, resolution: float, origin_yaw: float,
        threads: int, beyond: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return bits and best headings (H, W) of a map or a part of it, swept.

    :param cells: of the part; their memory may be used for something else.
    :param beyond: rows and columns of the map around it, see `AxisSweeps`.
    """
    sweeps = sweeper(cells, model, method, resolution, beyond)
    sweep = _sweep_full_turn if covers_full_turn(model) else _sweep_headings
    return sweep(sweeps, model, origin_yaw, threads)


def warm_up(model: BeamModel, method: str = 'noise_free') -> None:
    """Compile what surfaces of float32 need, for a sensor with any range and field of view."""
    size, resolution = 8, 10 * model.sigma or 1.0
    grid = SimpleNamespace(
        probabilities=np.full((size, size), 0.5, np.float32), resolution=resolution,
        origin=(0.0, 0.0, 0.0))
    for max_range in (size / 2 * resolution, math.inf):
        for fov in (1.0, 2 * math.pi):
            mutual_information_surface(
                grid, replace(model, max_range=max_range, fov=fov, num_beams=1), method)


def covers_full_turn(model: BeamModel) -> bool:
    """Tell whether the heading of the sensor does not matter."""
    return model.fov >= 2 * math.pi - 1e-9


def _headings(model: BeamModel) -> list[np.ndarray]:
    """
    Return the headings that are tried, in series whose members lie whole beams apart.

    There is one series, unless the beams lie further apart than headings should.
    """
    if covers_full_turn(model):
        return [np.zeros(1)]
    between = model.fov / model.num_beams
    count = math.ceil(between / (2 * math.pi / HEADINGS))
    return [
        np.arange(i * between / count, 2 * math.pi, between * _beams_apart(model))
        for i in range(count)]


def _beams_apart(model: BeamModel) -> int:
    """Return by how many beams a heading of a series differs from the next."""
    return max(1, math.floor(2 * math.pi / HEADINGS / (model.fov / model.num_beams)))


def _sweep_full_turn(
        sweeps: Callable[[bool], AxisSweeps], model: BeamModel, origin_yaw: float,
        threads: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the bits of a full turn and headings of NaN; threads share the directions."""
    octants = octants_of(model.beam_angles - origin_yaw)
    parts = (threads + 1) // 2

    def sweep_part(transposed: bool, part: int) -> np.ndarray:
        """Return the sum over a part of the directions along one axis, in nats."""
        axis = sweeps(transposed)
        axis.add({octant: slopes[part::parts] for octant, slopes in octants.items()})
        return axis.nats

    jobs = [(transposed, part) for part in range(parts) for transposed in (False, True)]
    nats = share(threads, sweep_part, *zip(*jobs))
    upright, transposed = sum(nats[2::2], nats[0]), sum(nats[3::2], nats[1])
    bits = np.empty(upright.shape, upright.dtype)
    add_up(upright, transposed, bits.dtype.type(1 / NATS_PER_BIT), bits)
    return bits, np.full(bits.shape, np.nan, np.float32)


def _sweep_headings(
        sweeps: Callable[[bool], AxisSweeps], model: BeamModel, origin_yaw: float,
        threads: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the bits at the best heading of each cell, and these headings."""
    axes = (sweeps(False), sweeps(True))
    best = np.full(axes[0].nats.shape, -1, axes[0].nats.dtype)
    headings = np.zeros(best.shape, np.float32)
    apart = _beams_apart(model)

    def add(angles: np.ndarray, sign: int) -> None:
        """Add the beams of some directions, or take them away."""
        octants = octants_of(angles - origin_yaw)
        share(threads, lambda axis: axis.add(octants, sign), axes)

    for series in _headings(model):
        angles = series[0] + model.beam_angles[0] + (model.fov / model.num_beams) * np.arange(
            (series.size - 1) * apart + model.num_beams)
        add(angles[:model.num_beams], 1)
        for first, yaw in zip(range(0, angles.size, apart), series):
            if first > 0:
                add(angles[first - apart:first], -1)
                add(angles[first + model.num_beams - apart:first + model.num_beams], 1)
            keep_best(axes[0].nats, axes[1].nats, math.remainder(yaw, 2 * math.pi), best, headings)
        add(angles[first:], -1)
    np.maximum(best, 0, out=best)
    best /= NATS_PER_BIT
    return best, headings


def share(threads: int, function: Callable, *arguments: Iterable) -> list:
    """Return the results of a function for all arguments, worked out by some threads."""
    if threads == 1:
        return list(map(function, *arguments))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, *arguments))


def cast_surface(
        grid, part: Rectangle, model: BeamModel, method: str, threads: int,
        dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Return bits and best headings of a part of a map, cast from the middle of each cell."""
    resolution, (x, y, yaw) = check_grid(grid)
    rows, columns = np.indices(part.shape) + 0.5
    turned = complex(math.cos(yaw), math.sin(yaw)) * resolution * (
        (columns + part.col0) + 1j * (rows + part.row0)).reshape(-1)
    best = np.full(turned.size, -1, dtype)
    headings = np.zeros(turned.size, np.float32)
    for heading in np.concatenate(_headings(model)):
        poses = np.stack(
            [x + turned.real, y + turned.imag, np.full(turned.size, heading)], axis=1)
        bits = pose_mutual_information(grid, poses, model, method, threads=threads)
        better = bits > best
        best[better], headings[better] = bits[better], math.remainder(heading, 2 * math.pi)
    if covers_full_turn(model):
        headings[:] = np.nan
    return best.reshape(part.shape), headings.reshape(part.shape)
