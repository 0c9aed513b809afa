"""`explore_lite`: long frontiers near by, with distances as in its source or in metres."""

from fsmi_explorer.exploration.policies.frontier_policy import FrontierPolicy
from fsmi_explorer.exploration.policies.policy import Situation
import numpy as np

_POTENTIAL_SCALE, _GAIN_SCALE = 3.0, 1.0
_PERIOD = 1.0 / 0.33


class ExploreLite(FrontierPolicy):
    """
    Goes where potential_scale x distance - gain_scale x size is least, as explore_lite does.

    The rule and the defaults of m-explore-ros2 (explore/src/frontier_search.cpp, params.yaml):
    chosen anew at 0.33 Hz, frontiers of at least 0.75 m, the distance as the crow flies to their
    nearest cell. Its source multiplies that distance, in metres already, by the resolution of the
    map, and leaves the first cell out of the centroid that it drives to, but not out of the
    number of cells that it divides by; so does this policy.
    """

    replan_period = _PERIOD
    target = 'misplaced'

    def rate(self, situation: Situation) -> np.ndarray:
        """Return gain less cost of each frontier."""
        frontiers = situation.candidates
        distance = np.hypot(*(frontiers.nearest - situation.pose[:2]).T)
        return (_GAIN_SCALE * frontiers.bits
                - _POTENTIAL_SCALE * distance * self.metre(situation.grid))

    def metre(self, grid) -> float:
        """Return what a metre of distance counts as."""
        return grid.resolution


class ExploreLiteMetres(ExploreLite):
    """The same rule with the distance in metres and the whole centroid."""

    target = 'centre'

    def metre(self, grid) -> float:
        """Return 1: a metre is a metre."""
        return 1.0
