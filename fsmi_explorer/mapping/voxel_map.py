"""A sparse log-odds map of voxels that grows with the point clouds put into it."""

from dataclasses import replace
from pathlib import Path

from fsmi_explorer.mapping.laser_scan import SensorPoses
from fsmi_explorer.mapping.log_odds import log_odds, probability
from fsmi_explorer.mapping.occupancy_grid import OccupancyGrid
from fsmi_explorer.mapping.occupancy_map import MapSizeError
from fsmi_explorer.mapping.octomap_files import (
    decode_tree,
    encode_tree,
    read_octomap,
    write_octomap,
    WRITTEN_TREE,
)
from fsmi_explorer.mapping.sensor_model import VoxelMapConfig
from fsmi_explorer.mapping.voxel_blocks import Blocks, BRICK, LARGEST_CELL
from fsmi_explorer.mapping.voxel_insertion import Frame, rotation_matrix
from fsmi_explorer.mapping.voxel_leaves import blocks_of_leaves, leaves_of_blocks
from fsmi_explorer.mapping.voxel_queries import (
    count_known,
    fill_dense,
    list_voxels,
    project_columns,
    read_log_odds,
)
from fsmi_explorer.mapping.voxel_rays import first_stops, follow_rays, LONGEST, no_limits, RayRuns
from fsmi_explorer.mapping.voxel_store import VoxelStore
import numpy as np


