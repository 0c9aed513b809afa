"""The configuration of goal_node."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.exploration import Boundary, ExplorationConfig
from fsmi_explorer.nodes.robot_space import ROBOT_SPACE


@dataclass(frozen=True)
class GoalNodeConfig(Configuration):
    """What goal_node reads."""

    base_frame: str = parameter('base_link', 'frame of the robot', live=False)
    navigation: str = parameter(
        'action', 'action drives through navigate_to_pose; topic only publishes goal_pose',
        choices=('action', 'topic'), live=False)
    action_name: str = parameter(
        'navigate_to_pose', 'name of the action that drives', live=False)
    autostart: bool = parameter(
        True, 'explore at once; otherwise wait for the service ~/start', live=False)
    decision_period: float = parameter(
        1.0, 'the goal is thought over at least this often, besides at each new map', unit='s',
        low=0.1, high=60.0)
    pose_timeout: float = parameter(
        2.0, 'the pose of the robot counts as unknown when it is older', unit='s', low=0.1,
        high=60.0)
    response_timeout: float = parameter(
        5.0, 'a goal fails when the action server does not answer for this long', unit='s',
        low=0.1, high=300.0)
    return_home: bool = parameter(False, 'drive home when exploration has ended')
    home: tuple = parameter(
        (), 'x, y, yaw of home in the frame of the map; empty for where exploration started',
        unit='m, rad')
    save_map: bool = parameter(
        False, 'have the map saved by the service save_map_service when exploration has ended')
    save_map_service: str = parameter(
        'mapping_node/save_map', 'service that saves the map', live=False)
    exploration: ExplorationConfig = section(ExplorationConfig, space=ROBOT_SPACE)

    def __post_init__(self):
        """Check home and boundary too."""
        super().__post_init__()
        if len(self.home) not in (0, 3):
            raise ConfigurationError(f'home must be x, y, yaw or empty, got {self.home}')
        Boundary(self.exploration.boundary)
