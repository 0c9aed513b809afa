"""Faults around the nodes: transforms, clocks and maps that do what they should not."""

import math

from node_messages import (
    cells_of,
    distance_to_room,
    grid_message,
    half_known_map,
    room_ranges,
    room_scan,
    stamp,
    transform,
    TransformSource,
    walls_of,
)
import numpy as np
import pytest

pytest.importorskip('rclpy')
from action_msgs.msg import GoalStatus  # noqa: E402
from goal_node_probe import Exploration, POOR, RICH  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from test_node_mapping import Mapping  # noqa: E402
from test_node_navigator import Navigation, Robot  # noqa: E402
from tf2_ros import TransformBroadcaster  # noqa: E402


class SimulatedClock:
    """Publishes /clock, going on from wherever it is set to."""

    def __init__(self, probe, time=100.0):
        self.time = time
        self._publisher = probe.node.create_publisher(Clock, '/clock', 1)
        probe.node.create_timer(0.02, self._tick)

    def _tick(self):
        self.time += 0.02
        self._publisher.publish(Clock(clock=stamp(self.time)))


def test_scans_whose_geometry_changes_make_one_map(nodes, probe):
    mapping = Mapping(nodes, probe)
    TransformSource(probe.node)
    mapping.wait_for_walls()
    for count, first, increment in ((90, -1.0, 0.02), (500, 2.0, -0.01), (3, 0.0, 0.1)):
        angles = first + increment * np.arange(count)
        mapping.scan(room_scan(
            mapping.now(), angle_min=first, angle_increment=increment,
            angle_max=float(angles[-1]), ranges=room_ranges(np.zeros(3), angles).tolist()))
        probe.executor.spin_once(0.05)
    inserted = len(mapping.maps)
    mapping.wait_for_walls()
    probe.wait_for(lambda: len(mapping.maps) > inserted)
    assert distance_to_room(walls_of(mapping.maps[-1])).max() < 0.1
    status = mapping.health.status('mapping_node')
    assert 'dropped: malformed scan' not in [each.key for each in status.values]


def test_transforms_that_are_torn_apart_and_jump_keep_the_map(nodes, probe):
    mapping = Mapping(nodes, probe)
    broadcaster = TransformBroadcaster(probe.node)
    tree = {'parent': 'map', 'pose': (0.0, 0.0, 0.0)}

    def send():
        broadcaster.sendTransform(transform(mapping.now(), tree['pose'], tree['parent']))
    probe.node.create_timer(0.02, send)
    mapping.wait_for_walls()
    before = cells_of(mapping.maps[-1])
    tree['parent'] = 'elsewhere'  # nothing leads to the map any more
    dropped = 'dropped: no transform map -> laser at the stamp of the scan'

    def is_dropped():
        mapping.scan()
        status = mapping.health.status('mapping_node')
        return any(each.key == dropped for each in status.values)
    probe.wait_for(is_dropped)
    tree.update(parent='map', pose=(1.0, 0.5, math.pi))  # a SLAM has closed a loop
    count = len(mapping.maps)

    def is_going_on():
        mapping.scan(room_scan(mapping.now(), tree['pose']))
        return len(mapping.maps) > count + 2
    probe.wait_for(is_going_on)
    after = mapping.maps[-1]
    assert np.count_nonzero(cells_of(after) >= 0) >= np.count_nonzero(before >= 0)
    assert len(walls_of(after)) > 200


def test_exploration_waits_for_a_pose_that_is_lost_and_goes_on_after(nodes, probe, serve):
    exploration, server = Exploration(nodes, probe, pose_timeout=0.5), serve()
    exploration.offer(RICH, POOR)
    exploration.wait_for_state('exploring')
    exploration.robot.is_silent = True
    exploration.wait_for_state('waiting', reason='transform map -> base_link')
    exploration.robot.pose, exploration.robot.is_silent = (2.0, 5.0, 1.0), False  # a jump
    exploration.wait_for_state('exploring')
    assert len(server.handles) >= 1


@pytest.mark.parametrize('changes', [
    {'resolution': 0.2}, {'resolution': 0.12, 'origin': (-0.5, -0.4)}])
def test_a_map_that_changes_its_place_under_a_goal(nodes, probe, serve, changes):
    exploration, server = Exploration(nodes, probe), serve()
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: server.handles)
    exploration.offer(RICH, POOR, **changes)
    exploration.robot.pose = RICH[:3]
    exploration.wait_for_value('goals_reached', lambda value: value == '1')


def test_a_map_that_shrinks_away_from_a_goal(nodes, probe, serve):
    exploration, server = Exploration(nodes, probe), serve()
    exploration.offer(RICH)
    probe.wait_for(lambda: server.handles)
    exploration.offer((2.4, 3.0, 0.0, 2.0), percent=half_known_map(60, 30, 26))
    probe.wait_for(lambda: len(server.handles) == 2)
    assert server.target == pytest.approx((2.4, 3.0), abs=0.01)


def test_a_clock_that_jumps_back_starts_exploration_anew(nodes, probe, serve):
    clock = SimulatedClock(probe)
    exploration, server = Exploration(nodes, probe, use_sim_time=True), serve()
    exploration.offer(RICH)
    probe.wait_for(lambda: server.handles)
    exploration.wait_for_value('elapsed_s', lambda value: float(value) > 0.5)
    clock.time = 1.0
    probe.wait_for(lambda: server.cancelled == 1)
    exploration.wait_for_state('waiting')
    exploration.offer(POOR)
    probe.wait_for(lambda: len(server.handles) == 2)
    assert float(exploration.values()['elapsed_s']) < 5.0


def test_a_robot_that_loses_its_pose_stands_and_drives_on(nodes, probe):
    navigation, robot = Navigation(nodes, probe, pose_timeout=0.3, patience=20.0), Robot(probe)
    navigation.send_map()
    navigation.wait_until_ready()
    handle = navigation.go(2.0, 1.0)
    probe.wait_for(lambda: robot.commands and robot.commands[-1].linear.x > 0.0)
    robot.source.is_silent = True
    robot.wait_until_it_stands(probe)
    robot.source.is_silent = False
    status, _ = navigation.result_of(handle)
    assert status == GoalStatus.STATUS_SUCCEEDED


def test_a_map_that_moves_its_origin_under_a_drive(nodes, probe):
    navigation, robot = Navigation(nodes, probe), Robot(probe)
    navigation.send_map()
    navigation.wait_until_ready()
    handle = navigation.go(2.5, 1.0)
    probe.wait_for(lambda: robot.commands and robot.commands[-1].linear.x > 0.0)
    percent = np.zeros((60, 100), np.int8)
    navigation.publish(grid_message(percent, origin=(-1.0, -1.5)))  # larger, walls elsewhere
    status, _ = navigation.result_of(handle)
    assert status == GoalStatus.STATUS_SUCCEEDED


def test_a_drive_outlasts_a_clock_that_jumps_back(nodes, probe):
    clock = SimulatedClock(probe)
    navigation, robot = Navigation(nodes, probe, use_sim_time=True), Robot(probe)
    robot.source.clock = clock
    navigation.send_map()
    navigation.wait_until_ready()
    handle = navigation.go(2.0, 1.0)
    probe.wait_for(lambda: robot.commands and robot.commands[-1].linear.x > 0.0)
    clock.time = 1.0
    status, _ = navigation.result_of(handle)
    assert status == GoalStatus.STATUS_SUCCEEDED
