"""Goals in, velocities out: plan a path over the map and follow it."""

from fsmi_explorer.navigation.follower import Command, FollowerConfig, PathFollower
from fsmi_explorer.navigation.planner import must_replan, Plan, plan_path, PlannerConfig

__all__ = [
    'Command', 'FollowerConfig', 'PathFollower', 'Plan', 'PlannerConfig', 'must_replan',
    'plan_path',
]
