"""Run slam_toolbox and Nav2, both or one, configured for exploration."""

import os

from fsmi_explorer.launching import (
    common_arguments,
    include,
    Settings,
    shared_file,
    switch,
    twist_is_stamped,
    USER_GOAL_TOPIC,
)
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction, OpaqueFunction
from launch_ros.actions import PushRosNamespace, SetParameter, SetRemap
from nav2_common.launch import RewrittenYaml

NAV2_LEAVES_NAMESPACE_OUT = ('humble', 'jazzy', 'kilted')
"""Distributions whose navigation_launch.py leaves its namespace to who includes it."""


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; the rest depends on their values."""
    return LaunchDescription(
        [*common_arguments('nav2.yaml'), *arguments(), OpaqueFunction(function=start)])


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what to run and how."""
    return [
        switch('nav2', True, 'run Nav2, with params_file'),
        switch('slam', True, 'run slam_toolbox, with slam_params_file'),
        DeclareLaunchArgument(
            'slam_params_file', default_value=shared_file('config', 'slam_toolbox.yaml'),
            description='YAML file of the parameters of slam_toolbox'),
        DeclareLaunchArgument(
            'slam_map_topic', default_value='map',
            description='where slam_toolbox publishes its map; Nav2 listens to map'),
        DeclareLaunchArgument(
            'scan_topic', default_value='scan', description='LaserScan of the lidar'),
        DeclareLaunchArgument(
            'base_frame', default_value='',
            description='frame of the robot; empty for what the parameter files say'),
        switch('stamped', twist_is_stamped(), 'drive by TwistStamped instead of Twist; Nav2 in '
               'Humble only has Twist'),
    ]


def start(context) -> list:
    """Start what is wanted."""
    settings = Settings(context)
    wanted = {'slam': slam_toolbox, 'nav2': nav2}
    return [GroupAction([SetParameter('use_sim_time', settings.flag('use_sim_time')),
                         SetRemap('/tf', 'tf'), SetRemap('/tf_static', 'tf_static'),
                         *run(settings)])
            for name, run in wanted.items() if settings.flag(name)]


def slam_toolbox(settings: Settings) -> list:
    """Run slam_toolbox; its launch file knows of no namespace."""
    parameters = RewrittenYaml(
        settings['slam_params_file'], {'scan_topic': settings['scan_topic'],
                                       **settings.given(base_frame='base_frame')})
    return [
        *namespace(settings),
        SetRemap('/map', settings['slam_map_topic']),
        SetRemap('map', settings['slam_map_topic']),
        include('online_async_launch.py', {
            'slam_params_file': parameters, 'use_sim_time': settings['use_sim_time'],
        }, package='slam_toolbox'),
    ]


def nav2(settings: Settings) -> list:
    """Run Nav2 without map server and AMCL; see `USER_GOAL_TOPIC` for the topic of goals."""
    pushes = os.environ.get('ROS_DISTRO') not in NAV2_LEAVES_NAMESPACE_OUT
    return [
        *([] if pushes else namespace(settings)),
        SetRemap('goal_pose', USER_GOAL_TOPIC),
        include('navigation_launch.py', {
            'namespace': settings['namespace'],
            'use_sim_time': settings['use_sim_time'].capitalize(),
            'params_file': nav2_parameters(settings),
            'log_level': settings['log_level'],
        }, package='nav2_bringup'),
    ]


def nav2_parameters(settings: Settings) -> RewrittenYaml:
    """Put the choices into the parameter file; costmaps want the full name of the topic."""
    frames = settings.given(
        robot_base_frame='base_frame', base_frame_id='base_frame', base_frame='base_frame')
    scan = '/'.join(['', *settings['namespace'].split('/'), settings['scan_topic']])
    return RewrittenYaml(settings['params_file'], {
        'topic': scan.replace('//', '/'),
        'enable_stamped_cmd_vel': settings['stamped'],
        **frames,
    }, convert_types=True)


def namespace(settings: Settings) -> list:
    """Enter the namespace if there is one."""
    return [PushRosNamespace(settings['namespace'])] if settings['namespace'] else []
