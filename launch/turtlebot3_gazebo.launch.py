"""Explore with the TurtleBot 3 of nav2_bringup in Gazebo, with its SLAM and its Nav2."""

from fsmi_explorer.launching import (
    common_arguments,
    include,
    Settings,
    shared_file,
    switch,
    USER_GOAL_TOPIC,
)
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction, OpaqueFunction
from launch_ros.actions import SetRemap


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; the rest depends on their values."""
    return LaunchDescription(
        [*common_arguments(use_sim_time=True), *arguments(), OpaqueFunction(function=start)])


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what can be chosen; where the robot starts is up to the launch file included."""
    return [
        DeclareLaunchArgument(
            'nav2_params_file',
            default_value=shared_file('params', 'nav2_params.yaml', package='nav2_bringup'),
            description='YAML file of the parameters of Nav2'),
        switch('headless', False, 'run Gazebo without its window'),
        switch('rviz', True, 'open RViz'),
    ]


def start(context) -> list:
    """Start the robot and the exploration of the map that its SLAM makes."""
    settings = Settings(context)
    return [
        GroupAction([SetRemap('goal_pose', USER_GOAL_TOPIC), turtlebot3(settings)]),
        include('explore.launch.py', {
            **settings.passed_on('rviz'), 'mapping': 'false', 'navigation': 'action'}),
    ]


def turtlebot3(settings: Settings):
    """Run Gazebo, robot, slam_toolbox and Nav2; that file only understands True and False."""
    return include('tb3_simulation_launch.py', {
        'namespace': settings['namespace'],
        'use_namespace': str(bool(settings['namespace'])),
        'use_sim_time': str(settings.flag('use_sim_time')),
        'params_file': settings['nav2_params_file'],
        'headless': str(settings.flag('headless')),
        'slam': 'True',
        'use_rviz': 'False',
    }, package='nav2_bringup')
