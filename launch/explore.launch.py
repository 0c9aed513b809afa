"""Explore with a robot that something else maps or localises, and drives: the product nodes."""

from fsmi_explorer.launching import (
    common_arguments,
    in_namespace,
    include,
    node,
    Settings,
    switch,
    USER_GOAL_TOPIC,
)
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; the rest depends on their values."""
    return LaunchDescription(
        [*common_arguments(), *arguments(), OpaqueFunction(function=start)])


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what can be chosen, besides all that the parameter file says."""
    return [
        DeclareLaunchArgument(
            'sensors', default_value='', choices=['', 'all', 'scans', 'points'],
            description='what the map is made of; not all if scans and points come from one '
            'lidar; empty for what params_file says'),
        switch('mapping', True, 'make the map from scans and transforms; false to use that of a '
               'SLAM, on map_topic'),
        DeclareLaunchArgument(
            'navigation', default_value='', choices=['', 'action', 'topic'],
            description='action drives through navigate_to_pose, topic only publishes goals; '
            'empty for what params_file says'),
        DeclareLaunchArgument(
            'base_frame', default_value='',
            description='frame of the robot; empty for what params_file says'),
        DeclareLaunchArgument(
            'scan_topic', default_value='scan', description='LaserScan of the lidar'),
        DeclareLaunchArgument(
            'points_topic', default_value='points', description='PointCloud2 of a 3D lidar'),
        DeclareLaunchArgument(
            'map_topic', default_value='map', description='OccupancyGrid that is explored'),
        DeclareLaunchArgument(
            'goal_topic', default_value='goal_pose',
            description='where the chosen goals are published; they are not where a Nav2 that is '
            'driven by action listens too'),
        DeclareLaunchArgument(
            'user_goal_topic', default_value=USER_GOAL_TOPIC,
            description='where the tool 2D Goal Pose of RViz publishes; goal_pose for a Nav2 of '
            'your own'),
        switch('navigator', False, 'drive by the small navigator of this package instead of Nav2'),
        switch('stamped', False, 'let that navigator drive by TwistStamped instead of Twist'),
        switch('rviz', False, 'open RViz'),
    ]


def start(context) -> list:
    """Start the nodes, and RViz if wanted."""
    settings = Settings(context)
    actions = [in_namespace(settings, exploration(settings))]
    if settings.flag('rviz'):
        actions.append(rviz(settings))
    return actions


def exploration(settings: Settings) -> list:
    """Run the nodes that map, score and choose goals."""
    map_names = {'map': settings['map_topic'],
                 'map_updates': f'{settings["map_topic"]}_updates'}
    nodes = [
        node(settings, 'mi_node', parameters=settings.given(base_frame='base_frame'),
             remappings=map_names),
        node(settings, 'goal_node',
             parameters=settings.given(base_frame='base_frame', navigation='navigation'),
             remappings={**map_names, 'goal_pose': settings['goal_topic']}),
    ]
    if settings.flag('mapping'):
        sensors = {'scan': settings['scan_topic'], 'points': settings['points_topic']}
        nodes.append(node(settings, 'mapping_node', parameters=settings.given(sensors='sensors'),
                          remappings={**map_names, **sensors}))
    if settings.flag('navigator'):
        nodes.append(node(settings, 'navigator_node', parameters={
            'stamped_cmd_vel': settings.flag('stamped'),
            **settings.given(base_frame='base_frame')}, remappings=map_names))
    return nodes


def rviz(settings: Settings):
    """Open RViz with the topics as they are named here."""
    return include('rviz.launch.py', settings.passed_on(
        'scan_topic', 'map_topic', 'goal_topic', 'user_goal_topic'))
