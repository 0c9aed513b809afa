"""
Launch files: arguments, processes and parameters.

What needs `launch` itself is skipped where that cannot be imported.
"""

import ast
from itertools import combinations, product
import os
from pathlib import Path
import signal
import subprocess
import sys

from launch_visitor import install, leaves, named, OWN, Process, REPOSITORY, Visitor
import pytest
import yaml

LAUNCH_FILES = sorted((REPOSITORY / 'launch').glob('*.launch.py'))
COMMON = ['namespace', 'use_sim_time', 'params_file', 'log_level']
LONGEST_FUNCTION = 40


@pytest.mark.parametrize('path', LAUNCH_FILES, ids=lambda path: path.name)
def test_launch_files_are_made_of_short_functions_and_order_by_nothing(path):
    tree = ast.parse(path.read_text())
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    assert {'generate_launch_description', 'start'} <= {each.name for each in functions}
    for each in functions:
        length = each.end_lineno - each.lineno + 1
        assert length <= LONGEST_FUNCTION or each.name == 'arguments', each.name
    assert 'Timer' not in path.read_text()


@pytest.fixture
def prefix(tmp_path, monkeypatch) -> Path:
    """Install the package and stand-ins for others where launch looks for them."""
    pytest.importorskip('launch_ros.actions', reason='launch_ros is not installed')
    install(tmp_path)
    for variable, folder in (('AMENT_PREFIX_PATH', tmp_path), ('PATH', tmp_path / 'bin')):
        monkeypatch.setenv(variable, f'{folder}{os.pathsep}{os.environ.get(variable, "")}')
    monkeypatch.setenv('ROS_LOG_DIR', str(tmp_path / 'log'))
    return tmp_path


@pytest.fixture
def visitor(prefix, monkeypatch) -> Visitor:
    """Give a visitor of launch files that run nothing."""
    from launch.actions import ExecuteLocal
    visitor = Visitor(prefix, [])

    def note(action, context):
        action.prepare(context)
        visitor.processes.append(Process(action.process_details['cmd']))

    monkeypatch.setattr(ExecuteLocal, 'execute', note)
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    return visitor


@pytest.fixture
def with_nav2(visitor) -> Visitor:
    """Give a visitor where the launch files of Nav2 can be included."""
    pytest.importorskip('nav2_common.launch', reason='nav2_common is not installed')
    return visitor


def declared(name: str) -> dict:
    """Return the arguments that a launch file declares."""
    from launch.launch_description_sources import get_launch_description_from_python_launch_file
    description = get_launch_description_from_python_launch_file(str(named(name)))
    return {each.name: each for each in description.get_launch_arguments()}


def test_every_launch_file_has_the_common_arguments_and_describes_all(prefix):
    pytest.importorskip('nav2_common.launch', reason='nav2_common is not installed')
    for path in LAUNCH_FILES:
        arguments = declared(path.name.split('.')[0])
        assert list(arguments)[:4] == COMMON, path.name
        for argument in arguments.values():
            assert argument.description and argument.default_value is not None, argument.name


def pairwise(choices: dict[str, list[str]]):
    """Yield few assignments of which every two choices of two arguments are together in one."""
    def pairs(given):
        return set(combinations(given.items(), 2))

    assignments = [dict(zip(choices, values)) for values in product(*choices.values())]
    missing = set().union(*map(pairs, assignments))
    while missing:
        best = max(assignments, key=lambda given: len(pairs(given) & missing))
        missing -= pairs(best)
        yield best


@pytest.mark.parametrize('path', LAUNCH_FILES, ids=lambda path: path.name)
def test_every_pair_of_choices_starts_what_it_says(with_nav2, path):
    name = path.name.split('.')[0]
    choices = {argument.name: [each for each in argument.choices if each == each.lower()]
               for argument in declared(name).values()
               if argument.choices and argument.name != 'log_level'}
    for given in pairwise(choices):
        processes = with_nav2.visit(name, namespace='fleet/r1', **given)
        check(given, processes, with_nav2.included())


