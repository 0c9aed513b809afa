"""`csqmi`: the most Cauchy-Schwarz quadratic mutual information per way."""

from dataclasses import replace

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.policies.fsmi_greedy import FsmiGreedy
from fsmi_explorer.exploration.policies.policy import Situation
from fsmi_explorer.exploration.questions import pooled_questions
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
        config, candidates, view = self.config, situation.candidates, self.config.view
        worth = candidates.subset(candidates.bits >= config.stop.min_information_bits)
        questions = pooled_questions(situation.grid, view.cell, view.model.unknown_occupancy,
                                     view.solid, config.space)
        return replace(worth, bits=pose_mutual_information(
            questions, np.nan_to_num(worth.poses), view.model, 'csqmi'))
