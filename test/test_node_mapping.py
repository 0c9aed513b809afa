"""mapping_node as a process of its own, with hand-made scans and transforms."""

from array import array
import math

from node_messages import (
    cells_of,
    distance_to_room,
    Health,
    LATCHED,
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
from fsmi_explorer.mapping import OccupancyGrid  # noqa: E402
from map_msgs.msg import OccupancyGridUpdate  # noqa: E402
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage  # noqa: E402
from rcl_interfaces.srv import GetParameters  # noqa: E402
from rclpy.qos import qos_profile_sensor_data, QoSProfile  # noqa: E402
from rosgraph_msgs.msg import Clock  # noqa: E402
from sensor_msgs.msg import LaserScan  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402
from tf2_ros import TransformBroadcaster  # noqa: E402

NO_TRANSFORM = 'dropped: no transform map -> laser at the stamp of the scan'


class Mapping:
    """The node, with publishers of scans."""

    def __init__(self, nodes, probe, topics=('scan',), **parameters):
        self.probe = probe
        self.maps = probe.collect(OccupancyGridMessage, 'map', LATCHED)
        self.health = Health(probe)
        self.process = nodes.start('mapping_node', parameters={
            'map_rate': 10.0, 'scan_topics': list(topics), **parameters})
        self.publishers = [
            probe.node.create_publisher(LaserScan, topic, qos_profile_sensor_data)
            for topic in topics]
        self.health.wait_for_message(
            'mapping_node', *(f'/{topic}: no usable message yet' for topic in topics))

    def now(self):
        return self.probe.node.get_clock().now().nanoseconds * 1e-9

    def scan(self, message=None, topic=0):
        self.publishers[topic].publish(message or room_scan(self.now()))

    def wait_for_walls(self, count=200):
        """Wait for a map with so many occupied cells, sending scans meanwhile."""
        def enough():
            self.scan()
            self.probe.executor.spin_once(0.05)
            return self.maps and len(walls_of(self.maps[-1])) >= count and self.maps[-1]
        return self.probe.wait_for(enough, what='a map with walls')


def test_scans_become_the_map_and_the_saved_map(nodes, probe, tmp_path):
    mapping = Mapping(nodes, probe, map_directory=str(tmp_path), map_name='floor/room')
    TransformSource(probe.node)
    message = mapping.wait_for_walls()
    walls = walls_of(message)
    assert distance_to_room(walls).max() < 0.05
    assert message.header.frame_id == 'map' and message.info.resolution == np.float32(0.05)
    cells = cells_of(message)
    assert cells.min() == -1 and cells.max() <= 100
    known_area = np.count_nonzero(cells >= 0) * 0.05 ** 2
    assert known_area == pytest.approx(7.0 * 4.5, rel=0.05)
    answer = probe.call(Trigger, 'mapping_node/save_map')
    assert answer.success, answer.message
    saved = OccupancyGrid.load(tmp_path / 'floor' / 'room.yaml')
    assert np.count_nonzero(saved.probabilities == 1) >= 200
    for name in ('mapping.sensor.p_hit', 'mapping.resolution'):
        request = GetParameters.Request(names=[name])
        value = probe.call(GetParameters, 'mapping_node/get_parameters', request).values[0]
        assert value.double_value in (0.7, 0.05)


@pytest.mark.parametrize('rotation, sign', [((1.0, 0.0, 0.0, 0.0), -1), (None, 1)])
def test_a_sensor_may_hang_upside_down(nodes, probe, rotation, sign):
    mapping = Mapping(nodes, probe)
    pose = (1.0, 0.5, 0.0)
    TransformSource(probe.node, pose, rotation=rotation)

    def enough():
        scan = room_scan(mapping.now(), pose)
        if sign < 0:
            angles = scan.angle_min + scan.angle_increment * np.arange(len(scan.ranges))
            scan.ranges = array('f', room_ranges(np.array(pose), -angles))
        mapping.scan(scan)
        probe.executor.spin_once(0.05)
        return mapping.maps and len(walls_of(mapping.maps[-1])) >= 200
    probe.wait_for(enough)
    assert distance_to_room(walls_of(mapping.maps[-1])).max() < 0.05


def test_a_turning_robot_does_not_smear_walls(nodes, probe):
    """Beams of a slow sweep, the robot turning at 2 rad/s and driving, transforms at 50 Hz."""
    mapping = Mapping(nodes, probe)
    broadcaster = TransformBroadcaster(probe.node)
    count, period = 720, 0.1
    angles = -math.pi + 2 * math.pi / count * np.arange(count)
    begin = mapping.now()

    def poses(times):
        t = times - begin
        return np.column_stack([0.5 * t, np.zeros_like(t), 2.0 * t])

    def pose(time):
        return poses(np.array([time]))[0]

    for i in range(30):
        start = begin + i * period
        for time in start + np.arange(0.0, 0.12, 0.02):
            broadcaster.sendTransform(transform(time, pose(time)))
        times = start + period / count * np.arange(count)
        mapping.scan(room_scan(
            start, count=count, time_increment=period / count,
            ranges=array('f', room_ranges(poses(times), angles))))
        probe.executor.spin_once(0.02)
    broadcaster.sendTransform(transform(begin + 30 * period + 0.02, pose(begin + 3.1)))
    inserted = mapping.health.wait_for_value(
        'mapping_node', 'scans inserted (Hz)', lambda value: float(value) > 0)
    assert float(inserted) > 0
    probe.wait_for(lambda: mapping.maps and len(walls_of(mapping.maps[-1])) > 200)
    assert distance_to_room(walls_of(mapping.maps[-1])).max() < 0.075


def test_scans_wait_for_late_transforms_and_are_dropped_without(nodes, probe):
    mapping = Mapping(nodes, probe, transform_timeout=3.0)
    mapping.scan()
    mapping.health.wait_for_value('mapping_node', NO_TRANSFORM, lambda value: value == '1')
    broadcaster = TransformBroadcaster(probe.node)
    probe.wait_for_subscriber(broadcaster.pub_tf)
    begin = mapping.now()
    for time in (begin - 0.05, begin):
        mapping.scan(room_scan(time))
    mapping.health.wait_for_value('mapping_node', 'waiting scans', lambda value: value == '2')
    # Late, but within the time that is allowed.
    for time in (begin - 0.1, begin + 0.1):
        broadcaster.sendTransform(transform(time, (0.0, 0.0, 0.0)))
    probe.wait_for(lambda: mapping.maps, what='a map of scans whose transforms came late')


def test_malformed_scans_are_refused_with_the_reason(nodes, probe):
    mapping = Mapping(nodes, probe)
    TransformSource(probe.node)
    bad = [
        {'ranges': array('f')}, {'header': LaserScan().header}, {'angle_increment': 0.0},
        {'angle_min': math.nan}, {'range_min': 30.0}, {'range_max': math.nan},
        {'time_increment': math.inf}, {'time_increment': 100.0},
        {'ranges': array('f', [1.0] * 100)}]
    for changes in bad:
        mapping.scan(room_scan(mapping.now(), **changes))
        probe.executor.spin_once(0.05)  # the queue of sensor data is short
    mapping.health.wait_for_value(
        'mapping_node', 'dropped: malformed scan', lambda value: value == str(len(bad)))
    assert not mapping.maps
    nothing = array('f', [math.nan, 0.0, -1.0, -math.inf] * 180)
    mapping.scan(room_scan(mapping.now(), ranges=nothing))
    mapping.wait_for_walls()
    assert distance_to_room(walls_of(mapping.maps[-1])).max() < 0.05


def test_infinite_ranges_clear_only_if_wanted(nodes, probe):
    mapping = Mapping(nodes, probe, mapping={'inf_is_free': False})
    TransformSource(probe.node)
    open_space = array('f', [math.inf] * 719 + [2.0])

    def known():
        mapping.scan(room_scan(mapping.now(), ranges=open_space))
        probe.executor.spin_once(0.05)
        return mapping.maps and np.count_nonzero(cells_of(mapping.maps[-1]) >= 0)
    assert probe.wait_for(known) < 60


def test_reset_forgets_the_map_and_older_scans(nodes, probe):
    mapping = Mapping(nodes, probe)
    TransformSource(probe.node)
    mapping.wait_for_walls()
    before = mapping.now()
    assert probe.call(Trigger, 'mapping_node/reset').success
    probe.wait_for(lambda: not (cells_of(mapping.maps[-1]) >= 0).any(), what='an empty map')
    assert not probe.call(Trigger, 'mapping_node/save_map').success
    mapping.scan(room_scan(before))
    mapping.health.wait_for_value(
        'mapping_node', 'dropped: scan from before the reset', lambda value: int(value) >= 1)
    mapping.wait_for_walls()


def test_a_clock_that_jumps_back_keeps_the_map_and_drops_older_scans(nodes, probe):
    mapping = Mapping(nodes, probe, use_sim_time=True)
    clock = probe.node.create_publisher(Clock, '/clock', QoSProfile(depth=1))
    broadcaster = TransformBroadcaster(probe.node)
    probe.wait_for_subscriber(clock)

    def run(begin, enough):
        """Let simulated time go on from some time until something has happened."""
        time = begin

        def step():
            nonlocal time
            time += 0.1
            clock.publish(Clock(clock=stamp(time)))
            broadcaster.sendTransform(transform(time, (0.0, 0.0, 0.0)))
            mapping.scan(room_scan(time - 0.05))
            probe.executor.spin_once(0.05)
            return enough()
        probe.wait_for(step)
        return time

    last = run(100.0, lambda: mapping.maps and len(walls_of(mapping.maps[-1])) > 200)
    clock.publish(Clock(clock=stamp(1.0)))
    walls = len(walls_of(mapping.maps[-1]))

    def late_scan_is_dropped():
        mapping.scan(room_scan(last))
        clock.publish(Clock(clock=stamp(1.0)))
        status = mapping.health.status('mapping_node')
        return any('jump of the clock' in each.key for each in status.values)
    probe.wait_for(late_scan_is_dropped)
    published = len(mapping.maps)
    run(1.0, lambda: len(mapping.maps) > published + 2)
    assert len(walls_of(mapping.maps[-1])) >= walls
    assert distance_to_room(walls_of(mapping.maps[-1])).max() < 0.05


def test_updates_bring_a_map_up_to_date(nodes, probe):
    mapping = Mapping(nodes, probe, map_rate=1.0, update_rate=20.0)
    updates = probe.collect(OccupancyGridUpdate, 'map_updates')
    source = TransformSource(probe.node)
    mapping.wait_for_walls()

    def is_up_to_date():
        """Scan once from elsewhere; compare the next whole map with the updates up to it."""
        published, cells = len(mapping.maps), cells_of(mapping.maps[-1]).copy()
        del updates[:]
        source.pose = (source.pose[0] + 0.1, 0.2, 0.0)
        mapping.scan(room_scan(mapping.now(), source.pose))
        probe.wait_for(lambda: len(mapping.maps) > published, what='the next whole map')
        latest = mapping.maps[-1]
        if not updates or updates[-1].header.stamp != latest.header.stamp:
            return False  # the whole map was quicker
        for update in updates:
            top, right = update.y + update.height, update.x + update.width
            cells[update.y:top, update.x:right] = np.frombuffer(
                update.data, np.int8).reshape(update.height, update.width)
        np.testing.assert_array_equal(cells, cells_of(latest))
        return True
    probe.wait_for(is_up_to_date)


def test_two_lidars_and_a_saved_map_to_go_on_with(nodes, probe, tmp_path):
    saved = np.full((100, 100), np.nan, np.float32)
    saved[10:20, 10:20] = 0.95
    OccupancyGrid(saved, 0.05, (-8.0, -8.0, 0.0)).save(tmp_path / 'old.yaml')
    mapping = Mapping(
        nodes, probe, topics=('front', 'back'), continue_from=str(tmp_path / 'old.yaml'))
    probe.wait_for(lambda: mapping.maps, what='the map that was saved')
    assert walls_of(mapping.maps[0]).mean(axis=0) == pytest.approx((-7.25, -7.25), abs=0.01)
    TransformSource(probe.node)
    left, right = array('f', [math.nan] * 720), array('f', [math.nan] * 720)
    whole = room_scan(0.0).ranges
    left[:360], right[360:] = whole[:360], whole[360:]

    def both():
        mapping.scan(room_scan(mapping.now(), ranges=left), 0)
        mapping.scan(room_scan(mapping.now(), ranges=right), 1)
        probe.executor.spin_once(0.05)
        return len(walls_of(mapping.maps[-1])) > 400
    probe.wait_for(both)
    new = walls_of(mapping.maps[-1])
    assert distance_to_room(new[new[:, 0] > -5.0]).max() < 0.05
    assert np.count_nonzero(new[:, 0] < -5.0) == 100


def test_a_publisher_with_another_qos_is_named(nodes, probe):
    from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
    health = Health(probe)
    probe.node.create_publisher(OccupancyGridMessage, 'map', QoSProfile(
        depth=1, reliability=ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.VOLATILE))
    nodes.start('mi_node')
    health.wait_for_message('mi_node', 'topic /map', 'QoS')


def test_of_a_lidar_that_publishes_both_only_one_counts(nodes, probe):
    mapping = Mapping(nodes, probe, sensors='scans')
    assert probe.node.count_subscribers('scan') == 1
    assert probe.node.count_subscribers('points') == 0
    mapping.health.wait_for_message('mapping_node', 'Waits for topic /scan:')
