"""simulator_node as a process of its own."""

import math

from node_messages import Health, LATCHED
import numpy as np
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.mapping import OccupancyGrid  # noqa: E402
from fsmi_explorer.nodes.height_band import rotation_matrix  # noqa: E402
from fsmi_explorer.nodes.point_clouds import points_from_message  # noqa: E402
from geometry_msgs.msg import Twist, TwistStamped  # noqa: E402
from nav_msgs.msg import Odometry  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from sensor_msgs.msg import LaserScan, PointCloud2  # noqa: E402
from tf2_msgs.msg import TFMessage  # noqa: E402


@pytest.fixture
def room(tmp_path):
    """Give the map of a room of 6 m x 4 m with the robot's start in its middle."""
    occupied = np.pad(np.zeros((80, 120), np.float32), 4, constant_values=1.0)
    path = OccupancyGrid(occupied, 0.05, (-3.2, -2.2, 0.0)).save(tmp_path / 'room.yaml')
    path.write_text(path.read_text() + 'start: [0.5, 0.0, 0.0]\n')
    return path


def simulation(**changes):
    lidar = {'noise_sigma': 0.0, 'beams': 360, **changes}
    return {'lidar': lidar}


def seconds(stamp):
    return stamp.sec + 1e-9 * stamp.nanosec


def test_it_behaves_as_a_robot_does(nodes, probe, room):
    clocks = probe.collect(Clock, '/clock', 100)
    scans = probe.collect(LaserScan, 'scan', qos_profile_sensor_data)
    odometry = probe.collect(Odometry, 'odom')
    moving = probe.collect(TFMessage, '/tf', 100)
    static = probe.collect(TFMessage, '/tf_static', LATCHED)
    commands = probe.node.create_publisher(Twist, 'cmd_vel', 1)
    nodes.start('simulator_node', parameters={
        'world': str(room), 'real_time_factor': 4.0, 'simulation': simulation()})
    probe.wait_for(lambda: len(scans) > 3 and static and moving)
    ranges = np.array(scans[0].ranges)
    angles = scans[0].angle_min + scans[0].angle_increment * np.arange(len(ranges))
    ahead = ranges[np.argmin(abs(angles))]
    assert ahead == pytest.approx(2.5, abs=0.06) and ranges.max() < 4.2
    edges = {(each.header.frame_id, each.child_frame_id): each.transform
             for message in (static[0], moving[0]) for each in message.transforms}
    assert set(edges) == {('map', 'odom'), ('odom', 'base_link'), ('base_link', 'laser')}
    assert edges['map', 'odom'].translation.x == pytest.approx(0.5, abs=1e-6)

    def drive():
        commands.publish(Twist())
        message = Twist()
        message.linear.x = 0.5
        commands.publish(message)
        return odometry and odometry[-1].pose.pose.position.x > 1.0
    probe.wait_for(drive)
    assert odometry[-1].twist.twist.linear.x == pytest.approx(0.5, abs=0.05)
    times = np.array([seconds(each.clock) for each in clocks])
    assert (np.diff(times) > 0).all()
    periods = np.diff([seconds(each.header.stamp) for each in scans[1:]])
    np.testing.assert_allclose(periods / 0.1, np.rint(periods / 0.1), atol=1e-6)


def test_time_waits_for_the_driver(nodes, probe, room):
    """While the robot drives, time stands still between commands; at rest it does not."""
    clocks = probe.collect(Clock, '/clock', 100)
    commands = probe.node.create_publisher(Twist, 'cmd_vel', 1)
    nodes.start('simulator_node', parameters={
        'world': str(room), 'real_time_factor': 10.0, 'command_lead': 0.2,
        'simulation': simulation()})
    probe.wait_for(lambda: len(clocks) > 20 and commands.get_subscription_count())
    message = Twist()
    message.angular.z = 0.5
    steps = []
    for _ in range(5):
        before = len(clocks)
        commands.publish(message)
        probe.wait_for(lambda: len(clocks) > before)
        steps.append(seconds(clocks[-1].clock))
    assert steps[-1] - steps[0] < 1.2, 'at most the lead for each command'
    commands.publish(Twist())
    probe.wait_for(lambda: seconds(clocks[-1].clock) > steps[-1] + 2.0)


def test_3d_sensors_publish_clouds_from_where_tf_says_they_are(nodes, probe, room):
    clouds = probe.collect(PointCloud2, 'points', qos_profile_sensor_data)
    scans = probe.collect(LaserScan, 'scan', qos_profile_sensor_data)
    static = probe.collect(TFMessage, '/tf_static', LATCHED)

    def sensor(**more):
        return {'enabled': True, 'noise_sigma': 0.0, 'range_min': 0.1, 'mount': {'z': 0.5}, **more}

    nodes.start('simulator_node', parameters={
        'world': str(room), 'real_time_factor': 4.0, 'simulation': {
            'lidar': {'enabled': False}, 'voxels': {'wall_height': 1.0},
            'lidar_3d': sensor(rings=5, azimuths=36),
            'depth_camera': sensor(width=9, height=7)}})
    frames = probe.wait_for(lambda: static and {each.header.frame_id for each in clouds} == {
        'lidar_3d', 'depth_camera'} and {each.header.frame_id: each for each in clouds})
    mounted = {each.child_frame_id: each.transform
               for message in static for each in message.transforms}
    for name, shape in (('lidar_3d', (5, 36)), ('depth_camera', (7, 9))):
        assert (frames[name].height, frames[name].width) == shape
        q = mounted[name].rotation
        turned = points_from_message(frames[name]) @ rotation_matrix((q.x, q.y, q.z, q.w)).T
        assert mounted[name].translation.z == 0.5
        x, y, z = (turned + (0.5, 0.0, 0.5)).T  # the robot stands at 0.5, 0
        gap = np.min([3 - abs(x), 2 - abs(y), z, 1 - z], axis=0)
        np.testing.assert_allclose(gap, 0.0, atol=1e-5)
    assert not scans


def test_commands_that_are_no_numbers_are_refused(nodes, probe, room):
    health = Health(probe)
    commands = probe.node.create_publisher(TwistStamped, 'cmd_vel', 1)
    nodes.start('simulator_node', parameters={
        'world': str(room), 'stamped_cmd_vel': True, 'simulation': simulation()})
    probe.wait_for_subscriber(commands)
    message = TwistStamped()
    message.twist.linear.x = math.nan
    commands.publish(message)
    health.wait_for_value(
        'simulator_node', 'dropped: malformed command', lambda value: value == '1')
    assert health.wait_for_value('simulator_node', 'collisions') == '0'


def test_what_cannot_be_simulated_is_one_line(nodes, probe, tmp_path):
    for parameters, word in (
            ({'world': str(tmp_path / 'none.yaml')}, 'none.yaml'),
            ({'simulation': {'lidar': {'beams': 1}}}, 'beams')):
        process = nodes.start('simulator_node', parameters=parameters)
        assert process.wait(20.0) == 2
        last = nodes.last_lines('simulator_node').splitlines()[-1]
        assert 'SimulatorNode:' in last and word in last
        del nodes.processes['simulator_node']
