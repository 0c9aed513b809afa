"""Watch an exploration in RViz, give goals and a boundary."""

from fsmi_explorer.launching import (
    common_arguments,
    in_namespace,
    node,
    Settings,
    shared_file,
    USER_GOAL_TOPIC,
)
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; the rest depends on their values."""
    return LaunchDescription(
        [*common_arguments(), *arguments(), OpaqueFunction(function=start)])


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what to show."""
    return [
        DeclareLaunchArgument(
            'rviz_config', default_value=shared_file('rviz', 'fsmi_explorer.rviz'),
            description='what RViz shows'),
        DeclareLaunchArgument('scan_topic', default_value='scan', description='LaserScan'),
        DeclareLaunchArgument('map_topic', default_value='map', description='OccupancyGrid'),
        DeclareLaunchArgument(
            'goal_topic', default_value='goal_pose', description='the goals that are chosen'),
        DeclareLaunchArgument(
            'user_goal_topic', default_value=USER_GOAL_TOPIC,
            description='where the tool 2D Goal Pose publishes; goal_pose for a Nav2 of your own'),
    ]


def start(context) -> list:
    """Open RViz in the namespace: the topics of its configuration are relative names."""
    settings = Settings(context)
    map_topic = settings['map_topic']
    names = {'scan': settings['scan_topic'], 'map': map_topic,
             'map_updates': f'{map_topic}_updates', 'goal_pose': settings['goal_topic'],
             USER_GOAL_TOPIC: settings['user_goal_topic']}
    rviz = node(settings, 'rviz2', package='rviz2', remappings=names,
                arguments=['-d', settings['rviz_config']])
    return [in_namespace(settings, [rviz])]
