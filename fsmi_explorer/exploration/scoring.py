"""Score a map: the information of every pose the robot can reach, and the candidates among them."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.exploration.candidates import Candidates, select_candidates
from fsmi_explorer.exploration.config import CandidateConfig, SpaceConfig
from fsmi_explorer.exploration.reach import reach_from
from fsmi_explorer.exploration.travel import TravelField
from fsmi_explorer.information import BeamModel, METHODS, SurfaceUpdater
from fsmi_explorer.mapping import OccupancyGrid, Rectangle
import numpy as np


@dataclass(frozen=True)
class ScoringConfig(Configuration):
    """How a map is scored."""

    method: str = parameter(
        'noise_free', 'how mutual information is computed', choices=METHODS)
    threads: int = parameter(1, 'threads that compute it', low=1, high=64)
    model: BeamModel = section(
        BeamModel, max_range=10.0, num_beams=60, unknown_occupancy=0.02)
    space: SpaceConfig = section(SpaceConfig)
    candidates: CandidateConfig = section(CandidateConfig)


@dataclass(frozen=True, eq=False)
class Scores:
    """
    What a map promises.

    :param bits: (H, W) float32, information of every cell.
    :param field: ways from the robot to the cells it can reach.
    :param candidates: the best of those, spread out.
    """

    bits: np.ndarray
    field: TravelField
    candidates: Candidates


class Scorer:
    """Scores one map after another, quickly where little has changed."""

    def __init__(self, config: ScoringConfig | None = None):
        """Keep the configuration; nothing is computed yet."""
        self.config = config or ScoringConfig()
        self._updater = SurfaceUpdater(
            self.config.model, self.config.method, threads=self.config.threads)

    def score(self, grid, position, changed: Rectangle | None = None) -> Scores:
        """
        Score a map for a robot at a position.

        :param grid: OccupancyGrid.
        :param position: (x, y, ...) of the robot.
        :param changed: cells that changed since the last call; None for all.
        """
        open_questions = undecided(
            grid, self.config.model.unknown_occupancy, self.config.space)
        bits, headings = self._updater.update(open_questions, changed)
        field = reach_from(grid, position, self.config.space)
        candidates = select_candidates(
            bits, headings, field.reachable, grid, self.config.candidates, field=field)
        return Scores(bits, field, candidates)


def undecided(grid: OccupancyGrid, prior: float, config: SpaceConfig) -> OccupancyGrid:
    """
    Return the map with all that is decided taken for certain.

    Cells that count as free or as obstacles promise nothing more, so that information means space
    not yet seen and not walls seen too seldom; the others count as they would had their first
    guess been the prior.

    :param grid: the map.
    :param prior: P(occupied) of a cell never observed.
    :param config: thresholds of free and occupied.
    """
    seen = grid.probabilities
    p = grid.with_prior(prior).probabilities
    p[seen < config.free_threshold] = 0.0
    p[seen > config.occupied_threshold] = 1.0
    return OccupancyGrid(p, grid.resolution, grid.origin)