def test_each_node_of_the_package_is_told_its_enclave(visitor):
    for name, process in visitor.visit('simulation').items():
        assert process.after('--enclave') == [f'/fsmi_explorer/{name}']


def check(given: dict[str, str], processes: dict[str, Process], included: dict) -> None:
    """Check what holds for any launch file with these arguments."""
    for each in processes.values():
        assert '__ns:=/fleet/r1' in each.command
        assert (each.remappings['/tf'], each.remappings['/tf_static']) == ('tf', 'tf_static')
        assert each.parameters['use_sim_time'] is (given['use_sim_time'] == 'true')
    if 'rviz' in given:
        assert ('rviz2' in processes) is (given['rviz'] == 'true')
    assert len(makers_of_map(processes, included)) <= 1
    assert ('static_transform_publisher' in processes) is (given.get('slam') == 'odometry')
    for configuration in included.values():
        assert configuration.get('ros_namespace', '/fleet/r1') == '/fleet/r1'


def makers_of_map(processes: dict[str, Process], included: dict) -> list[str]:
    """List who publishes on map: mapping_node, or a SLAM whose map is not moved elsewhere."""
    slams = {'online_async_launch.py', 'tb3_simulation_launch.py'} & set(included)
    return [*(slam for slam in slams if "'slam_map'" not in str(included[slam]['ros_remaps'])),
            *({'mapping_node'} & set(processes))]


@pytest.mark.parametrize('slam, mapping, maker', [
    ('slam_toolbox', '', 'online_async_launch.py'), ('slam_toolbox', 'true', 'mapping_node'),
    ('odometry', '', 'mapping_node'), ('other', 'true', 'mapping_node')])
def test_one_makes_the_map_that_the_robot_explores(with_nav2, slam, mapping, maker):
    processes = with_nav2.visit('robot', slam=slam, mapping=mapping)
    assert makers_of_map(processes, with_nav2.included()) == [maker]


def test_explore_leaves_to_the_parameter_file_what_is_not_said(visitor):
    processes = visitor.visit('explore')
    assert set(processes) == {'mapping_node', 'mi_node', 'goal_node'}
    for each in processes.values():
        assert each.parameters == {'use_sim_time': False}
        assert each.after('--params-file')[0].endswith('config/fsmi_explorer.yaml')
        assert not any(rule.startswith('__ns') for rule in each.command)


def test_explore_passes_on_what_is_said(visitor):
    processes = visitor.visit(
        'explore', base_frame='base_footprint', navigation='topic', scan_topic='base_scan',
        map_topic='grid', goal_topic='chosen', user_goal_topic='goal_pose', log_level='debug',
        rviz='true')
    goal_node, mapping_node, rviz = (
        processes[name] for name in ('goal_node', 'mapping_node', 'rviz2'))
    assert goal_node.parameters == {
        'use_sim_time': False, 'base_frame': 'base_footprint', 'navigation': 'topic'}
    assert mapping_node.parameters == {'use_sim_time': False}
    assert processes['mi_node'].remappings['map_updates'] == 'grid_updates'
    assert goal_node.remappings['goal_pose'] == rviz.remappings['goal_pose'] == 'chosen'
    assert mapping_node.remappings['scan'] == rviz.remappings['scan'] == 'base_scan'
    assert rviz.remappings['user_goal'] == 'goal_pose'
    assert goal_node.after('--log-level') == ['debug']


def test_simulation_drives_itself(visitor):
    processes = visitor.visit('simulation', world='flat', seed='3', rate='2.5')
    assert set(processes) == set(OWN)
    assert processes['simulator_node'].parameters == {
        'use_sim_time': True, 'world': 'flat', 'seed': 3, 'real_time_factor': 2.5}
    for name in ('simulator_node', 'navigator_node'):
        files = processes[name].after('--params-file')
        assert [Path(each).name for each in files[:2]] == ['fsmi_explorer.yaml', 'simulation.yaml']


