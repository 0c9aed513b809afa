"""What mi_node does with a map: the information of every pose, the best of them as candidates."""

from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.exploration import (
    CandidateConfig,
    Candidates,
    reach_from,
    select_candidates,
    SpaceConfig,
)
from fsmi_explorer.information.beam_model import BeamModel, check_method, METHODS
from fsmi_explorer.information.incremental import SurfaceUpdater
from fsmi_explorer.mapping import OccupancyGrid, Rectangle
from fsmi_explorer.nodes.conversions import candidates_to_message, grid_to_message
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage
import numpy as np
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header


@dataclass(frozen=True)
class MiNodeConfig(Configuration):
    """What mi_node reads."""

    base_frame: str = parameter('base_link', 'frame of the robot', live=False)
    method: str = parameter(
        'noise_free', 'how information is computed; noise_free is exact for a lidar whose noise '
        'is small against a cell', choices=METHODS)
    threads: int = parameter(
        1, 'threads that share the scoring of a map; more answer sooner, and take more of the '
        'machine', low=1, high=64)
    use_updates: bool = parameter(
        False, 'score again at each of map_updates, not only at each whole map', live=False)
    sensor: BeamModel = section(BeamModel, max_range=10.0, unknown_occupancy=0.02)
    space: SpaceConfig = section(SpaceConfig)
    candidates: CandidateConfig = section(CandidateConfig)

    def __post_init__(self):
        """Check that the sensor has what the method needs."""
        super().__post_init__()
        check_method(self.method, self.sensor)


class Snapshot(NamedTuple):
    """
    A map to score, and where the robot is in it.

    :param percent: (H, W) int8 as in nav_msgs/OccupancyGrid.
    :param resolution: side of a cell, m.
    :param origin: pose (x, y, yaw) of the outer corner of cell (0, 0).
    :param header: frame and stamp of the map.
    """

    percent: np.ndarray
    resolution: float
    origin: tuple[float, float, float]
    header: Header


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


class Scorer:
    """Scores one map after another; of a map of the same place only what has changed."""

    def __init__(self):
        """Start without a map."""
        self._sensor: tuple | None = None
        self._before: Snapshot | None = None

    def score(self, snapshot: Snapshot, pose: np.ndarray, config: MiNodeConfig) -> Scored:
        """
        Score every pose that the robot can reach.

        :param pose: (3,) x, y, yaw of the robot.
        """
        start = perf_counter()
        sensor = (config.sensor, config.method, config.threads)
        if sensor != self._sensor:
            self._sensor, self._updater, self._before = sensor, SurfaceUpdater(*sensor), None
        changed, self._before = changed_cells(self._before, snapshot), snapshot
        bits, headings = self._updater.update(
            with_prior(snapshot, config.sensor.unknown_occupancy), changed)
        grid = OccupancyGrid.from_percent(*snapshot[:3])
        field = reach_from(grid, pose, config.space)
        candidates = select_candidates(
            bits, headings, field.reachable, grid, config.candidates, field=field)
        information = grid_to_message(
            relative_percent(bits, field.reachable), *snapshot[1:])
        cloud = candidates_to_message(candidates, snapshot.header)
        return Scored(candidates, information, cloud, perf_counter() - start)


def with_prior(snapshot: Snapshot, prior: float) -> OccupancyGrid:
    """Return the map as it would be had every cell started at this prior; 0 and 1 change none."""
    if not 0.0 < prior < 1.0:
        return OccupancyGrid.from_percent(*snapshot[:3])
    # A message knows 101 probabilities: it is enough to convert these.
    values = OccupancyGrid.from_percent(np.arange(-1, 101, dtype=np.int8)[None], 1.0)
    probability_of = values.with_prior(prior).probabilities[0]
    observed = (snapshot.percent >= 0) & (snapshot.percent <= 100)
    index = np.where(observed, snapshot.percent, -1) + 1
    return OccupancyGrid(probability_of[index], snapshot.resolution, snapshot.origin)


def changed_cells(before: Snapshot | None, now: Snapshot) -> Rectangle | None:
    """Return the rectangle of the cells that differ; None for two maps of different places."""
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


def check(snapshot: Snapshot) -> None:
    """
    Check what the size of the data does not tell.

    :raises ValueError: saying what is wrong.
    """
    if not snapshot.header.frame_id:
        raise ValueError('its header.frame_id is empty')
    OccupancyGrid.from_percent(snapshot.percent[:1, :1], *snapshot[1:3])


def small_example() -> tuple[Snapshot, np.ndarray]:
    """Return a map of a few cells and a pose in it, to compile with."""
    percent = np.zeros((8, 8), np.int8)
    percent[:, 6:] = -1
    return Snapshot(percent, 1.0, (0.0, 0.0, 0.0), Header()), np.full(3, 2.5)
