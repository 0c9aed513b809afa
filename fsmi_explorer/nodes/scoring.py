"""What mi_node does with a map: the core scores it, this makes messages of that."""

from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.exploration import Candidates
from fsmi_explorer.exploration.scoring import Scorer, ScoringConfig
from fsmi_explorer.exploration.voxel_scoring import VoxelScoringConfig
from fsmi_explorer.information import METHODS, warm_up
from fsmi_explorer.information.beam_model import check_method, FSMI_FAMILY
from fsmi_explorer.mapping import OccupancyGrid, Rectangle, VoxelMap
from fsmi_explorer.nodes.conversions import candidates_to_message, grid_to_message
from fsmi_explorer.nodes.robot_space import ROBOT_SPACE
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage
import numpy as np
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header


@dataclass(frozen=True)
class MiNodeConfig(Configuration):
    """What mi_node reads."""

    dimension: int = parameter(
        2, '3 scores places on the map of voxels that comes as octomap', low=2, high=3, live=False)
    base_frame: str = parameter('base_link', 'frame of the robot', live=False)
    use_updates: bool = parameter(
        False, 'score again at each of map_updates, not only at each whole map', live=False)
    scoring: ScoringConfig = section(ScoringConfig, space=ROBOT_SPACE)
    voxels: VoxelScoringConfig = section(VoxelScoringConfig)

    def __post_init__(self):
        """Check that the sensor has what the method needs."""
        super().__post_init__()
        check_method(self.scoring.method, self.scoring.model,
                     METHODS if self.dimension == 2 else FSMI_FAMILY)
        if self.dimension == 3 and not np.isfinite(self.scoring.model.max_range):
            raise ConfigurationError('scoring.model.max_range must be finite in three dimensions, '
                                     f'got {self.scoring.model.max_range}')


class Snapshot(NamedTuple):
    """
    A map to score.

    :param percent: (H, W) int8 as in nav_msgs/OccupancyGrid.
    :param resolution: side of a cell, m.
    :param origin: pose (x, y, yaw) of the outer corner of cell (0, 0).
    :param header: frame and stamp of the map.
    :param voxels: the map of voxels to score, in three dimensions.
    """

    percent: np.ndarray
    resolution: float
    origin: tuple[float, float, float]
    header: Header
    voxels: VoxelMap | None = None

    def check(self) -> None:
        """
        Check what the size of the data does not tell.

        :raises ValueError: saying what is wrong.
        """
        if not self.header.frame_id:
            raise ValueError('its header.frame_id is empty')
        OccupancyGrid.from_percent(self.percent[:1, :1], self.resolution, self.origin)


class Scored(NamedTuple):
    """
    What there is to know on a map.

    :param candidates: best first.
    :param information: mi_map.
    :param cloud: candidates as a message.
    :param duration: how long it took, s.
    """

    candidates: Candidates
    information: OccupancyGridMessage
    cloud: PointCloud2
    duration: float


class SnapshotScorer:
    """Scores one map after another; of a map of the same place only what has changed."""

    def __init__(self):
        """Start without a map."""
        self._scorer: Scorer | None = None
        self._before: Snapshot | None = None

    def warm_up(self, config: MiNodeConfig) -> None:
        """Compile what scoring needs."""
        warm_up(config.scoring.model, config.scoring.method)
        self.score(*small_example(), config)

    def score(self, snapshot: Snapshot, pose: np.ndarray, config: MiNodeConfig) -> Scored:
        """
        Score every pose that the robot can reach.

        :param pose: (3,) x, y, yaw of the robot.
        """
        start = perf_counter()
        if self._scorer is None or config.scoring != self._scorer.config:
            self._scorer, self._before = Scorer(config.scoring), None
        changed, self._before = changed_cells(self._before, snapshot), snapshot
        grid = OccupancyGrid.from_percent(*snapshot[:3])
        scores = self._scorer.score(grid, pose, changed)
        percent = relative_percent(scores.bits, scores.field.reachable)
        return Scored(
            scores.candidates, grid_to_message(percent, *snapshot[1:4]),
            candidates_to_message(scores.candidates, snapshot.header), perf_counter() - start)


def changed_cells(before: Snapshot | None, now: Snapshot) -> Rectangle | None:
    """Return the rectangle of the cells that differ; None for maps of different places."""
    if before is None or before.percent.shape != now.percent.shape or before[1:3] != now[1:3]:
        return None
    differs = before.percent != now.percent
    rows, cols = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return Rectangle(0, 0, 0, 0)
    return Rectangle(int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1)


def relative_percent(bits: np.ndarray, reachable: np.ndarray) -> np.ndarray:
    """Return (H, W) int8: 0 to 100 % of the best reachable cell, -1 where not reachable."""
    best = max(float(bits[reachable].max(initial=0.0)), 1e-12)
    return np.where(reachable, np.rint(100.0 / best * bits), -1).astype(np.int8)


def small_example() -> tuple[Snapshot, np.ndarray]:
    """Return a map of a few cells and a pose in it, to compile with."""
    percent = np.zeros((8, 8), np.int8)
    percent[:, 6:] = -1
    return Snapshot(percent, 1.0, (0.0, 0.0, 0.0), Header()), np.full(3, 2.5)
