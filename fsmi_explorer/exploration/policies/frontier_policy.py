"""What the policies that go to frontiers share."""

from dataclasses import replace

from fsmi_explorer.exploration.frontiers import find_frontiers, Frontiers
from fsmi_explorer.exploration.policies.policy import Policy, Situation
import numpy as np


class FrontierPolicy(Policy):
    """
    Goes to frontiers; short ones are left alone as long as there are others.

    Without the short ones, exploration would end with rooms unseen behind narrow doors, and with
    less of the map than other policies have.
    """

    unit = 'm of frontier'
    target = 'centre'
    """Which point of a frontier is gone to, one of `frontiers.TARGETS`."""

    def offers(self, situation: Situation) -> Frontiers:
        """Return the frontiers, each with a place next to it to look from."""
        return find_frontiers(situation.grid, situation.field, situation.pose,
                              self.config.frontiers, self.config.space, self.target)

    def utility(self, situation: Situation) -> np.ndarray:
        """Return the ratings of the long frontiers where there are any, else of the short."""
        frontiers = situation.candidates
        chosen = frontiers.bits >= self.config.frontiers.min_size
        if not chosen.any():
            chosen[:] = True
        utility = np.full(len(frontiers), -np.inf)
        utility[chosen] = self.rate(replace(
            situation, candidates=frontiers.subset(chosen), cost=situation.cost[chosen]))
        return utility

    def rate(self, situation: Situation) -> np.ndarray:
        """Return how good each of the frontiers of a situation is, as `utility` does."""
        raise NotImplementedError
