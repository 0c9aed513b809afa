"""Score a map of voxels: the information of a 3D sensor wherever the robot can be."""

from dataclasses import dataclass
from math import radians, sqrt, tau
from typing import NamedTuple

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.reach import reach_from
from fsmi_explorer.exploration.scoring import ScoringConfig
from fsmi_explorer.exploration.travel import TravelField
from fsmi_explorer.exploration.voxel_changes import changed_bricks
from fsmi_explorer.exploration.voxel_questions import open_voxel_questions
from fsmi_explorer.information import (
    best_yaws,
    DepthCamera,
    pose_mutual_information_3d,
    RangeSensor,
    SpinningLidar,
)
from fsmi_explorer.mapping import OccupancyGrid, VoxelMap
from fsmi_explorer.mapping.voxel_blocks import BRICK
import numpy as np


@dataclass(frozen=True)
class VoxelScoringConfig(Configuration):
    """Which 3D sensor a robot has, and at what heights it can be."""

    sensor: str = parameter(
        'lidar', 'the sensor whose information counts', choices=('lidar', 'camera'))
    sensor_height: float = parameter(
        0.6, 'height of the sensor above the frame of the robot', unit='m', low=-100.0,
        high=100.0)
    vehicle: str = parameter(
        'ground', 'ground drives in the plane of the map; flying hovers at heights above it',
        choices=('ground', 'flying'))
    lowest: float = parameter(
        0.5, 'least height of a flying robot', unit='m', low=-1000.0, high=1000.0)
    highest: float = parameter(
        2.0, 'greatest height of a flying robot', unit='m', low=-1000.0, high=1000.0)
    height_step: float = parameter(
        0.5, 'from one height of a flying robot to the next', unit='m', low=0.01, high=100.0)
    lidar: SpinningLidar = section(
        SpinningLidar, rings=8, azimuths=48, fov_down=radians(-30.0), fov_up=radians(30.0))
    camera: DepthCamera = section(
        DepthCamera, width=24, height=18, fx=17.5, fy=17.5, cx=12.0, cy=9.0)

    def __post_init__(self):
        """Check the heights against each other too."""
        super().__post_init__()
        if self.lowest > self.highest:
            raise ConfigurationError(
                f'lowest must not be above highest, got {self.lowest:g} and {self.highest:g} m')

    @property
    def heights(self) -> np.ndarray:
        """Return the heights that the robot can be at, in m."""
        if self.vehicle == 'ground':
            return np.zeros(1)
        return np.arange(self.lowest, self.highest + 1e-6, self.height_step)

    @property
    def rays(self) -> RangeSensor:
        """Return which way the rays of the sensor go."""
        return self.lidar if self.sensor == 'lidar' else self.camera

    @property
    def sees_all_round(self) -> bool:
        """Tell whether it does not matter which way the sensor looks."""
        return self.sensor == 'lidar' and self.lidar.fov > tau - 1e-6


class VoxelScores(NamedTuple):
    """
    What a map of voxels promises.

    :param bits: (H, W) float32, information of every cell of the grid: that of the place scored
        near it, at its best height.
    :param field: ways from the robot to the cells it can reach.
    :param candidates: the places scored, best first.
    """

    bits: np.ndarray
    field: TravelField
    candidates: Candidates


class Places(NamedTuple):
    """
    The places in the plane that are scored.

    :param cells: (k, 2) row, column: one in each tile of the spacing that can be reached.
    :param reachable: (n, 2) all cells that can be reached.
    :param nearest: (n,) number of the place that stands for each of them.
    """

    cells: np.ndarray
    reachable: np.ndarray
    nearest: np.ndarray


class Views(NamedTuple):
    """
    The best poses at places.

    :param bits: (k,) information.
    :param heights: (k,) m.
    :param yaws: (k,) rad, NaN where all are alike.
    """

    bits: np.ndarray
    heights: np.ndarray
    yaws: np.ndarray


