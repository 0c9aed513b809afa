"""`nearest_frontier`: the nearest frontier, chosen anew each second."""

from fsmi_explorer.exploration.frontiers import find_frontiers, Frontiers
from fsmi_explorer.exploration.policies.policy import Policy, Situation
import numpy as np


class NearestFrontier(Policy):
    """
    Goes to the nearest frontier (Yamauchi, CIRA 1997), in its strong form.

    Near is told by the way the robot has to drive, frontiers too short to matter are left alone,
    and the choice is made anew each second: a frontier that dissolves while the robot comes near
    costs no metre more.
    """

    unit = 'm of frontier'
    replan_period = 1.0

    def offers(self, situation: Situation) -> Frontiers:
        """Return the frontiers, each looked at from next to its centre."""
        return find_frontiers(situation.grid, situation.field, situation.pose,
                              self.config.frontiers, self.config.space)

    def utility(self, situation: Situation) -> np.ndarray:
        """Return the way to each, with a minus."""
        return -situation.cost
