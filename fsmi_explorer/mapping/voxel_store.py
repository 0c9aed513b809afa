"""Blocks of voxels that make room for the rays put into them."""

from fsmi_explorer.mapping.occupancy_map import MapSizeError
from fsmi_explorer.mapping.sensor_model import VoxelMapConfig
from fsmi_explorer.mapping.voxel_blocks import (
    Blocks,
    BRICK_BITS,
    BRICK_BYTES,
    find_cubes,
    LARGEST_CELL,
    REGION_BITS,
    REGION_BYTES,
)
from fsmi_explorer.mapping.voxel_insertion import (
    apply_voxel_marks,
    bounds_of_ends,
    Frame,
    mark_rays,
    Marks,
)
from fsmi_explorer.mapping.voxel_queries import write_dense
import numpy as np

_GROWTH = 1.3
"""Room is made for so many times what is needed, lest every cloud move all of the map."""


class VoxelStore:
    """
    Blocks of voxels, and the memory for changing them.

    :param blocks: see `Blocks`.
    """

    def __init__(self, blocks: Blocks):
        self.blocks = blocks
        self._marks = Marks.room(0, 0)
        self._cubes = None

    @property
    def cubes(self) -> np.ndarray:
        """Return what `find_cubes` finds, for rays to cross in one step."""
        if self._cubes is None:
            cubes = np.empty(self.blocks.bricks.size, np.uint8)
            find_cubes(self.blocks, cubes)
            self._cubes = cubes
        return self._cubes

    def insert(
            self, points: np.ndarray, hits: np.ndarray, frame: Frame,
            config: VoxelMapConfig) -> int:
        """
        Mark what rays say of each voxel, then change each marked voxel once.

        :param points: (n, 3) float32 or float64, m.
        :param hits: (n,) or (1,) bool.
        :param frame: of the points.
        :param config: of the map.
        :return: number of voxels that changed.
        :raises MapSizeError: when the map would grow too large; it stays as it was.
        """
        bounds = np.tile(frame.start / frame.resolution, (2, 1))
        if bounds_of_ends(points, frame, bounds) == 0:
            return 0
        regions = self.blocks.used[0]
        try:
            self._span(bounds, config)
            self._mark(points, hits, frame, config)
            self._make_room_to_apply(config)
        except MapSizeError:
            self.blocks.forget_regions(regions)
            self._marks = Marks.room(0, 0)
            raise
        self._cubes = None
        return apply_voxel_marks(config.sensor.log_odds, self.blocks, self._marks)

    def write(self, low: np.ndarray, odds: np.ndarray, config: VoxelMapConfig) -> None:
        """
        Write a box of voxels.

        :param low: (3,) int64 x y z of its first voxel.
        :param odds: (z, y, x) float32, not empty; NaN leaves a voxel as it is.
        :param config: of the map.
        :raises MapSizeError: when the map would grow too large; it stays as it was.
        """
        last = low + odds.shape[::-1] - 1
        self._span(np.array([low, last], np.float64), config)
        regions, bricks = (
            int(np.prod((last >> bits) - (low >> bits) + 1)) for bits in (REGION_BITS, BRICK_BITS))
        self._check_memory(regions * REGION_BYTES + bricks * BRICK_BYTES, config)
        self.blocks = self.blocks.with_room(
            self.blocks.used[0] + regions, self.blocks.used[1] + bricks)
        self._cubes = None
        write_dense(self.blocks, low, odds)

    def _span(self, bounds: np.ndarray, config: VoxelMapConfig) -> None:
        """Span the roots over voxels from bounds[0] to bounds[1]."""
        if abs(bounds).max() >= LARGEST_CELL:
            size = config.resolution
            raise MapSizeError(
                f'voxels must lie within {LARGEST_CELL * size:g} m of the origin, got '
                f'{bounds.min() * size:g} to {bounds.max() * size:g} m')
        low, high = np.floor(bounds).astype(np.int64) >> REGION_BITS
        corner, shape = self.blocks.corner, self.blocks.roots.shape[::-1]
        if self.blocks.roots.size == 0 or (low < corner).any() or (high >= corner + shape).any():
            self._check_memory(4 * np.prod(1.0 + high - low), config)
            self.blocks = self.blocks.spanning(low, high + 1)

    def _mark(
            self, points: np.ndarray, hits: np.ndarray, frame: Frame,
            config: VoxelMapConfig) -> None:
        """Mark all rays, making room as they need it."""
        done = 0
        while True:
            done = mark_rays(points, hits, frame, self.blocks, self._marks, done)
            if done == len(points):
                return
            regions = int(_GROWTH * self.blocks.used[0]) + 16
            rows = int(_GROWTH * self._marks.used[0]) + 1024
            self._check_memory(REGION_BYTES * (regions - self.blocks.used[0]), config)
            self.blocks = self.blocks.with_room(regions, 0)
            self._marks = self._marks.with_room(rows, self.blocks.bricks.size)

    def _make_room_to_apply(self, config: VoxelMapConfig) -> None:
        """Make room for every marked brick to be divided."""
        if self.blocks.used[2] > self.blocks.used[1] // 2:
            self.blocks = self.blocks.without_spare()
        _, bricks, spare = self.blocks.used
        needed = bricks - spare + self._marks.used[0]
        self._check_memory(BRICK_BYTES * self._marks.used[0], config)
        if needed > len(self.blocks.voxels):
            self.blocks = self.blocks.with_room(0, int(_GROWTH * needed))

    def _check_memory(self, more: float, config: VoxelMapConfig) -> None:
        """Refuse a map that would grow too large."""
        megabytes = (self.blocks.memory_bytes + more) / 1e6
        if megabytes > config.max_memory:
            raise MapSizeError(
                f'the map of voxels would be {megabytes:.0f} MB large; allowed is max_memory = '
                f'{config.max_memory:g} MB')
