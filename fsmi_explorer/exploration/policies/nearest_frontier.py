"""`nearest_frontier`: the nearest frontier, chosen anew each second."""

from fsmi_explorer.exploration.policies.frontier_policy import FrontierPolicy
from fsmi_explorer.exploration.policies.policy import Situation
import numpy as np


class NearestFrontier(FrontierPolicy):
    """
    Goes to the nearest frontier (Yamauchi, CIRA 1997), in its strong form.

    Near is told by the way the robot has to drive, frontiers too short to matter are left alone,
    and the choice is made anew each second: a frontier that dissolves while the robot comes near
    costs no metre more.
    """

    replan_period = 1.0

    def rate(self, situation: Situation) -> np.ndarray:
        """Return the way to each, with a minus."""
        return -situation.cost
