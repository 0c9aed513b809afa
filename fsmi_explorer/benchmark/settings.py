"""What a sweep is run with: a robot and its lidar by name, or any configuration from a file."""

from math import radians
from pathlib import Path

from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.exploration.episode import EpisodeConfig

_NOISE_FREE = {'noise_sigma': 0.0}

PRESETS = {
    'standard': {'simulation': {'lidar': _NOISE_FREE}},
    'range_5m': {'simulation': {'lidar': {**_NOISE_FREE, 'range_max': 5.0}}},
    'range_30m': {'simulation': {'lidar': {**_NOISE_FREE, 'range_max': 30.0}}},
    'fov_90deg': {'simulation': {'lidar': {**_NOISE_FREE, 'fov': radians(90.0)}}},
    'fov_270deg': {'simulation': {'lidar': {**_NOISE_FREE, 'fov': radians(270.0)}}},
    'slow_turning': {
        'simulation': {'lidar': _NOISE_FREE, 'robot': {'max_turn_rate': 0.3}}},
    'noisy': {'simulation': {'lidar': {'noise_sigma': 0.03, 'drop_out': 0.1}}},
}
"""
Settings by name, the first the default: 360 degrees, 10 m, 360 beams at 10 Hz, no noise, a robot
of 0.2 m radius, 0.5 m/s and 1 rad/s; the others change what their name says.
"""


def read_settings(name_or_yaml: str) -> EpisodeConfig:
    """
    Return the configuration of a preset, or of a YAML file nested as `EpisodeConfig` is.

    What exploration and driving take for granted of the robot and its lidar follows from the
    simulated ones, so that a file needs to say it only once.

    :raises ConfigurationError: on an unknown name or a value that is not allowed.
    :raises FileFormatError: if a file cannot be read.
    """
    values = PRESETS.get(name_or_yaml)
    if values is None:
        if not Path(name_or_yaml).suffix:
            raise ConfigurationError(f'{name_or_yaml}: no settings of this name, known are '
                                     f'{", ".join(PRESETS)}; or give a YAML file')
        values = read_yaml(name_or_yaml) or {}
    config = EpisodeConfig().updated(values, '' if name_or_yaml in PRESETS else name_or_yaml)
    return config.updated(_what_the_robot_knows(config))


def _what_the_robot_knows(config: EpisodeConfig) -> dict:
    """Return the values that follow from the simulated robot and its lidar."""
    robot, lidar = config.simulation.robot, config.simulation.lidar
    space = {'robot_radius': robot.radius}
    model = {'max_range': lidar.range_max, 'fov': lidar.fov}
    return {
        'scoring': {'model': model, 'space': space},
        'exploration': {'view': {'model': model}, 'space': space},
        'planner': {'space': space},
        'follower': {'max_speed': robot.max_speed, 'max_turn_rate': robot.max_turn_rate},
    }
