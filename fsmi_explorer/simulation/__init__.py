"""Simulation: the embedded robot and its lidar in a 2D world, and what of it can be seen."""

from fsmi_explorer.simulation.configuration import (
    LidarConfig,
    OdometryConfig,
    RobotConfig,
    SimulationConfig,
    StartConfig,
)
from fsmi_explorer.simulation.reachability import reachable_area
from fsmi_explorer.simulation.simulator import Simulator
from fsmi_explorer.simulation.visibility import coverage, visible_area
from fsmi_explorer.simulation.world import find_world, World

__all__ = [
    'coverage',
    'find_world',
    'LidarConfig',
    'OdometryConfig',
    'reachable_area',
    'RobotConfig',
    'SimulationConfig',
    'Simulator',
    'StartConfig',
    'visible_area',
    'World',
]
