"""mi_node as a process of its own, with hand-made maps."""

from array import array
import math

from node_messages import (
    cells_of,
    grid_message,
    half_known_map,
    Health,
    LATCHED,
    stamp,
    transform,
    TransformSource,
)
import numpy as np
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.nodes.conversions import candidates_from_message  # noqa: E402
from map_msgs.msg import OccupancyGridUpdate  # noqa: E402
from nav_msgs.msg import OccupancyGrid  # noqa: E402
from sensor_msgs.msg import PointCloud2  # noqa: E402
from tf2_ros import StaticTransformBroadcaster  # noqa: E402
from visualization_msgs.msg import MarkerArray  # noqa: E402

ROBOT = (2.0, 3.0, 0.0)


class Information:
    """The node, a publisher of maps, and what the node answers."""

    def __init__(self, nodes, probe, **parameters):
        self.probe = probe
        self.health = Health(probe)
        self.surfaces = probe.collect(OccupancyGrid, 'mi_map', LATCHED)
        self.clouds = probe.collect(PointCloud2, 'candidates', LATCHED)
        self.markers = probe.collect(MarkerArray, 'candidate_markers', LATCHED)
        self.publisher = probe.node.create_publisher(OccupancyGrid, 'map', LATCHED)
        nodes.start('mi_node', parameters=parameters)
        probe.wait_for_subscriber(self.publisher)

    def answer(self, message):
        """Publish a map and wait for the candidates on it."""
        self.publisher.publish(message)
        return self.wait_for(message.header.stamp)

    def wait_for(self, time):
        self.probe.wait_for(
            lambda: self.clouds and self.clouds[-1].header.stamp == time
            and self.surfaces and self.surfaces[-1].header.stamp == time,
            what='candidates on the map')
        return self.clouds[-1], self.surfaces[-1]


def place_robot(probe, pose=ROBOT):
    broadcaster = StaticTransformBroadcaster(probe.node)
    broadcaster.sendTransform(transform(0.0, pose, 'map', 'base_link'))
    return broadcaster


def test_candidates_lead_to_the_unknown_best_first(nodes, probe):
    information = Information(nodes, probe)
    information.health.wait_for_message('mi_node', 'topic /map')
    robot = place_robot(probe)
    percent = half_known_map()
    cloud, surface = information.answer(grid_message(percent, time=7.5))
    assert [each.name for each in cloud.fields] == ['x', 'y', 'z', 'yaw', 'mi']
    assert {each.datatype for each in cloud.fields} == {7}
    assert cloud.header.frame_id == 'map' and cloud.header.stamp == stamp(7.5)
    candidates = candidates_from_message(cloud)
    assert len(candidates) >= 5
    assert (np.diff(candidates.bits) <= 0).all() and candidates.bits[0] > 1.0
    assert candidates.poses[0, 0] > 3.0, 'the edge of the unknown promises most'
    assert np.isfinite(candidates.poses).all()
    cells = cells_of(surface)
    assert cells.shape == percent.shape and cells.max() == 100
    assert (cells[percent != 0] == -1).all(), 'only what can be reached is scored'
    rows, columns = np.floor(candidates.poses[:, 1::-1].T / 0.1).astype(int)
    assert (cells[rows, columns] >= 0).all()
    probe.wait_for(lambda: information.markers)
    assert len(information.markers[-1].markers[0].points) == len(candidates)
    assert robot.pub_tf.get_subscription_count()


def test_a_map_of_a_slam_and_a_map_that_changes_its_place(nodes, probe):
    information = Information(nodes, probe)
    place_robot(probe)
    cloud, _ = information.answer(grid_message(half_known_map(), time=1.0))
    here = candidates_from_message(cloud)
    moved = grid_message(half_known_map(), time=2.0, origin=(-1.0, 0.5))
    there = candidates_from_message(information.answer(moved)[0])
    assert there.poses[0, :2] == pytest.approx(here.poses[0, :2] + (-1.0, 0.5), abs=0.5)
    coarse = grid_message(half_known_map(30, 40, 20), time=3.0, resolution=0.2)
    assert candidates_from_message(information.answer(coarse)[0]).poses[0, 0] > 3.0
    finished = half_known_map(known=80)
    finished[:, -1] = 100
    cloud, surface = information.answer(grid_message(finished, time=4.0))
    assert cloud.width == 0 and len(cloud.data) == 0
    assert cells_of(surface).shape == finished.shape


def test_malformed_maps_are_refused_with_the_reason(nodes, probe):
    information = Information(nodes, probe)
    place_robot(probe)
    bad = [grid_message(half_known_map()) for _ in range(6)]
    bad[0].data = array('b', [0] * 17)
    bad[1].info.width = bad[1].info.height = 0
    bad[2].info.resolution = 0.0
    bad[3].info.origin.position.x = math.nan
    bad[4].header.frame_id = ''
    bad[5].info.origin.orientation.x = 1.0
    for count, message in enumerate(bad, 1):
        information.publisher.publish(message)
        information.health.wait_for_value(
            'mi_node', 'dropped: malformed map', lambda value, n=count: value == str(n))
    assert not information.clouds
    information.answer(grid_message(half_known_map(), time=9.0))


def test_without_the_pose_of_the_robot_it_says_so_and_waits(nodes, probe):
    information = Information(nodes, probe)
    message = grid_message(half_known_map())
    information.publisher.publish(message)
    information.health.wait_for_message('mi_node', 'transform map -> base_link')
    TransformSource(probe.node, ROBOT, 'map', 'base_link')
    information.wait_for(message.header.stamp)


def test_only_the_newest_map_is_scored(nodes, probe):
    information = Information(nodes, probe)
    place_robot(probe)
    information.answer(grid_message(half_known_map(), time=1.0))
    percent = half_known_map(1200, 1200, 600)
    begin, last = len(information.clouds), 40
    for number in range(2, last + 1):
        information.publisher.publish(grid_message(percent, time=float(number)))
    information.wait_for(stamp(float(last)))
    assert len(information.clouds) - begin < last - 2


def test_updates_are_scored_when_wanted(nodes, probe):
    information = Information(nodes, probe, use_updates=True)
    place_robot(probe)
    percent = half_known_map()
    information.answer(grid_message(percent, time=1.0))
    publisher = probe.node.create_publisher(OccupancyGridUpdate, 'map_updates', 10)
    probe.wait_for_subscriber(publisher)
    bad = OccupancyGridUpdate(x=70, y=0, width=20, height=1, data=array('b', [0] * 20))
    publisher.publish(bad)
    information.health.wait_for_value(
        'mi_node', 'dropped: malformed map update', lambda value: value == '1')
    update = OccupancyGridUpdate(
        x=40, y=1, width=39, height=58, data=array('b', [0] * (39 * 58)))
    update.header.frame_id, update.header.stamp = 'map', stamp(2.0)
    publisher.publish(update)
    cloud, surface = information.wait_for(stamp(2.0))
    assert np.count_nonzero(cells_of(surface) >= 0) > 1.6 * 40 * 58
