"""Score a map: the information of every reachable pose, and the candidates among them."""

from dataclasses import dataclass
import math

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.exploration.candidates import Candidates, select_candidates
from fsmi_explorer.exploration.config import CandidateConfig, SpaceConfig
from fsmi_explorer.exploration.questions import pooled_questions
from fsmi_explorer.exploration.reach import reach_from
from fsmi_explorer.exploration.space import clearance
from fsmi_explorer.exploration.travel import TravelField
from fsmi_explorer.information import BeamModel, METHODS, SurfaceUpdater
from fsmi_explorer.mapping import Rectangle
import numpy as np


@dataclass(frozen=True)
class ScoringConfig(Configuration):
    """How a map is scored."""

    method: str = parameter(
        'noise_free', 'how mutual information is computed', choices=METHODS)
    cell: float = parameter(
        0.1, "information is computed in cells of this side, the map's own if those are larger; "
        'half of it takes four times as long', unit='m', low=0.01, high=1.0)
    solid: float = parameter(
        0.15, 'unseen cells this close to an obstacle count as part of it: closes the gaps that '
        'sparse beams leave in walls seen from afar', unit='m', low=0.0, high=1.0)
    sensor_yaw: float = parameter(
        0.0, 'where the sensor points against the robot; matters for one that does not see all '
        'round', unit='rad', low=-math.pi, high=math.pi)
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
        config = self.config
        clear = clearance(grid, occupied_threshold=config.space.occupied_threshold)
        questions = pooled_questions(
            grid, config.cell, config.model.unknown_occupancy, config.solid, config.space, clear)
        block = round(questions.resolution / grid.resolution)
        bits, headings = (
            _spread_blocks(each, block, grid.probabilities.shape)
            for each in self._updater.update(questions, _in_blocks(changed, block)))
        field = reach_from(grid, position, config.space, clear=clear)
        robot_headings = headings - np.float32(config.sensor_yaw)
        candidates = select_candidates(
            bits, robot_headings, field.reachable, grid, config.candidates, field=field)
        return Scores(bits, field, candidates)


def _in_blocks(cells: Rectangle | None, block: int) -> Rectangle | None:
    """Return the rectangle of the blocks that a rectangle of cells touches."""
    if cells is None or block == 1:
        return cells
    return Rectangle(cells.row0 // block, cells.col0 // block,
                     -(-cells.row1 // block), -(-cells.col1 // block))


def _spread_blocks(values: np.ndarray, block: int, shape: tuple[int, int]) -> np.ndarray:
    """Give every cell the value of its block."""
    if block == 1:
        return values
    return values.repeat(block, axis=0).repeat(block, axis=1)[:shape[0], :shape[1]]
