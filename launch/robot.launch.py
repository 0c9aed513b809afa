"""Explore with a real robot: its drivers run already, this adds SLAM, Nav2 and exploration."""

from fsmi_explorer.launching import (
    common_arguments,
    in_namespace,
    include,
    node,
    Settings,
    shared_file,
    switch,
    twist_is_stamped,
)
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; the rest depends on their values."""
    return LaunchDescription(
        [*common_arguments(), *arguments(), OpaqueFunction(function=start)])


def arguments() -> list[DeclareLaunchArgument]:
    """Declare what the robot has and what is to run."""
    return [
        DeclareLaunchArgument(
            'slam', default_value='slam_toolbox',
            choices=['slam_toolbox', 'odometry', 'other'],
            description='what makes the transform map -> odom: slam_toolbox; nothing but trust '
            'in the odometry; or another SLAM that runs already'),
        DeclareLaunchArgument(
            'mapping', default_value='', choices=['', 'true', 'false', 'True', 'False'],
            description='make the map from scans and transforms instead of using that of the '
            'SLAM; empty for only without SLAM'),
        DeclareLaunchArgument(
            'sensors', default_value='', choices=['', 'all', 'scans', 'points'],
            description='what mapping makes the map of; not all if scans and points come from '
            'one lidar; empty for what params_file says'),
        switch('nav2', True, 'run Nav2; false if it runs already'),
        switch('navigator', False, 'drive by the small navigator of this package; needs '
               'nav2:=false'),
        DeclareLaunchArgument(
            'navigation', default_value='', choices=['', 'action', 'topic'],
            description='action drives through navigate_to_pose, topic only publishes goals; '
            'empty for what params_file says'),
        DeclareLaunchArgument(
            'scan_topic', default_value='scan', description='LaserScan of the lidar'),
        DeclareLaunchArgument(
            'points_topic', default_value='points', description='PointCloud2 of a 3D lidar'),
        DeclareLaunchArgument(
            'base_frame', default_value='',
            description='frame of the robot; empty for what the parameter files say'),
        switch('stamped', twist_is_stamped(), 'drive by TwistStamped instead of Twist'),
        DeclareLaunchArgument(
            'nav2_params_file', default_value=shared_file('config', 'nav2.yaml'),
            description='YAML file of the parameters of Nav2'),
        DeclareLaunchArgument(
            'slam_params_file', default_value=shared_file('config', 'slam_toolbox.yaml'),
            description='YAML file of the parameters of slam_toolbox'),
        switch('rviz', False, 'open RViz'),
    ]


def start(context) -> list:
    """Start what is wanted."""
    settings = Settings(context)
    mapping = settings['mapping'] or str(settings['slam'] == 'odometry')
    actions = [navigation(settings, mapping.lower() == 'true'), exploration(settings, mapping)]
    if settings['slam'] == 'odometry':
        actions.append(in_namespace(settings, [trust_in_odometry(settings)]))
    return actions


def navigation(settings: Settings, mapping: bool):
    """Run slam_toolbox and Nav2, as far as wanted; there must be one map only."""
    return include('navigation.launch.py', {
        **settings.passed_on('nav2', 'slam_params_file', 'scan_topic', 'base_frame', 'stamped'),
        'params_file': settings['nav2_params_file'],
        'slam': str(settings['slam'] == 'slam_toolbox'),
        'slam_map_topic': 'slam_map' if mapping else 'map',
    })


def exploration(settings: Settings, mapping: str):
    """Run the nodes that explore."""
    listens_to_goal_pose = not settings.flag('nav2') and not settings.flag('navigator')
    names = {'user_goal_topic': 'goal_pose'} if listens_to_goal_pose else {}
    if listens_to_goal_pose and settings['navigation'] != 'topic':
        names['goal_topic'] = 'exploration_goal'
    return include('explore.launch.py', {
        **settings.passed_on('navigation', 'scan_topic', 'points_topic', 'base_frame', 'rviz',
                             'sensors', 'navigator', 'stamped'),
        'mapping': mapping, **names,
    })


def trust_in_odometry(settings: Settings):
    """Keep the frame of the odometry where that of the map is."""
    return node(settings, 'static_transform_publisher', package='tf2_ros',
                arguments=['--frame-id', 'map', '--child-frame-id', 'odom'])