class VoxelMap:
    """
    Log-odds of the voxels of a lattice, stored in blocks.

    The faces of the voxels lie at whole multiples of the resolution in the frame of the map.
    Memory is taken where something was observed, and little of it where neighbouring voxels are
    alike; see `voxel_blocks`. Not safe for use by several threads at once without a lock, but for
    reading.

    :param config: see `VoxelMapConfig`.
    """

    def __init__(self, config: VoxelMapConfig | None = None):
        self.config = config or VoxelMapConfig()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._store = VoxelStore(Blocks.empty())

    @classmethod
    def of_blocks(cls, blocks: Blocks, config: VoxelMapConfig) -> 'VoxelMap':
        """Make a map of voxels that are there already; from now on they belong to it."""
        voxels = cls(config)
        voxels._store = VoxelStore(blocks)
        return voxels

    @classmethod
    def load(cls, path: str | Path, config: VoxelMapConfig | None = None) -> 'VoxelMap':
        """
        Read a map of OctoMap, `.bt` or `.ot`.

        :param path: name of the file.
        :param config: all but the resolution, which the file gives; in a file of maximum
            likelihood what is free and occupied lies at the bounds of the sensor model.
        :raises FileFormatError: naming the file and the reason.
        :raises MapSizeError: when the map would exceed max_memory.
        """
        config = config or VoxelMapConfig()
        _, _, free, occupied = config.sensor.log_odds
        leaves, resolution = read_octomap(path, free, occupied)
        voxels = cls(replace(config, resolution=resolution))
        try:
            voxels._store = VoxelStore(blocks_of_leaves(leaves, config.max_memory))
        except MapSizeError as error:
            raise MapSizeError(f'{path}: {error}') from None
        return voxels

    def save(self, path: str | Path) -> None:
        """
        Write a map of OctoMap, whole or not at all.

        :param path: ends with .bt to keep what is free and what occupied, with .ot for log-odds.
        :raises ValueError: on another suffix, or a map too large for OctoMap.
        :raises FsmiExplorerError: when the file cannot be written.
        """
        write_octomap(path, leaves_of_blocks(self.blocks), self.resolution)

    @classmethod
    def from_octree(
            cls, data: bytes | np.ndarray, config: VoxelMapConfig, *, binary: bool,
            tree: str = WRITTEN_TREE) -> 'VoxelMap':
        """
        Make a map of the data of octomap_msgs/Octomap.

        :param data: bytes, or an array of int8.
        :param config: its resolution is that of the message.
        :param binary: as in the message.
        :param tree: the id of the message.
        :raises ValueError: with the reason.
        :raises MapSizeError: when the map would exceed max_memory.
        """
        voxels = cls(config)
        leaves, _ = decode_tree(data, binary, tree, *config.sensor.log_odds[2:])
        voxels._store = VoxelStore(blocks_of_leaves(leaves, config.max_memory))
        return voxels

    def to_octree(self, binary: bool = True) -> bytes:
        """
        Return the data of octomap_msgs/Octomap, of a tree with the id OcTree.

        :param binary: keeps what is free and what occupied, else log-odds.
        :raises ValueError: for a map too large for OctoMap.
        """
        return encode_tree(leaves_of_blocks(self.blocks), binary)[0]

    @property
    def resolution(self) -> float:
        """Return the side of a voxel, m."""
        return self.config.resolution

    @property
    def memory_bytes(self) -> int:
        """Return the memory that the voxels take."""
        return self.blocks.memory_bytes

    @property
    def blocks(self) -> Blocks:
        """Return the voxels as kernels take them."""
        return self._store.blocks

    @property
    def cubes(self) -> np.ndarray:
        """Return what `find_cubes` finds, for rays to cross in one step."""
        return self._store.cubes

    def insert_cloud(self, points: np.ndarray, pose: SensorPoses) -> int:
        """
        Put a point cloud into the map: each voxel changes at most once, a hit wins over a miss.

        Points that are not finite, or nearer than min_range, are left out; those beyond max_range
        clear the voxels up to there.

        :param points: (n, 3) in the frame of the sensor, m; float32 is taken as it is.
        :param pose: the sensor in the frame of the map, one pose.
        :return: number of voxels that changed.
        :raises ValueError: naming the argument, its shape and what is allowed.
        :raises MapSizeError: when the map would exceed max_memory or reach too far; it stays as
            it was.
        """
        if len(pose.positions) != 1:
            raise ValueError(f'pose must be one pose, got {len(pose.positions)}')
        return self._insert(
            points, np.ones(1, bool), rotation_matrix(pose.quaternions[0]), pose.positions[0],
            pose.positions[0])

    def insert_rays(
            self, origin: np.ndarray, ends: np.ndarray, hits: np.ndarray | bool = True) -> int:
        """
        Put rays in the frame of the map into it as one cloud.

        :param origin: (3,) where they start, m.
        :param ends: (n, 3) where they end, m; as the points of `insert_cloud`.
        :param hits: (n,) or one for all; without a hit the last voxel counts as passed.
        :return: number of voxels that changed.
        :raises ValueError: naming the argument, its shape and what is allowed.
        :raises MapSizeError: as `insert_cloud`.
        """
        hits = np.atleast_1d(np.asarray(hits, bool))
        if hits.shape not in ((1,), np.shape(ends)[:1]):
            raise ValueError(f'hits must be one or as many as ends, got shape {hits.shape}')
        return self._insert(ends, hits, np.eye(3), np.zeros(3), origin)

    def _insert(self, points, hits, rotation, translation, start) -> int:
        """Mark what the rays say of each voxel, then change each marked voxel once."""
        points, start = np.asarray(points), np.array(start, np.float64)
        if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in 'fiu':
            raise ValueError(
                f'points must be numbers of shape (n, 3), got {points.dtype} {points.shape}')
        if start.shape != (3,) or not np.isfinite(start).all():
            raise ValueError(f'the sensor must be at three finite numbers x y z, got {start}')
        if points.dtype not in (np.float32, np.float64) or not points.flags.c_contiguous:
            points = np.array(points, np.float64, order='C')
        limits = np.array([self.config.min_range, self.config.max_range or np.inf])
        frame = Frame(
            np.ascontiguousarray(rotation), translation, start, limits, self.resolution)
        return self._store.insert(points, hits, frame, self.config)

    def probability(self, points: np.ndarray) -> np.ndarray:
        """
        Return the occupancy at points.

        :param points: (..., 3) in the frame of the map, m.
        :return: (...) float32, NaN where never observed.
        """
        points = np.asarray(points, np.float64)
        cells = np.floor(points / self.resolution).reshape(-1, 3)
        odds = np.empty(len(cells), np.float32)
        read_log_odds(self.blocks, np.clip(cells, -LARGEST_CELL, LARGEST_CELL), odds)
        return probability(odds).reshape(points.shape[:-1])

    def ray(
            self, origin: np.ndarray, direction: np.ndarray,
            max_range: float) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the voxels that a ray takes, as runs that are alike; see `voxel_rays`.

        :param origin: (3,) in the frame of the map, m.
        :param direction: (3,) of any length but 0.
        :param max_range: m.
        :return: (r,) float64 occupancy of the runs, NaN never observed; (r,) int64 their voxels.
        :raises ValueError: naming the argument, the value and what is allowed.
        """
        start, along, voxels = self._rays([origin], [direction], max_range)
        runs = RayRuns.room(1, voxels)
        follow_rays(self.blocks, self.cubes, start, along, no_limits(voxels), *runs)
        count = runs.counts[0]
        return probability(runs.odds[0, :count].astype(np.float64)), runs.lengths[0, :count]

    def cast(
            self, origins: np.ndarray, directions: np.ndarray, max_range: float,
            threshold: float = 0.5) -> np.ndarray:
        """
        Return how far rays get until they enter an occupied voxel.

        :param origins: (n, 3) or (3,) in the frame of the map, m.
        :param directions: (n, 3) of any length but 0.
        :param max_range: m.
        :param threshold: a voxel is occupied with a probability of at least this.
        :return: (n,) m, inf where a ray enters none; 0 where it starts in one.
        :raises ValueError: naming the argument, the value and what is allowed.
        """
        starts, along, voxels = self._rays(origins, directions, max_range)
        limits = no_limits(voxels, _odds_of(threshold))
        return first_stops(self.blocks, self.cubes, starts, along, limits) * self.resolution

    def _rays(self, origins, directions, max_range) -> tuple[np.ndarray, np.ndarray, float]:
        """Return starts in voxels, unit directions and range in voxels, checked."""
        directions = np.array(directions, np.float64, order='C')
        if directions.ndim != 2 or directions.shape[1] != 3:
            raise ValueError(f'directions must have shape (n, 3), got {directions.shape}')
        starts = np.array(np.broadcast_to(origins, directions.shape), np.float64, order='C')
        lengths = np.linalg.norm(directions, axis=1, keepdims=True)
        if not (np.isfinite(starts).all() and np.isfinite(lengths).all() and lengths.all()):
            raise ValueError('origins and directions must be finite, directions not zero')
        voxels = max_range / self.resolution
        if not 0 < voxels <= LONGEST:
            raise ValueError(
                f'max_range must be above 0 and at most {LONGEST * self.resolution:g} m, got '
                f'{max_range}')
        return starts / self.resolution, directions / lengths, voxels

    def occupied_voxels(self, threshold: float = 0.5) -> np.ndarray:
        """
        Return the centres (k, 3) in m of the voxels occupied with a probability of at least this.

        :param threshold: between 0 and 1.
        """
        return self._centres(_odds_of(threshold), np.float32(np.inf))

    def free_voxels(self, threshold: float = 0.5) -> np.ndarray:
        """
        Return the centres (k, 3) in m of the voxels observed and occupied with less probability.

        :param threshold: between 0 and 1.
        """
        return self._centres(np.float32(-np.inf), np.nextafter(_odds_of(threshold), -np.inf))

    def _centres(self, least: np.float32, greatest: np.float32) -> np.ndarray:
        cells = np.empty((list_voxels(self.blocks, least, greatest, None), 3), np.int32)
        list_voxels(self.blocks, least, greatest, cells)
        return (cells + 0.5) * self.resolution

    @property
    def known_voxels(self) -> int:
        """Return the number of voxels ever observed."""
        return count_known(self.blocks, np.empty((2, 3), np.int64))

    @property
    def bounds(self) -> np.ndarray | None:
        """Return (2, 3) least and greatest x y z in m of what was observed; None if nothing."""
        cells = self.cell_bounds
        return None if cells is None else cells * self.resolution

    @property
    def cell_bounds(self) -> np.ndarray | None:
        """Return (2, 3) the voxels x y z observed, from the first to before the last; or None."""
        cells = np.empty((2, 3), np.int64)
        return cells if count_known(self.blocks, cells) else None

    def dense(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """
        Return the voxels of a box.

        :param low: (3,) int x y z of its first voxel.
        :param high: (3,) int, beyond its last.
        :return: (z, y, x) float32 occupancy, NaN where never observed.
        """
        low, high = np.array(low, np.int64), np.array(high, np.int64)
        odds = np.empty(np.maximum(high - low, 0)[::-1], np.float32)
        fill_dense(self.blocks, low, odds)
        return probability(odds)

    def set_dense(self, low: np.ndarray, probabilities: np.ndarray) -> None:
        """
        Set the voxels of a box, within the bounds of the sensor model.

        :param low: (3,) int x y z of its first voxel.
        :param probabilities: (z, y, x) occupancy; NaN leaves a voxel as it is.
        :raises MapSizeError: when the map would exceed max_memory or reach too far.
        """
        low, sensor = np.array(low, np.int64), self.config.sensor
        odds = log_odds(np.clip(probabilities, sensor.p_min, sensor.p_max))
        if odds.size:
            self._store.write(low, odds, self.config)

    def project(self, z_min: float, z_max: float) -> OccupancyGrid:
        """
        Return what of the map lies between two heights as a grid, to plan in.

        A cell is as occupied as the most occupied voxel observed above it, and never observed if
        none was.

        :param z_min: voxels that reach above this height count, m.
        :param z_max: voxels that begin below this height count, m.
        :raises ValueError: unless z_min < z_max.
        """
        if not z_min < z_max:
            raise ValueError(f'z_min must be below z_max, got {z_min} and {z_max}')
        cells = self.cell_bounds
        if cells is None:
            return OccupancyGrid(np.full((1, 1), np.nan, np.float32), self.resolution)
        # Whole bricks, so that each of them lies within the array.
        (low_x, low_y, low_z), (high_x, high_y, high_z) = (
            cells + [[0], [BRICK - 1]] & -BRICK)
        bottom = np.floor(np.clip(z_min / self.resolution, low_z, high_z))
        top = np.ceil(np.clip(z_max / self.resolution, low_z, high_z))
        odds = np.full((high_y - low_y, high_x - low_x), np.nan, np.float32)
        project_columns(self.blocks, np.array([low_x, low_y]), int(bottom), int(top), odds)
        origin = low_x * self.resolution, low_y * self.resolution, 0.0
        return OccupancyGrid(probability(odds), self.resolution, origin)


def _odds_of(threshold: float) -> np.float32:
    """Return the log-odds of a threshold, checked."""
    if not 0 < threshold < 1:
        raise ValueError(f'threshold must lie between 0 and 1, got {threshold}')
    return log_odds(threshold)[()]
