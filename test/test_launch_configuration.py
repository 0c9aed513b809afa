"""Files that the launch files read: bridge, Nav2, slam_toolbox, RViz."""

from pathlib import Path

from launch_visitor import leaves
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]


def test_bridge_passes_what_the_robot_needs_to_and_fro():
    entries = yaml.safe_load((REPOSITORY / 'config/bridge.yaml').read_text())
    passed = {each['ros_topic_name']: each for each in entries}
    assert {name for name, each in passed.items() if each['direction'] == 'ROS_TO_GZ'} == {
        'cmd_vel_twist', 'cmd_vel_twist_stamped'}
    assert {'/clock', 'odom', 'tf', 'joint_states', 'scan', 'points'} < set(passed)
    for each in entries:
        assert each['gz_type_name'].startswith('gz.msgs.')
        assert each['ros_type_name'].count('/') == 2


def test_nav2_has_what_the_launch_files_set_and_no_clock_of_its_own():
    values = dict(leaves(yaml.safe_load((REPOSITORY / 'config/nav2.yaml').read_text())))
    last = [path[-1] for path in values]
    assert 'use_sim_time' not in last
    assert last.count('topic') == 3
    assert all(values[path] == '/scan' for path in values if path[-1] == 'topic')
    for who in ('controller_server', 'behavior_server', 'velocity_smoother', 'collision_monitor',
                'docking_server', 'following_server'):
        assert values[who, 'ros__parameters', 'enable_stamped_cmd_vel'] is False
    frames = {values[path] for path in values if path[-1] in (
        'robot_base_frame', 'base_frame_id', 'base_frame')}
    assert frames == {'base_link'}
    costmap = ('global_costmap', 'global_costmap', 'ros__parameters')
    assert values[(*costmap, 'track_unknown_space')] is True
    assert values['planner_server', 'ros__parameters', 'GridBased', 'allow_unknown'] is True


def test_slam_publishes_under_names_that_a_namespace_applies_to():
    text = (REPOSITORY / 'config/slam_toolbox.yaml').read_text()
    values = yaml.safe_load(text)['/**/slam_toolbox']['ros__parameters']
    assert (values['scan_topic'], values['map_name']) == ('scan', 'map')
    assert 'use_sim_time' not in values


def rviz_parts(kind: str) -> list[dict]:
    """Return the displays or the tools of the RViz configuration."""
    text = (REPOSITORY / 'rviz/fsmi_explorer.rviz').read_text()
    return yaml.safe_load(text)['Visualization Manager'][kind]


def test_rviz_shows_all_there_is_under_names_that_a_namespace_applies_to():
    parts = rviz_parts('Displays') + rviz_parts('Tools')
    topics = {topic['Value'] for part in parts
              for name, topic in part.items() if name.endswith('Topic')}
    assert not any(topic.startswith('/') for topic in topics)
    assert topics >= {
        'map', 'map_updates', 'mi_map', 'candidates', 'candidate_markers', 'goal_pose', 'plan',
        'odom', 'scan', 'active_boundary', 'boundary_draft', 'robot_description', 'user_goal',
        'clicked_point'}


def test_rviz_draws_the_information_under_the_map_and_colours_candidates_by_bits():
    shown = {part.get('Topic', {}).get('Value'): part for part in rviz_parts('Displays')}
    information, candidates = shown['mi_map'], shown['candidates']
    assert information['Draw Behind'] and not shown['map']['Draw Behind']
    assert information['Color Scheme'] == 'costmap' and shown['map']['Alpha'] < 1.0
    assert information['Alpha'] < 0.9998  # from there on RViz draws clear cells black
    assert candidates['Channel Name'] == 'mi' and not candidates['Use rainbow']
    for topic in ('map', 'mi_map', 'candidates'):
        assert shown[topic]['Topic']['Durability Policy'] == 'Transient Local'