@pytest.mark.parametrize('namespace', ['', 'fleet/r1'])
def test_arguments_win_over_the_parameter_file(visitor, namespace):
    processes = visitor.visit('simulation', world='flat', seed='3', namespace=namespace)
    taken = processes['simulator_node'].taken_parameters()
    assert (taken['world'], taken['seed'], taken['use_sim_time']) == ('flat', 3, True)
    assert taken['simulation.robot.max_speed'] == 0.8, 'the second file wins over the first'
    processes = visitor.visit(
        'explore', base_frame='base', navigation='topic', sensors='scans', namespace=namespace)
    assert processes['mi_node'].taken_parameters()['base_frame'] == 'base'
    assert processes['mapping_node'].taken_parameters()['sensors'] == 'scans'
    taken = processes['goal_node'].taken_parameters()
    assert (taken['base_frame'], taken['navigation'], taken['use_sim_time']) == (
        'base', 'topic', False)


def test_slam_and_nav2_get_scan_frame_namespace_and_type_of_velocities(with_nav2):
    with_nav2.visit('robot', namespace='r1', scan_topic='base_scan', base_frame='base_footprint',
                    stamped='true')
    included = with_nav2.included()
    nav2, slam = included['navigation_launch.py'], included['online_async_launch.py']
    values = dict(leaves(yaml.safe_load(Path(nav2['params_file']).read_text())))
    assert nav2['namespace'] == 'r1' and nav2['use_sim_time'] == 'False'
    assert {value for path, value in values.items() if path[-1] == 'topic'} == {'/r1/base_scan'}
    assert all(value is True for path, value in values.items()
               if path[-1] == 'enable_stamped_cmd_vel')
    assert values['collision_monitor', 'ros__parameters', 'base_frame_id'] == 'base_footprint'
    assert "'goal_pose', 'user_goal'" in str(nav2['ros_remaps'])
    values = dict(leaves(yaml.safe_load(Path(slam['slam_params_file']).read_text())))
    root = ('/**/slam_toolbox', 'ros__parameters')
    assert [values[(*root, name)] for name in ('scan_topic', 'base_frame')] == [
        'base_scan', 'base_footprint']
    assert slam['use_sim_time'] == 'false'


@pytest.mark.parametrize('distro, pushes', [
    ('humble', True), ('jazzy', True), ('kilted', True), ('lyrical', False)])
def test_nav2_is_in_the_namespace_once(with_nav2, monkeypatch, distro, pushes):
    monkeypatch.setenv('ROS_DISTRO', distro)
    with_nav2.visit('navigation', namespace='r1')
    namespace = with_nav2.included()['navigation_launch.py'].get('ros_namespace')
    assert namespace == ('/r1' if pushes else None)


@pytest.mark.parametrize('distro, stamped', [
    ('humble', False), ('jazzy', False), ('kilted', True), ('lyrical', True)])
def test_gazebo_and_nav2_speak_of_velocities_as_the_distribution_does(
        with_nav2, monkeypatch, distro, stamped):
    monkeypatch.setenv('ROS_DISTRO', distro)
    bridge = with_nav2.visit('gazebo')['parameter_bridge']
    assert bridge.remappings['cmd_vel_twist_stamped' if stamped else 'cmd_vel_twist'] == 'cmd_vel'
    nav2 = with_nav2.included()['navigation_launch.py']
    values = yaml.safe_load(Path(nav2['params_file']).read_text())
    assert values['controller_server']['ros__parameters']['enable_stamped_cmd_vel'] is stamped


def test_gazebo_puts_the_robot_where_the_world_says_unless_told(with_nav2):
    processes = with_nav2.visit('gazebo', world='warehouse', lidar='3d', headless='true')
    start = yaml.safe_load((REPOSITORY / 'worlds/warehouse.yaml').read_text())['start']
    create = processes['create']
    assert [float(create.after(option)[0]) for option in ('-x', '-y', '-Y')] == start
    description = processes['robot_state_publisher'].parameters['robot_description']
    assert 'lidar:=3d' in description
    arguments = with_nav2.included()['gz_sim.launch.py']['gz_args']
    assert 'worlds/warehouse.sdf' in arguments and '-s' in arguments.split()

    processes = with_nav2.visit('gazebo', x='1.5', yaw='-2')
    create = processes['create']
    assert (create.after('-x'), create.after('-Y')) == (['1.5'], ['-2'])
    assert with_nav2.included()['gz_sim.launch.py']['gz_args'].startswith('-g')


