"""The five nodes as processes explore a small world to their stop rule."""

import math

from node_messages import Health, LATCHED
import numpy as np
import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402
from fsmi_explorer.mapping import OccupancyGrid  # noqa: E402
from fsmi_explorer.nodes.conversions import grid_from_message  # noqa: E402
from fsmi_explorer.simulation import coverage, visible_area, World  # noqa: E402
from geometry_msgs.msg import PoseStamped  # noqa: E402
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage  # noqa: E402

NODES = ('mapping_node', 'mi_node', 'navigator_node', 'goal_node', 'simulator_node')
RANGE, RADIUS, START = 4.0, 0.2, (1.5, 1.5, 0.0)
DEADLINE = 150.0


@pytest.fixture
def two_rooms(tmp_path):
    """Give the map of two rooms of 4 m x 5 m with a door between them and a pillar in each."""
    occupied = np.pad(np.zeros((100, 164), np.float32), 4, constant_values=1.0)
    occupied[:, 84:88] = 1.0
    occupied[60:82, 84:88] = 0.0
    occupied[40:50, 30:40] = occupied[50:60, 130:136] = 1.0
    path = OccupancyGrid(occupied, 0.05).save(tmp_path / 'rooms.yaml')
    path.write_text(path.read_text() + f'start: {list(START)}\n')
    return path


class Chain:
    """The five nodes in the two rooms."""

    def __init__(self, nodes, probe, world, **changes):
        self.nodes, self.probe = nodes, probe
        self.states = probe.collect(DiagnosticStatus, 'exploration_state', LATCHED)
        self._parameters = {
            'simulator_node': {
                'world': str(world), 'real_time_factor': 3.0, 'publish_rate': 25.0, 'seed': 1,
                'simulation': {'robot': {'radius': RADIUS}, 'lidar': {'range_max': RANGE}}},
            'mi_node': {'scoring': {'model': {'max_range': RANGE}}}, **changes}
        for name in NODES:
            self.start(name)

    def start(self, name):
        self.nodes.start(name, parameters={
            'use_sim_time': True, **self._parameters.get(name, {})})

    def kill(self, name):
        process = self.nodes.processes.pop(name)
        process.kill()
        process.wait()

    def values(self):
        return {each.key: each.value for each in self.states[-1].values} if self.states else {}

    def wait_for_end(self):
        """Wait for the end of the exploration, and return its last values."""
        try:
            self.probe.wait_for(
                lambda: self.values().get('state') in ('done', 'failed'), DEADLINE)
        except AssertionError:
            pytest.fail(f'exploration did not end: {self.values()}')
        assert self.values()['state'] == 'done', self.values()['reason']
        return self.values()


def test_the_nodes_explore_two_rooms_save_the_map_and_return(nodes, probe, two_rooms, tmp_path):
    maps = probe.collect(OccupancyGridMessage, 'map', LATCHED)
    goals = probe.collect(PoseStamped, 'goal_pose')
    health = Health(probe)
    chain = Chain(
        nodes, probe, two_rooms, goal_node={'return_home': True, 'save_map': True},
        mapping_node={'map_directory': str(tmp_path / 'maps')})
    end = chain.wait_for_end()
    world = World.load(two_rooms)
    visible = visible_area(world, RADIUS, RANGE, START)
    assert coverage(grid_from_message(maps[-1]), world, visible) > 0.98
    saved = probe.wait_for(lambda: sorted((tmp_path / 'maps').glob('map.*')))
    assert [each.name for each in saved] == ['map.pgm', 'map.yaml']
    assert coverage(OccupancyGrid.load(saved[1]), world, visible) > 0.9
    home = goals[-1].pose.position
    assert (home.x, home.y) == pytest.approx(START[:2], abs=0.3), 'the last goal is home'
    assert len(goals) >= 3 and float(end['distance_m']) > 4.0
    assert health.wait_for_value('simulator_node', 'collisions') == '0'


def test_a_lidar_that_looks_back_over_a_third_of_a_turn_from_a_start_too_close_to_a_wall(
        nodes, probe, two_rooms):
    maps = probe.collect(OccupancyGridMessage, 'map', LATCHED)
    lidar = {'range_max': RANGE, 'fov': 2.1, 'yaw': math.pi, 'beams': 120}
    wide = {'robot_radius': 0.3}  # m, more than there is between the start and the wall
    Chain(nodes, probe, two_rooms, simulator_node={
        'world': str(two_rooms), 'real_time_factor': 3.0, 'publish_rate': 25.0, 'seed': 1,
        'simulation': {'robot': {'radius': RADIUS}, 'lidar': lidar, 'start': {
            'choice': 'pose', 'x': 0.45, 'y': 1.5, 'yaw': 0.0}}},
        mi_node={'scoring': {'space': wide, 'sensor_yaw': math.pi, 'model': {
            'max_range': RANGE, 'fov': 2.1, 'num_beams': 20}}},
        goal_node={'exploration': {'space': wide}},
        navigator_node={'planner': {'space': wide}}).wait_for_end()
    world = World.load(two_rooms)
    visible = visible_area(world, wide['robot_radius'], RANGE, START)
    assert coverage(grid_from_message(maps[-1]), world, visible) > 0.95


def test_exploration_goes_on_when_nodes_are_killed_and_started_again(nodes, probe, two_rooms):
    maps = probe.collect(OccupancyGridMessage, 'map', LATCHED)
    chain = Chain(nodes, probe, two_rooms)
    for name in ('mi_node', 'navigator_node', 'goal_node', 'mapping_node', 'simulator_node'):
        probe.wait_for(lambda: chain.values().get('state') in ('exploring', 'done'), DEADLINE)
        chain.kill(name)
        del chain.states[:]
        chain.start(name)
    chain.wait_for_end()
    world = World.load(two_rooms)
    visible = visible_area(world, RADIUS, RANGE, START)
    assert coverage(grid_from_message(maps[-1]), world, visible) > 0.9
