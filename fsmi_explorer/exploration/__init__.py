"""Bits in, goals out: where the robot can go, what that costs, and what is worth it."""

from fsmi_explorer.exploration.boundary import Boundary
from fsmi_explorer.exploration.candidates import Candidates, select_candidates
from fsmi_explorer.exploration.config import (
    CandidateConfig,
    ExplorationConfig,
    FrontierConfig,
    MemoryConfig,
    SpaceConfig,
    StopConfig,
    UtilityConfig,
)
from fsmi_explorer.exploration.distance import distance_transform
from fsmi_explorer.exploration.explorer import Decision, Explorer, Goal
from fsmi_explorer.exploration.policies import make_policy, Policy, Situation
from fsmi_explorer.exploration.reach import reach_from
from fsmi_explorer.exploration.space import clearance, traversable
from fsmi_explorer.exploration.travel import travel_costs, TravelField

__all__ = [
    'Boundary', 'CandidateConfig', 'Candidates', 'Decision', 'ExplorationConfig', 'Explorer',
    'FrontierConfig', 'Goal', 'MemoryConfig', 'Policy', 'Situation', 'SpaceConfig', 'StopConfig',
    'TravelField', 'UtilityConfig', 'clearance', 'distance_transform', 'make_policy', 'reach_from',
    'select_candidates', 'travel_costs', 'traversable',
]
