"""What the launch files share: common arguments, their values, nodes and includes."""

from collections.abc import Iterable, Mapping
import os

from launch import Action, LaunchContext, SomeSubstitutionsType
from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetRemap
from launch_ros.substitutions import FindPackageShare

PACKAGE = 'fsmi_explorer'
COMMON = ('namespace', 'use_sim_time', 'params_file', 'log_level')
"""Names of the arguments that every launch file has."""

USER_GOAL_TOPIC = 'user_goal'
"""
Where a user's own goals go.

Not to goal_pose: there goal_node says what it has chosen, and Nav2 would drive to that a second
time, as somebody else's goal.
"""

_TWIST_BY_DEFAULT = ('humble', 'iron', 'jazzy')


def shared_file(*path: str, package: str = PACKAGE) -> PathJoinSubstitution:
    """Find a file in the share folder of a package when it is needed."""
    return PathJoinSubstitution([FindPackageShare(package), *path])


def switch(name: str, default: bool, description: str) -> DeclareLaunchArgument:
    """Declare an argument that is true or false."""
    return DeclareLaunchArgument(
        name, default_value=str(default).lower(), choices=['true', 'false', 'True', 'False'],
        description=description)


def common_arguments(
        parameters: str = 'fsmi_explorer.yaml', use_sim_time: bool = False,
) -> list[DeclareLaunchArgument]:
    """
    Declare the arguments that every launch file has.

    :param parameters: name of the default parameter file in config/.
    :param use_sim_time: whether time comes from /clock by default.
    """
    return [
        DeclareLaunchArgument(
            'namespace', default_value='', description='namespace of all nodes and topics'),
        switch('use_sim_time', use_sim_time, 'take the time from /clock'),
        DeclareLaunchArgument(
            'params_file', default_value=shared_file('config', parameters),
            description='YAML file of the parameters'),
        DeclareLaunchArgument(
            'log_level', default_value='info', description='what to log',
            choices=['debug', 'info', 'warn', 'error', 'fatal']),
    ]


def twist_is_stamped() -> bool:
    """Tell whether velocities are TwistStamped by default in the ROS distribution in use."""
    return os.environ.get('ROS_DISTRO') not in _TWIST_BY_DEFAULT


class Settings:
    """
    The values of the arguments of a launch.

    :param context: of the launch, once the arguments are declared.
    """

    def __init__(self, context: LaunchContext):
        """Read the values when they are asked for."""
        self._values = context.launch_configurations

    def __getitem__(self, name: str) -> str:
        """Return the value of an argument."""
        return self._values[name]

    def flag(self, name: str) -> bool:
        """Return the value of a switch."""
        return self._values[name].lower() == 'true'

    def passed_on(self, *names: str) -> dict[str, str]:
        """Return the common arguments, and others, to pass on to another launch file."""
        return {name: self._values[name] for name in (*COMMON, *names)}

    def given(self, **names: str) -> dict[str, LaunchConfiguration]:
        """
        Return parameters for the arguments that are not empty: those win over the files.

        :param names: name of the argument for each parameter.
        """
        return {parameter: LaunchConfiguration(name) for parameter, name in names.items()
                if self._values[name]}


def node(
        settings: Settings, executable: str, *, package: str = PACKAGE,
        parameters: Mapping | None = None, remappings: Mapping[str, str] | None = None,
        arguments: Iterable[SomeSubstitutionsType] = (), more_files: Iterable[str] = (),
) -> Node:
    """
    Run a node with the parameter file; of this package in its enclave of config/security.

    :param parameters: they win over the files.
    :param remappings: names of topics, old to new.
    :param more_files: parameter files that win over the one that every launch file has.
    """
    enclave = ['--enclave', f'/{PACKAGE}/{executable}'] if package == PACKAGE else []
    # The clock too is given after the files: what ROS is first told of all nodes in general, as by
    # SetParameter, stays first, and with it all that is told of them later, so that files win.
    given = {'use_sim_time': settings.flag('use_sim_time'), **(parameters or {})}
    return Node(
        package=package, executable=executable, output='screen',
        parameters=[settings['params_file'], *more_files, given],
        remappings=(remappings or {}).items(), arguments=arguments,
        ros_arguments=['--log-level', settings['log_level'], *enclave])


def in_namespace(settings: Settings, actions: Iterable[Action]) -> GroupAction:
    """Put nodes into the namespace, with its transforms."""
    namespace = settings['namespace']
    return GroupAction([
        *([PushRosNamespace(namespace)] if namespace else []),
        SetRemap('/tf', 'tf'),
        SetRemap('/tf_static', 'tf_static'),
        *actions,
    ])


def include(file: str, arguments: Mapping, *, package: str = PACKAGE) -> GroupAction:
    """Include a launch file of a package; what it sets stays in it."""
    source = PythonLaunchDescriptionSource(shared_file('launch', file, package=package))
    return GroupAction([IncludeLaunchDescription(source, launch_arguments=arguments.items())])
