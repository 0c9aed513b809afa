"""`information_gain`: the most unknown space in view per way."""

from dataclasses import replace

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.policies.fsmi_greedy import FsmiGreedy
from fsmi_explorer.exploration.policies.policy import Situation
from fsmi_explorer.exploration.views import unknown_area_in_view


class InformationGain(FsmiGreedy):
    """
    Counts unknown cells in view instead of information, and weighs them as `fsmi_greedy` does.

    The gain of roadmap-explorer and of most next-best-view planners since Gonzalez-Banos and
    Latombe, Navigation strategies for exploring indoor environments, IJRR 21 (2002): what the
    beams of the sensor would cross until they meet a known wall.
    """

    unit = 'm^2 unknown in view'

    def __init__(self, config: ExplorationConfig):
        """Go for any area: offers are only what the stop rule counts."""
        super().__init__(config)
        self.least_gain = 0.0

    def offers(self, situation: Situation) -> Candidates:
        """Return the candidates that the stop rule counts, with the unknown area each views."""
        config, candidates = self.config, situation.candidates
        worth = candidates.subset(candidates.bits >= config.stop.min_information_bits)
        area = unknown_area_in_view(
            situation.grid, worth.poses, config.view, config.space)
        return replace(worth, bits=area)
