"""What a policy may look at, and what it has to say."""

from dataclasses import dataclass
import math

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.travel import TravelField
import numpy as np


@dataclass(frozen=True, eq=False)
class Situation:
    """
    What a policy may look at.

    :param now: s.
    :param pose: (3,) x, y, yaw of the robot.
    :param grid: OccupancyGrid so far.
    :param field: travel costs from the robot.
    :param candidates: what there is to choose from.
    :param cost: (k,) m, travel cost to each candidate, inf where there is no way.
    """

    now: float
    pose: np.ndarray
    grid: object
    field: TravelField
    candidates: Candidates
    cost: np.ndarray


class Policy:
    """
    Offers goals and rates them; the explorer sees to all the rest.

    A policy derives from this class and gives `utility`; one that does not choose among the
    candidates scored by their information gives `offers` too.
    """

    unit = 'bits'
    """What the gain of an offer is counted in."""
    replan_period = math.inf
    """s, after which a goal is chosen anew although nothing speaks against the present one; a
    goal is otherwise kept until it is reached, blocked, or most of its gain has been seen."""
    least_gain = 0.0
    """What an offer must promise, in its unit, to be gone for."""

    def __init__(self, config: ExplorationConfig):
        """Keep the configuration."""
        self.config = config

    def offers(self, situation: Situation) -> Candidates:
        """
        Return poses to go to, with what each promises; the candidates themselves by default.

        :param situation: the map with all its candidates.
        """
        return situation.candidates

    def utility(self, situation: Situation) -> np.ndarray:
        """
        Return how good each candidate is as (k,), the greatest the best.

        Hysteresis multiplies them: they are positive unless the policy has a replan_period.

        :param situation: the map with those offers that can be gone to, at least one.
        """
        raise NotImplementedError