class VoxelScorer:
    """
    Scores maps of voxels together with grids, which tell where the robot can go.

    Of one map after another, only what a change can have reached is scored again.

    :param config: method, model, space and spacing of the candidates.
    :param voxel_config: sensor and heights.
    """

    def __init__(self, config: ScoringConfig, voxel_config: VoxelScoringConfig):
        """Keep the configuration."""
        self.config, self.voxel_config = config, voxel_config
        self._questions: VoxelMap | None = None
        self._points, self._views = np.empty((0, 2)), Views(*np.empty((3, 0)))

    def score(self, grid: OccupancyGrid, voxels: VoxelMap, position) -> VoxelScores:
        """
        Score the maps for a robot at a position.

        :param position: (x, y, ...) of the robot.
        """
        config = self.config
        questions = open_voxel_questions(
            voxels, config.space.free_threshold, config.space.occupied_threshold)
        field = reach_from(grid, position, config.space)
        places = spread_places(grid, field.reachable, config.candidates.spacing)
        points = grid.cell_to_world(places.cells)
        views = self._score_changed(questions, points)
        surface = np.zeros(grid.shape, np.float32)
        surface[tuple(places.reachable.T)] = views.bits[places.nearest]
        arrival = field.arrival_heading(places.cells) + grid.origin[2]
        yaws = np.where(np.isnan(views.yaws), arrival, views.yaws)
        return VoxelScores(surface, field, self._candidates(points, views._replace(yaws=yaws)))

    def _score_changed(self, questions: VoxelMap, points: np.ndarray) -> Views:
        """Return the views of points (k, 2), those of the last map where nothing has changed."""
        views = Views(*np.empty((3, len(points))))
        stale, same = self._find_stale(questions, points)
        for now, before, fresh in zip(
                views, self._views, self._score_places(questions, points[stale])):
            now[~stale], now[stale] = before[same], fresh
        self._questions, self._points, self._views = questions, points, views
        return views

    def _find_stale(self, questions: VoxelMap, points: np.ndarray):
        """Tell which points (k,) to score; and where the others were among those before."""
        before = self._questions
        if before is None or before.resolution != questions.resolution:
            return np.ones(len(points), bool), np.empty(0, int)
        numbers = {tuple(each): i for i, each in enumerate(np.round(self._points, 3))}
        same = np.array([numbers.get(tuple(each), -1) for each in np.round(points, 3)], int)
        bricks = changed_bricks(before, questions)[:, :2]
        reach = self.config.model.max_range + 0.5 * BRICK * questions.resolution * sqrt(2.0)
        stale = (same < 0) | _any_near(points, np.unique(bricks, axis=0), reach)
        return stale, same[~stale]

    def _score_places(self, questions: VoxelMap, points: np.ndarray) -> Views:
        """Return the best views at points (k, 2)."""
        heights = self.voxel_config.heights
        bits, yaws = np.zeros((2, len(heights), len(points)))
        for row, height in enumerate(heights):
            fits = self._fits(questions, points, height)
            bits[row, fits], yaws[row, fits] = self._look(questions, points[fits], height)
        best = bits.argmax(axis=0), np.arange(len(points))
        return Views(bits[best], heights[best[0]], yaws[best])

    def _look(self, questions: VoxelMap, points: np.ndarray, height: float):
        """Return bits and yaw (k,) of the best pose at each point (k, 2); NaN if all are alike."""
        config, sensor = self.config, self.voxel_config.rays
        level = np.full(len(points), height + self.voxel_config.sensor_height)
        places = np.column_stack([points, level])
        how = {'model': config.model, 'method': config.method, 'threads': config.threads}
        if self.voxel_config.sees_all_round:
            poses = np.column_stack([places, np.zeros(len(points))])
            bits = pose_mutual_information_3d(questions, poses, sensor, **how)
            return bits, np.full(len(points), np.nan)
        return best_yaws(questions, places, sensor, **how)

    def _fits(self, questions: VoxelMap, points: np.ndarray, height: float) -> np.ndarray:
        """Tell where (k,) a ball as wide as the robot is in free space; on the ground it is."""
        if self.voxel_config.vehicle == 'ground':
            return np.ones(len(points), bool)
        around = _ball(self.config.space.robot_radius, questions.resolution)
        places = np.column_stack([points, np.full(len(points), height)])
        return (questions.probability(places[:, None] + around) < 0.5).all(axis=1)

    def _candidates(self, points: np.ndarray, views: Views) -> Candidates:
        config = self.config.candidates
        order = np.argsort(-views.bits, kind='stable')[:config.max_count]
        order = order[views.bits[order] >= config.min_bits]
        return Candidates(np.column_stack([points, views.yaws])[order], views.bits[order],
                          heights=views.heights[order])


def spread_places(grid: OccupancyGrid, reachable: np.ndarray, spacing: float) -> Places:
    """
    Choose one cell in each square tile of the frame of the map, the one nearest to its middle.

    :param reachable: (H, W) bool.
    :param spacing: side of the tiles in m.
    """
    cells = np.argwhere(reachable)
    tiles = grid.cell_to_world(cells) / spacing
    numbers = np.floor(tiles).astype(np.int64)
    # Not quite the middle, so that of several equally near cells it is always the same one.
    order = np.argsort(((tiles - numbers - (0.51, 0.52)) ** 2).sum(axis=1), kind='stable')
    keys = (numbers[:, 0] << 32) + numbers[:, 1]
    _, first, nearest = np.unique(keys[order], return_index=True, return_inverse=True)
    return Places(cells[order[first]], cells[order], nearest)


def _any_near(points: np.ndarray, others: np.ndarray, reach: float) -> np.ndarray:
    """Tell for each point (k, 2) whether one of the others (n, 2) is within reach."""
    near = np.zeros(len(points), bool)
    for other in others:
        left = ~near
        near[left] = ((points[left] - other) ** 2).sum(axis=1) <= reach ** 2
    return near


def _ball(radius: float, resolution: float) -> np.ndarray:
    """Return points (n, 3) as close as voxels that fill a ball around the origin."""
    steps = np.arange(-radius, radius + resolution, resolution)
    points = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    return points[np.linalg.norm(points, axis=1) <= radius + 1e-9]
