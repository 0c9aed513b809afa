"""mapping_node in three dimensions, with clouds of a simulated lidar in a room."""

from array import array

from node_messages import Health, LATCHED, stamp, transform
import numpy as np
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.mapping import (  # noqa: E402
    OccupancyGrid as GridOfCells,
    SensorPoses,
    VoxelMap,
    VoxelMapConfig,
)
from fsmi_explorer.nodes.octomap_messages import voxels_from_octomap  # noqa: E402
from fsmi_explorer.nodes.point_clouds import cloud_to_message, points_from_message  # noqa: E402
from fsmi_explorer.simulation.cloud_configuration import Lidar3DConfig, MountConfig  # noqa: E402
from fsmi_explorer.simulation.cloud_sensor import make_lidar  # noqa: E402
from fsmi_explorer.simulation.voxel_world import VoxelWorld  # noqa: E402
from nav_msgs.msg import OccupancyGrid  # noqa: E402
from octomap_msgs.msg import Octomap  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import PointCloud2  # noqa: E402
from std_msgs.msg import Header  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402
from tf2_ros import StaticTransformBroadcaster  # noqa: E402

TURN = (0.0, np.sin(0.1), 0.0, np.cos(0.1))
POSE = SensorPoses(np.array([[0.5, -0.25, 1.2]]), np.array([TURN]))


def cloud_of_a_room():
    """Return the cloud (12, 90, 3) of a tilted lidar in a room of 6 m x 4 m x 2.4 m."""
    world = VoxelWorld(np.zeros((24, 40, 60), bool), 0.1, (-3.0, -2.0, 0.0))
    config = Lidar3DConfig(
        rings=12, azimuths=90, noise_sigma=0.0,
        mount=MountConfig(x=0.5, y=-0.25, z=1.2, pitch=0.2))
    return make_lidar(world, config, np.random.default_rng(0)).take(0.0, np.zeros(3))


class VoxelMapping:
    """The node, a lidar in TF, and what the node publishes."""

    def __init__(self, nodes, probe, **parameters):
        self.probe, self.health = probe, Health(probe)
        self.occupied = probe.collect(PointCloud2, 'occupied_voxels', LATCHED)
        self.octomaps = probe.collect(Octomap, 'octomap', LATCHED)
        self.maps = probe.collect(OccupancyGrid, 'map', LATCHED)
        nodes.start('mapping_node', parameters={
            'dimension': 3, 'map_rate': 10.0, 'voxels': {'rate': 10.0}, **parameters})
        self._broadcaster = StaticTransformBroadcaster(probe.node)
        mounted = transform(0.0, (0.5, -0.25, 0.0), rotation=TURN)
        mounted.transform.translation.z = 1.2
        self._broadcaster.sendTransform(mounted)
        self._publisher = probe.node.create_publisher(
            PointCloud2, 'points', qos_profile_sensor_data)
        self.health.wait_for_message('mapping_node', '/points: no usable message yet')

    def publish(self, cloud, **changes):
        now = self.probe.node.get_clock().now().nanoseconds * 1e-9
        message = cloud_to_message(cloud, Header(frame_id='laser', stamp=stamp(now)))
        for name, value in changes.items():
            setattr(message, name, value)
        self._publisher.publish(message)

    def wait_for_drop(self, cause, count=1):
        self.health.wait_for_value(
            'mapping_node', f'dropped: {cause}', lambda value: int(value) >= count)

    def wait_for_voxels(self):
        """Wait for the next message of occupied voxels and return their centres (k, 3)."""
        begin = len(self.occupied)
        self.probe.wait_for(lambda: len(self.occupied) > begin)
        return points_from_message(self.occupied[-1])


def sorted_rows(points):
    return np.unique(np.round(points, 4), axis=0)


def test_clouds_become_voxels_beside_the_grid(nodes, probe, tmp_path):
    mapping = VoxelMapping(nodes, probe, map_directory=str(tmp_path), map_name='room')
    cloud = cloud_of_a_room()
    expected = VoxelMap(VoxelMapConfig(resolution=0.1))
    expected.insert_cloud(cloud.reshape(-1, 3), POSE)
    mapping.publish(cloud)
    found = mapping.wait_for_voxels()
    np.testing.assert_allclose(
        sorted_rows(found), sorted_rows(expected.occupied_voxels()), atol=1e-3)
    assert mapping.occupied[-1].header.frame_id == 'map'
    message = probe.wait_for(lambda: mapping.octomaps)[-1]
    assert (message.binary, message.id, message.resolution) == (True, 'OcTree', 0.1)
    octomap = voxels_from_octomap(message, VoxelMapConfig())
    assert octomap.known_voxels == expected.known_voxels
    np.testing.assert_array_equal(
        sorted_rows(octomap.occupied_voxels()), sorted_rows(expected.occupied_voxels()))
    probe.wait_for(lambda: mapping.maps)
    assert probe.call(Trigger, 'mapping_node/save_map').success
    assert VoxelMap.load(tmp_path / 'room.bt').known_voxels == expected.known_voxels
    probe.call(Trigger, 'mapping_node/reset')
    probe.wait_for(lambda: mapping.occupied[-1].width == 0)


def test_it_goes_on_with_a_saved_map(nodes, probe, tmp_path):
    saved = VoxelMap(VoxelMapConfig(resolution=0.1))
    saved.insert_cloud(cloud_of_a_room().reshape(-1, 3), POSE)
    saved.save(tmp_path / 'room.bt')
    GridOfCells(np.zeros((20, 20)), 0.05).save(tmp_path / 'room.yaml')
    continued = {'dimension': 3, 'continue_from': str(tmp_path / 'room.yaml')}
    process = nodes.start('mapping_node', parameters={**continued, 'voxels': {'resolution': 0.2}})
    assert process.wait(120.0) == 2
    assert '0.1 m' in nodes.last_lines('mapping_node').splitlines()[-1]
    occupied = probe.collect(PointCloud2, 'occupied_voxels', LATCHED)
    nodes.start('mapping_node', parameters=continued)
    probe.wait_for(lambda: occupied)
    np.testing.assert_allclose(sorted_rows(points_from_message(occupied[-1])),
                               sorted_rows(saved.occupied_voxels()), atol=1e-3)


def test_bad_clouds_are_dropped_and_said_and_leave_the_map_alone(nodes, probe):
    mapping = VoxelMapping(nodes, probe, max_points=2000, transform_timeout=0.1)
    cloud = cloud_of_a_room()
    mapping.publish(cloud)
    before = sorted_rows(mapping.wait_for_voxels())
    mapping.publish(cloud, row_step=7)
    mapping.publish(cloud, fields=[])
    mapping.publish(cloud, data=array('B', bytes(10)))
    mapping.wait_for_drop('malformed cloud', 3)  # the queue of sensor data holds but few
    mapping.publish(cloud, width=0, height=0, data=array('B'))
    mapping.publish(np.full((4, 5, 3), np.nan, np.float32))
    mapping.publish(np.ones((2001, 3), np.float32))
    mapping.wait_for_drop('malformed cloud', 6)
    mapping.publish(cloud, header=Header(frame_id='elsewhere', stamp=stamp(1.0)))
    mapping.wait_for_drop('no transform map -> elsewhere at the stamp of the scan')
    mapping.publish(np.array([[0.3, 0.0, 0.0]], np.float32))  # any change is published
    after = sorted_rows(mapping.wait_for_voxels())
    assert set(map(tuple, after)) >= set(map(tuple, before)) and len(after) <= len(before) + 1
