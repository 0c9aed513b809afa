"""`csqmi`: the most Cauchy-Schwarz quadratic mutual information per way."""

from dataclasses import replace

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.policies.fsmi_greedy import FsmiGreedy
from fsmi_explorer.exploration.policies.policy import Situation
from fsmi_explorer.exploration.questions import open_questions
from fsmi_explorer.exploration.space import clearance
from fsmi_explorer.information import pose_mutual_information
import numpy as np


class Csqmi(FsmiGreedy):
    """
    Weighs CSQMI as `fsmi_greedy` weighs Shannon's information, on the same candidates.

    Charrow et al., Information-theoretic mapping using Cauchy-Schwarz quadratic mutual
    information, ICRA 2015. It takes longer than the mutual information that the candidates come
    with, and so is only computed for them.
    """

    unit = 'CSQMI'

    def __init__(self, config: ExplorationConfig):
        """Go for any gain: offers are only what the stop rule counts."""
        super().__init__(config)
        self.least_gain = 0.0

    def offers(self, situation: Situation) -> Candidates:
        """Return the candidates that the stop rule counts, with the CSQMI of each."""
        config, grid, candidates = self.config, situation.grid, situation.candidates
        worth = candidates.subset(candidates.bits >= config.stop.min_information_bits)
        clear = clearance(grid, occupied_threshold=config.space.occupied_threshold)
        view, block = config.view, max(1, round(config.view.cell / grid.resolution))
        questions = open_questions(
            grid, clear, view.model.unknown_occupancy, config.space, view.solid, block)
        return replace(worth, bits=pose_mutual_information(
            questions, np.nan_to_num(worth.poses), view.model, 'csqmi'))
