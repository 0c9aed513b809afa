"""Explore in Gazebo, with the robot and the worlds of this package."""

from pathlib import Path

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
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import Command
from launch_ros.parameter_descriptions import ParameterValue
import yaml

SPAWN_HEIGHT = '0.02'  # m; the robot drops onto its wheels


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; the rest depends on their values."""
    return LaunchDescription(
        [*common_arguments(use_sim_time=True), *arguments(), OpaqueFunction(function=start)])


def arguments() -> list[DeclareLaunchArgument]:
    """Declare the world, the robot and what is to run."""
    return [
        DeclareLaunchArgument(
            'world', default_value='office', description='office, warehouse, or an SDF file'),
        *(DeclareLaunchArgument(
            name, default_value='', description=f'{meaning} of the robot at the start; empty for '
            'what the YAML file beside the world says') for name, meaning in (
                ('x', 'x in m'), ('y', 'y in m'), ('yaw', 'heading in rad'))),
        DeclareLaunchArgument(
            'lidar', default_value='2d', choices=['2d', '3d'], description='which lidar it has'),
        switch('headless', False, 'run Gazebo without its window'),
        switch('stamped', twist_is_stamped(), 'drive by TwistStamped instead of Twist'),
        DeclareLaunchArgument(
            'slam', default_value='slam_toolbox', choices=['slam_toolbox', 'odometry'],
            description='what makes the transform map -> odom'),
        DeclareLaunchArgument(
            'mapping', default_value='', choices=['', 'true', 'false', 'True', 'False'],
            description='make the map from scans and transforms instead of using that of '
            'slam_toolbox; empty for only without it'),
        switch('rviz', True, 'open RViz'),
    ]


def start(context: LaunchContext) -> list:
    """Start Gazebo, the robot in it, and all that a real robot needs."""
    settings = Settings(context)
    world = find_world(context, settings['world'])
    robot = [describe(settings), spawn(settings, start_pose(settings, world)), bridge(settings)]
    return [
        *gazebo(settings, world),
        in_namespace(settings, robot),
        include('robot.launch.py', {
            **settings.passed_on('slam', 'mapping', 'stamped', 'rviz'),
            'sensors': 'points' if settings['lidar'] == '3d' else 'scans'}),
    ]


def find_world(context: LaunchContext, world: str) -> Path:
    """Return the path of a world of this package, or that of a file."""
    if world.endswith('.sdf'):
        return Path(world).expanduser().resolve()
    return Path(shared_file('worlds', f'{world}.sdf').perform(context))


def start_pose(settings: Settings, world: Path) -> dict[str, str]:
    """Return x, y and yaw: as given, else as the map of the world says, else zero."""
    world_map = world.with_suffix('.yaml')
    described = yaml.safe_load(world_map.read_text()) if world_map.is_file() else {}
    start = dict(zip(('x', 'y', 'yaw'), described.get('start', (0.0, 0.0, 0.0))))
    return {name: settings[name] or str(start[name]) for name in start}


def gazebo(settings: Settings, world: Path) -> list:
    """Run the server of Gazebo, and its window in a process of its own."""
    rendering = ' --headless-rendering' if settings.flag('headless') else ''
    server = include('gz_sim.launch.py', {
        'gz_args': f'-r -s -v2{rendering} "{world}"', 'on_exit_shutdown': 'true',
    }, package='ros_gz_sim')
    window = include('gz_sim.launch.py', {'gz_args': '-g -v2'}, package='ros_gz_sim')
    return [server] if settings.flag('headless') else [server, window]


def describe(settings: Settings):
    """Publish the description of the robot and the transforms of its parts."""
    description = Command([
        'xacro ', shared_file('urdf', 'robot.urdf.xacro'),
        f' namespace:={settings["namespace"]} lidar:={settings["lidar"]}'])
    return node(settings, 'robot_state_publisher', package='robot_state_publisher', parameters={
        'robot_description': ParameterValue(description, value_type=str)})


def spawn(settings: Settings, pose: dict[str, str]):
    """Put the robot into the world; waits for both."""
    return node(settings, 'create', package='ros_gz_sim', arguments=[
        '-name', 'fsmi_robot', '-topic', 'robot_description', '-z', SPAWN_HEIGHT,
        '-x', pose['x'], '-y', pose['y'], '-Y', pose['yaw']])


def bridge(settings: Settings):
    """Bridge the topics; of the two types of velocities one is named cmd_vel."""
    velocities = 'cmd_vel_twist_stamped' if settings.flag('stamped') else 'cmd_vel_twist'
    return node(
        settings, 'parameter_bridge', package='ros_gz_bridge', parameters={
            'config_file': shared_file('config', 'bridge.yaml'), 'expand_gz_topic_names': True,
        }, remappings={velocities: 'cmd_vel'})
