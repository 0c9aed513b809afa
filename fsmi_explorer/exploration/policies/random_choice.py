"""`random`: any of the informative poses, the floor of every comparison."""

from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.policies.policy import Policy, Situation
import numpy as np


class RandomChoice(Policy):
    """
    Goes to a candidate at random, each as likely as the others.

    Of all else it takes part: only poses that promise enough are drawn from, and a goal is given
    up once most of its information has been seen on the way.
    """

    def __init__(self, config: ExplorationConfig):
        """Draw the same numbers in each exploration."""
        super().__init__(config)
        self.least_gain = config.stop.min_information_bits
        self._rng = np.random.default_rng(0)

    def utility(self, situation: Situation) -> np.ndarray:
        """Return random numbers."""
        return self._rng.random(len(situation.candidates))
