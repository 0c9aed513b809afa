"""Explore in the embedded simulator: nothing else is needed."""

from fsmi_explorer.launching import (
    common_arguments,
    in_namespace,
    include,
    node,
    Settings,
    shared_file,
    switch,
)
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; the rest depends on their values."""
    return LaunchDescription(
        [*common_arguments(use_sim_time=True), *arguments(), OpaqueFunction(function=start)])


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what can be chosen, besides all that the parameter file says."""
    return [
        DeclareLaunchArgument(
            'simulation_params_file', default_value=shared_file('config', 'simulation.yaml'),
            description='YAML file of the robot and what drives it; wins over params_file'),
        DeclareLaunchArgument(
            'world', default_value='',
            description='office, warehouse, flat, or the YAML file of a map; empty for what '
            'params_file says'),
        DeclareLaunchArgument(
            'seed', default_value='', description='of all that is random; empty for what '
            'params_file says'),
        DeclareLaunchArgument(
            'rate', default_value='', description='how many times faster than real time, 0 for '
            'as fast as possible; empty for what params_file says'),
        switch('rviz', False, 'open RViz'),
    ]


def start(context) -> list:
    """Start the simulated robot, what drives it, and the exploration."""
    settings = Settings(context)
    return [
        in_namespace(settings, robot(settings)),
        include('explore.launch.py', {
            **settings.passed_on('rviz'), 'mapping': 'true', 'navigation': 'action'}),
    ]


def robot(settings: Settings) -> list:
    """Run the simulator and the server of navigate_to_pose."""
    choices = settings.given(world='world', seed='seed', real_time_factor='rate')
    files = [settings['simulation_params_file']]
    return [node(settings, 'simulator_node', parameters=choices, more_files=files),
            node(settings, 'navigator_node', more_files=files)]
