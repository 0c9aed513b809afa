"""`fsmi_greedy`: the most information per way."""

from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.policies.policy import Policy, Situation
import numpy as np


class FsmiGreedy(Policy):
    """Information per way: bits to a power, over the travel cost and an offset."""

    def __init__(self, config: ExplorationConfig):
        """Go for what the stop rule counts."""
        super().__init__(config)
        self.least_gain = config.stop.min_information_bits

    def utility(self, situation: Situation) -> np.ndarray:
        """Return bits^gain_exponent / (cost + turning + cost_offset)."""
        weights, poses = self.config.utility, situation.candidates.poses
        way = situation.cost + weights.cost_offset
        if weights.turn_cost > 0.0:
            way = way + weights.turn_cost * _turn_towards(situation.pose, poses)
        return situation.candidates.bits ** weights.gain_exponent / way


def _turn_towards(pose: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """Return the angle by which the robot must turn to face each pose, in rad from 0 to pi."""
    bearing = np.arctan2(poses[:, 1] - pose[1], poses[:, 0] - pose[0])
    return np.abs((bearing - pose[2] + np.pi) % (2 * np.pi) - np.pi)
