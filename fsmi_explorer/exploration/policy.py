"""Policies: how the candidates are weighed against each other."""

from dataclasses import dataclass
from typing import Protocol

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import UtilityConfig
from fsmi_explorer.exploration.travel import TravelField
import numpy as np


@dataclass(frozen=True, eq=False)
class Situation:
    """
    What a policy may look at.

    :param pose: (3,) x, y, yaw of the robot.
    :param grid: OccupancyGrid so far.
    :param field: travel costs from the robot.
    :param candidates: what there is to choose from.
    :param cost: (k,) m, travel cost to each candidate.
    """

    pose: np.ndarray
    grid: object
    field: TravelField
    candidates: Candidates
    cost: np.ndarray


class Policy(Protocol):
    """Rates candidates."""

    def utility(self, situation: Situation) -> np.ndarray:
        """Return (k,) positive utilities, the greatest the best."""


class InformationRate:
    """Information per way: bits to a power, over the travel cost and an offset."""

    def __init__(self, config: UtilityConfig):
        """Keep the weights."""
        self._config = config

    def utility(self, situation: Situation) -> np.ndarray:
        """Return bits^gain_exponent / (cost + turning + cost_offset)."""
        config, poses = self._config, situation.candidates.poses
        way = situation.cost + config.cost_offset
        if config.turn_cost > 0.0:
            way = way + config.turn_cost * _turn_towards(situation.pose, poses)
        return situation.candidates.bits ** config.gain_exponent / way


def _turn_towards(pose: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """Return the angle by which the robot must turn to face each pose, in rad from 0 to pi."""
    bearing = np.arctan2(poses[:, 1] - pose[1], poses[:, 0] - pose[0])
    return np.abs((bearing - pose[2] + np.pi) % (2 * np.pi) - np.pi)


_POLICIES = {'fsmi_greedy': InformationRate}


def make_policy(config: UtilityConfig) -> Policy:
    """Return the policy that the configuration names."""
    return _POLICIES[config.policy](config)
