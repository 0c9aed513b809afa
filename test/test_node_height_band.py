"""Clouds of points cut to a band of heights."""

import math

from node_messages import distance_to_room, Health, LATCHED, ROOM, TransformSource, walls_of
import numpy as np
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.errors import ConfigurationError  # noqa: E402
from fsmi_explorer.mapping import OccupancyMap, SensorPoses  # noqa: E402
from fsmi_explorer.nodes import height_band  # noqa: E402
from nav_msgs.msg import OccupancyGrid  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import PointCloud2  # noqa: E402
from sensor_msgs_py import point_cloud2  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

HEIGHT, CEILING = 0.8, 2.5
BAND = height_band.HeightBandConfig(low=0.1, high=1.5)


def room_points():
    """Return (n, 3) points of the walls, the floor and the ceiling of the room, in the map."""
    x, y = np.arange(ROOM[0], ROOM[2] + 0.01, 0.05), np.arange(ROOM[1], ROOM[3] + 0.01, 0.05)
    z = np.arange(0.0, CEILING + 0.01, 0.1)
    walls = [np.stack(np.meshgrid([side], y, z), -1) for side in (ROOM[0], ROOM[2])]
    walls += [np.stack(np.meshgrid(x, [side], z), -1) for side in (ROOM[1], ROOM[3])]
    levels = [np.stack(np.meshgrid(x, y, [level]), -1) for level in (0.0, CEILING)]
    return np.concatenate([each.reshape(-1, 3) for each in walls + levels])


def seen_from(points, pose):
    """Return points of the map in the frame of a sensor."""
    return (points - pose.positions[0]) @ height_band.rotation_matrix(pose.quaternions[0])


def sensor(roll=0.0):
    return SensorPoses([[0.5, 0.0, HEIGHT]], [[math.sin(roll / 2), 0.0, 0.0, math.cos(roll / 2)]])


@pytest.mark.parametrize('roll', [0.0, 0.4, math.pi])
def test_walls_are_hits_and_floor_and_ceiling_are_none(roll):
    pose = sensor(roll)
    start, ends, hits = height_band.band_beams(seen_from(room_points(), pose), pose, BAND, 0.05)
    assert start == pytest.approx((0.5, 0.0))
    assert hits.sum() > 300 and (~hits).sum() > 300
    assert distance_to_room(ends[hits]).max() < 1e-6
    mapping = OccupancyMap()
    mapping.insert_endpoints(start, ends, hits)
    grid = mapping.grid()
    occupied = grid.cell_to_world(np.argwhere(grid.probabilities > 0.5))
    assert distance_to_room(occupied).max() < 0.06
    assert np.count_nonzero(grid.probabilities < 0.5) * 0.05 ** 2 > 0.9 * 7.0 * 4.5


def test_a_point_outside_of_the_band_clears_as_far_as_the_way_leads_through_it():
    pose = sensor()
    floor, overhead = [4.0, 0.0, -HEIGHT], [0.0, 4.0, 1.4]
    start, ends, hits = height_band.band_beams(np.array([floor, overhead]), pose, BAND, 0.05)
    assert not hits.any()
    lengths = sorted(np.hypot(*(ends - start).T))
    assert lengths == pytest.approx([4.0 * 0.7 / 1.4, 4.0 * 0.7 / 0.8])


def test_what_is_near_far_or_no_number_is_no_hit():
    points = np.array([[0.1, 0.0, 0.0], [np.nan, 1.0, 0.0], [np.inf, 0.0, 0.0], [20.0, 0.0, 0.0]])
    start, ends, hits = height_band.band_beams(points, sensor(), BAND, 0.05)
    assert not hits.any() and len(ends) == 1
    assert ends[0] - start == pytest.approx((BAND.max_range, 0.0))
    assert len(height_band.band_beams(np.empty((0, 3)), sensor(), BAND, 0.05)[1]) == 0


def test_limits_in_the_wrong_order_are_refused():
    with pytest.raises(ConfigurationError, match='below'):
        height_band.HeightBandConfig(low=1.0, high=0.5)


def test_a_cloud_becomes_the_map(nodes, probe):
    health, maps = Health(probe), probe.collect(OccupancyGrid, 'map', LATCHED)
    publisher = probe.node.create_publisher(PointCloud2, 'points', qos_profile_sensor_data)
    nodes.start('mapping_node', parameters={'map_rate': 10.0})
    health.wait_for_message('mapping_node', '/points: no usable message yet')
    publisher.publish(PointCloud2(header=Header(frame_id='laser'), width=3, height=1))
    health.wait_for_value('mapping_node', 'dropped: malformed cloud', lambda value: value == '1')
    TransformSource(probe.node, (0.5, 0.0, 0.0))  # at the height of the map: the band moves
    cloud = seen_from(room_points(), sensor()).astype(np.float32) + (0.0, 0.0, HEIGHT)

    def is_mapped():
        header = Header(frame_id='laser', stamp=probe.node.get_clock().now().to_msg())
        publisher.publish(point_cloud2.create_cloud_xyz32(header, cloud.astype(np.float32)))
        probe.executor.spin_once(0.05)
        return maps and len(walls_of(maps[-1])) > 300
    probe.wait_for(is_mapped)
    assert distance_to_room(walls_of(maps[-1])).max() < 0.06
