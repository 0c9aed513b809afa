"""The mutual information of a sensor at any pose of a map, beam by beam."""

from concurrent.futures import ThreadPoolExecutor
import math

from fsmi_explorer.information.beam import beam_sum, BeamCells, cells_in_noise
from fsmi_explorer.information.beam_model import BeamModel, check_method
from fsmi_explorer.information.cell_information import cell_planes, check_grid, NATS_PER_BIT
from fsmi_explorer.information.ray_casting import gather_beams
import numpy as np

_BEAMS_AT_ONCE = 128
"""Beams written out before they are summed: few enough to stay in the cache."""

_BEAMS_PER_TASK = 2048
"""Beams that one thread takes at a time."""


def pose_mutual_information(
        grid, poses: np.ndarray, model: BeamModel, method: str, *,
        threads: int = 1) -> np.ndarray:
    """
    Return the information that a scan from each pose is expected to bring, summed over its beams.

    The beams start at the pose itself, wherever in its cell that is, and take every cell that they
    enter at a distance less than max_range. For range noise each of them is as wide as the
    resolution. Cells never observed count as the model says.

    :param grid: an OccupancyGrid, its origin may be turned.
    :param poses: (k, 3) x, y in metres and yaw in radians, in the frame of the map.
    :param model: the sensor.
    :param method: one of `METHODS`, as in `beam_mutual_information`.
    :param threads: threads that share the poses.
    :returns: bits (k,).
    :raises ValueError: naming the argument, the value and what is allowed; a pose outside the map
        is refused.
    """
    check_method(method, model)
    if threads < 1:
        raise ValueError(f'threads must be at least 1, got {threads!r}')
    resolution, origin = check_grid(grid)
    planes = cell_planes(grid.probabilities, model)
    poses = _to_cells(poses, planes.occupancy.shape, resolution, origin)
    caster = _Caster(np.stack(planes, axis=-1), resolution, model, method)
    at_once = max(1, _BEAMS_PER_TASK // model.num_beams)
    parts = [poses[i:i + at_once] for i in range(0, len(poses), at_once)]
    if threads == 1:
        return np.concatenate([caster.bits(part) for part in parts] or [np.empty(0)])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(caster.bits, parts)) or [np.empty(0)])


def beam_cells(grid, pose: np.ndarray, max_range: float = math.inf) -> np.ndarray:
    """
    Return the cells that a beam from a pose along its yaw takes, near to far.

    :param grid: an OccupancyGrid.
    :param pose: (3,) x, y in metres and yaw in radians, in the frame of the map.
    :param max_range: in metres.
    :returns: int64 (n, 2) row, column.
    :raises ValueError: naming the argument, the value and what is allowed.
    """
    if not max_range > 0:
        raise ValueError(f'max_range must be greater than 0, got {max_range!r}')
    resolution, origin = check_grid(grid)
    rows, cols = shape = np.shape(grid.probabilities)
    x, y, angle = _to_cells(np.reshape(pose, (1, -1)), shape, resolution, origin)[0]
    transparent = np.stack([np.zeros(shape), *np.indices(shape)], axis=-1)
    found, lengths = np.empty((3, 1, rows + cols)), np.empty(1, np.int64)
    gather_beams(
        transparent, np.array([[x, y]]), np.array([angle]), max_range / resolution, 0,
        *found, lengths)
    return found[1:, 0, :lengths[0]].T.astype(np.int64)


def _to_cells(
        poses: np.ndarray, shape: tuple[int, int], resolution: float,
        origin: tuple[float, float, float]) -> np.ndarray:
    """Return poses (k, 3) in the frame of the map, in cells, checked to lie on it."""
    given = np.asarray(poses, np.float64)
    if given.ndim != 2 or given.shape[1] != 3:
        raise ValueError(f'poses must be of shape (k, 3), x y yaw, got {given.shape}')
    if not np.isfinite(given).all():
        bad = np.argwhere(~np.isfinite(given))[0, 0]
        raise ValueError(f'poses must be finite, got {given[bad].tolist()} in row {bad}')
    x, y, yaw = origin
    cos, sin = math.cos(yaw), math.sin(yaw)
    east, north = given[:, 0] - x, given[:, 1] - y
    cells = np.stack([
        (cos * east + sin * north) / resolution, (cos * north - sin * east) / resolution,
        given[:, 2] - yaw], axis=1)
    rows, cols = shape
    inside = (cells[:, :2] >= 0).all(1) & (cells[:, 0] < cols) & (cells[:, 1] < rows)
    if not inside.all():
        bad = np.argmin(inside)
        raise ValueError(
            f'poses must lie on the map of {cols * resolution:g} x {rows * resolution:g} m with '
            f'origin {origin}, got {given[bad].tolist()} in row {bad}')
    return cells


class _Caster:
    """Casts beams in a map and sums their information."""

    def __init__(self, cells: np.ndarray, resolution: float, model: BeamModel, method: str):
        self._cells = cells
        self._angles = model.beam_angles
        self._max_range = model.max_range / resolution
        self._margin = cells_in_noise(method, model, resolution)
        rows, cols, _ = cells.shape
        self._longest = int(min(rows + cols, math.sqrt(2) * self._max_range + 3))
        self._sum_beams = beam_sum(method, model, resolution, self._longest)

    def bits(self, poses: np.ndarray) -> np.ndarray:
        """Return the information of scans from poses (k, 3) in cells and radians, bits (k,)."""
        starts = np.repeat(poses[:, :2], self._angles.size, axis=0)
        angles = (poses[:, 2:] + self._angles).reshape(-1)
        nats = np.empty(angles.size)
        cells = np.empty((3, min(_BEAMS_AT_ONCE, angles.size), self._longest))
        for i in range(0, angles.size, _BEAMS_AT_ONCE):
            part = slice(i, i + _BEAMS_AT_ONCE)
            lengths = np.empty(angles[part].size, np.int64)
            beams = BeamCells(*cells[:, :lengths.size], lengths)
            gather_beams(
                self._cells, starts[part], angles[part], self._max_range, self._margin, *beams)
            nats[part] = self._sum_beams(beams)
        return nats.reshape(len(poses), -1).sum(axis=1) / NATS_PER_BIT
