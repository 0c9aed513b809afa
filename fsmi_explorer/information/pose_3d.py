"""The mutual information of range sensors at any pose of a map of voxels."""

from concurrent.futures import ThreadPoolExecutor
import math

from fsmi_explorer.information.beam_model import BeamModel, check_method, FSMI_FAMILY
from fsmi_explorer.information.cell_information import NATS_PER_BIT
from fsmi_explorer.information.fsmi import NEGLIGIBLE_REACH
from fsmi_explorer.information.noise import noise_kernel
from fsmi_explorer.information.range_sensors import RangeSensor, unit_directions
from fsmi_explorer.information.run_sums import BorderWeights, sum_scratch
from fsmi_explorer.information.voxel_beams import Facts, sum_beams, turn_directions
from fsmi_explorer.mapping import VoxelMap
from fsmi_explorer.mapping.voxel_rays import follow_rays, Limits, LONGEST, RayRuns
import numpy as np

_RAYS_AT_ONCE = 64

_RAYS_PER_TASK = 2048
"""Rays that one thread takes at a time."""


def pose_mutual_information_3d(
        voxels: VoxelMap, poses: np.ndarray, sensor: RangeSensor, model: BeamModel,
        method: str = 'noise_free', *, threads: int = 1,
        within: np.ndarray | None = None) -> np.ndarray:
    """
    Return the information that a scan from each pose is expected to bring, summed over its rays.

    A ray takes the voxel of the sensor and every voxel that it enters nearer than max_range, each
    a whole one and, for range noise, as wide as the resolution, as in the plane. Voxels never
    observed count as the model says; there are such beyond what was observed, up to `within`.

    :param voxels: the map; it must not change meanwhile.
    :param poses: of the sensor in the frame of the map: (k, 4) x y z in metres and yaw in
        radians; (k, 7) x y z and a quaternion x y z w; or (k, 4, 4) matrices.
    :param sensor: which way its rays go, as `SpinningLidar` and `DepthCamera`.
    :param model: range, noise and inverse sensor model; its num_beams and fov do not matter.
    :param method: fsmi, approx_fsmi, uniform_fsmi or noise_free.
    :param threads: threads that share the rays.
    :param within: (2, 3) least and greatest x y z in m; rays end where they leave this box.
        Without it max_range must be finite.
    :returns: bits (k,).
    :raises ValueError: naming the argument, the value and what is allowed.
    """
    positions, rotations = _positions_and_rotations(poses)
    caster = _Caster(voxels, positions, model, method, threads, within)
    bits = caster.bits(positions, rotations, sensor.directions)
    return bits.sum(axis=1)