@pytest.mark.parametrize('lidar, sensors', [('2d', 'scans'), ('3d', 'points')])
def test_a_lidar_that_publishes_scans_and_points_counts_once(with_nav2, lidar, sensors):
    mapping_node = with_nav2.visit('gazebo', lidar=lidar, mapping='true')['mapping_node']
    assert mapping_node.parameters['sensors'] == sensors


def test_a_robot_of_stage_needs_nothing_but_arguments(with_nav2):
    processes = with_nav2.visit(
        'robot', use_sim_time='true', scan_topic='base_scan', base_frame='base_footprint',
        slam='odometry', nav2='false', navigator='true', stamped='false', rviz='true')
    assert set(processes) == {
        'mapping_node', 'mi_node', 'goal_node', 'navigator_node', 'static_transform_publisher',
        'rviz2'}
    assert processes['mapping_node'].remappings['scan'] == 'base_scan'
    assert processes['navigator_node'].parameters == {
        'use_sim_time': True, 'stamped_cmd_vel': False, 'base_frame': 'base_footprint'}
    assert processes['goal_node'].remappings['goal_pose'] == 'goal_pose'
    assert processes['rviz2'].remappings['user_goal'] == 'user_goal'


def test_robot_with_a_nav2_of_its_own_gets_each_goal_once(with_nav2):
    processes = with_nav2.visit('robot', nav2='false')
    assert processes['goal_node'].remappings['goal_pose'] == 'exploration_goal'
    processes = with_nav2.visit('robot', nav2='false', rviz='true')
    assert processes['rviz2'].remappings['user_goal'] == 'goal_pose'
    processes = with_nav2.visit('robot', nav2='false', navigation='topic')
    assert processes['goal_node'].remappings['goal_pose'] == 'goal_pose'


def test_turtlebot3_gets_booleans_that_it_understands(visitor):
    visitor.visit('turtlebot3_gazebo', namespace='r1', headless='true', params_file='ours.yaml')
    given = visitor.included()['tb3_simulation_launch.py']
    assert {given[name] for name in ('headless', 'slam', 'use_sim_time', 'use_namespace')} == {
        'True'}
    assert given['params_file'].endswith('nav2_bringup/params/nav2_params.yaml')


def test_simulation_explores_and_ends_cleanly(prefix, probe):
    from diagnostic_msgs.msg import DiagnosticStatus
    from rclpy.qos import DurabilityPolicy, QoSProfile
    arguments = [('world', 'flat'), ('rate', '2'), ('sigterm_timeout', '60')]
    program = (
        'from launch import LaunchDescription, LaunchService\n'
        'from launch.actions import IncludeLaunchDescription\n'
        'from launch.launch_description_sources import PythonLaunchDescriptionSource as Source\n'
        'service = LaunchService(noninteractive=True)\n'
        'service.include_launch_description(LaunchDescription([IncludeLaunchDescription(\n'
        f'    Source({str(named("simulation"))!r}), launch_arguments={arguments!r})]))\n'
        'raise SystemExit(service.run())\n')
    states = probe.collect(DiagnosticStatus, 'exploration_state', QoSProfile(
        depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
    launch = subprocess.Popen(
        [sys.executable, '-c', program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True)
    try:
        probe.wait_for(
            lambda: any(each.value == 'exploring' for state in states for each in state.values),
            90.0, 'exploration')
    finally:
        launch.send_signal(signal.SIGINT)
        output, _ = launch.communicate(timeout=90.0)
    assert output.count('process has finished cleanly') == len(OWN), output