def best_yaws(
        voxels: VoxelMap, positions: np.ndarray, sensor: RangeSensor, model: BeamModel,
        method: str = 'noise_free', *, threads: int = 1,
        within: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """
    Return how a level sensor is best turned at each position, and the information it then brings.

    All yaws share rays all around: each ray is cast once, and a yaw is a sum over a window of
    their columns. For a lidar whose rays divide the full turn evenly that is exact, for a camera
    each ray stands for the pixels around it.

    :param voxels: the map; it must not change meanwhile.
    :param positions: (k, 3) x y z in m.
    :param sensor: as in `pose_mutual_information_3d`, like all that follows.
    :param model: the same.
    :param method: the same.
    :param threads: the same.
    :param within: the same.
    :returns: bits (k,), and yaws (k,) in (-pi, pi].
    :raises ValueError: naming the argument, the value and what is allowed.
    """
    positions = np.asarray(positions, np.float64)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ValueError(f'positions must be of shape (k, 3), got {positions.shape}')
    grid = sensor.yaw_grid()
    used = grid.weights.any(axis=1)
    azimuths = (np.arange(grid.columns) + 0.5) * (2 * math.pi / grid.columns)
    rays = unit_directions(grid.elevations[used, None], azimuths)
    caster = _Caster(voxels, positions, model, method, threads, within)
    bits = caster.bits(
        positions, np.broadcast_to(np.eye(3), (len(positions), 3, 3)), rays.reshape(-1, 3))
    # Yaw j sums weights[:, c] bits[:, j + c], a circular correlation.
    spectrum = np.fft.rfft(bits.reshape(len(positions), *rays.shape[:2]))
    windows = np.conj(np.fft.rfft(grid.weights[used]))
    scores = np.fft.irfft((spectrum * windows).sum(axis=1), grid.columns)
    best = scores.argmax(axis=1)
    yaws = grid.first_yaw + best * (2 * math.pi / grid.columns)
    return scores.max(axis=1), math.pi - (math.pi - yaws) % (2 * math.pi)


class _Caster:
    """Casts rays in a map of voxels and sums their information."""

    def __init__(
            self, voxels: VoxelMap, positions: np.ndarray, model: BeamModel, method: str,
            threads: int, within: np.ndarray | None):
        check_method(method, model, FSMI_FAMILY)
        if threads < 1:
            raise ValueError(f'threads must be at least 1, got {threads!r}')
        self._blocks, self._cubes = voxels.blocks, voxels.cubes
        self._resolution = voxels.resolution
        self._model, self._threads = model, threads
        noise = noise_kernel(method, model, self._resolution)
        self._weights = BorderWeights.of(noise)
        self._limits = self._make_limits(positions, len(noise) // 2, within)

    def _make_limits(
            self, positions: np.ndarray, margin: int, within: np.ndarray | None) -> Limits:
        """Return where rays end, checked."""
        if not np.isfinite(positions).all():
            bad = np.argwhere(~np.isfinite(positions))[0, 0]
            raise ValueError(f'poses must be finite, got {positions[bad].tolist()} in row {bad}')
        max_range, o = self._model.max_range / self._resolution, self._model.unknown_occupancy
        box = np.array([np.full(3, -2.0 ** 40), np.full(3, 2.0 ** 40)])
        if within is not None:
            box = self._check_within(within, positions)
            max_range = min(max_range, 1 + np.linalg.norm(box[1] - box[0]))
        if max_range > LONGEST:
            raise ValueError(
                f'max_range must be at most {LONGEST * self._resolution:g} m without a box within '
                f'which rays end, got {self._model.max_range:g} m')
        unknown_odds = math.log(o / (1 - o)) if 0 < o < 1 else math.copysign(math.inf, o - 0.5)
        return Limits(
            float(max_range), *box.astype(np.int64), math.inf, unknown_odds,
            -math.log(NEGLIGIBLE_REACH), margin)

    def _check_within(self, within: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return the box (2, 3) in voxels."""
        given = np.asarray(within, np.float64)
        if given.shape != (2, 3) or not (given[0] < given[1]).all():
            raise ValueError(
                f'within must be of shape (2, 3), the least and the greatest x y z, got {within}')
        outside = ((positions < given[0]) | (positions >= given[1])).any(axis=1)
        if outside.any():
            bad = outside.argmax()
            raise ValueError(f'poses must lie within {given.tolist()}, got '
                             f'{positions[bad].tolist()} in row {bad}')
        # Boxes are multiples of the resolution but for rounding.
        low, high = given / self._resolution
        return np.array([np.floor(low + 1e-6), np.ceil(high - 1e-6)])

    def bits(
            self, positions: np.ndarray, rotations: np.ndarray,
            directions: np.ndarray) -> np.ndarray:
        """Return the information (k, n) of the n rays of a sensor at k poses, bits."""
        nats = np.empty((len(positions), len(directions)))
        flat = nats.reshape(-1)
        starts = np.repeat(positions / self._resolution, len(directions), axis=0)
        rotations = np.ascontiguousarray(rotations, np.float64)
        directions = np.ascontiguousarray(directions)
        turned = np.empty((flat.size, 3))

        def sum_part(first: int) -> None:
            part = slice(first, first + _RAYS_PER_TASK)
            turn_directions(rotations, directions, first, turned[part])
            self._sum(starts[part], turned[part], flat[part])

        parts = range(0, flat.size, _RAYS_PER_TASK)
        if self._threads == 1:
            for first in parts:
                sum_part(first)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(sum_part, parts))
        return nats / NATS_PER_BIT

    def _sum(self, starts: np.ndarray, directions: np.ndarray, nats: np.ndarray) -> None:
        """Write the information of rays, a few at a time so that their runs stay in the cache."""
        runs = RayRuns.room(_RAYS_AT_ONCE, self._limits.max_range)
        facts = Facts.of(self._model)
        scratch = sum_scratch(runs.odds.shape[1], self._weights.level.size // 2)
        for first in range(0, len(nats), _RAYS_AT_ONCE):
            part = slice(first, first + _RAYS_AT_ONCE)
            some = runs.first(len(nats[part]))
            follow_rays(
                self._blocks, self._cubes, starts[part], directions[part], self._limits, *some)
            sum_beams(some.odds, some.lengths, some.counts, facts, self._weights, scratch,
                      self._model.count_no_hit, nats[part])


def _positions_and_rotations(poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (k, 3) and rotation matrices (k, 3, 3) of poses of any kind."""
    given = np.asarray(poses, np.float64)
    if given.ndim == 3 and given.shape[1:] == (4, 4):
        return given[:, :3, 3], given[:, :3, :3]
    if given.ndim != 2 or given.shape[1] not in (4, 7):
        raise ValueError(
            'poses must be of shape (k, 4), x y z yaw, (k, 7), x y z and a quaternion, or '
            f'(k, 4, 4), got {given.shape}')
    if given.shape[1] == 7:
        return given[:, :3], _rotations(given[:, 3:])
    half, zero = given[:, 3] / 2, np.zeros(len(given))
    return given[:, :3], _rotations(np.stack([zero, zero, np.sin(half), np.cos(half)], axis=1))


def _rotations(quaternions: np.ndarray) -> np.ndarray:
    """Return rotation matrices (k, 3, 3) of quaternions (k, 4) x y z w of any length but 0."""
    lengths = np.linalg.norm(quaternions, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ValueError('poses must have finite quaternions that are not zero')
    x, y, z, w = (quaternions / lengths).T
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]]).transpose(2, 0, 1)
