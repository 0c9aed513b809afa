"""Messages to the core's objects and back."""

from array import array
import math

from node_messages import grid_message, half_known_map, room_scan
import numpy as np
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.exploration import Candidates  # noqa: E402
from fsmi_explorer.mapping import OccupancyGrid  # noqa: E402
from fsmi_explorer.nodes import conversions as c  # noqa: E402
from geometry_msgs.msg import Pose, Quaternion  # noqa: E402
from sensor_msgs.msg import PointField  # noqa: E402
from std_msgs.msg import Header  # noqa: E402


@pytest.mark.parametrize('yaw', [0.0, 1.0, -3.0, math.pi])
def test_poses_there_and_back(yaw):
    x, y, back = c.pose_from_message(c.pose_to_message((1.5, -2.0, yaw)))
    assert (x, y) == (1.5, -2.0)
    assert math.remainder(back - yaw, math.tau) == pytest.approx(0.0, abs=1e-12)


def test_the_heading_of_a_tilted_rotation_is_that_of_its_x_axis():
    roll = Quaternion(x=math.sin(0.3), w=math.cos(0.3))
    assert c.yaw_of(roll) == pytest.approx(0.0, abs=1e-12)
    upside_down = Quaternion(x=math.cos(0.5), y=math.sin(0.5), w=0.0)
    assert c.yaw_of(upside_down) == pytest.approx(1.0)
    assert c.yaw_of(Quaternion(x=0.0, y=0.0, z=0.0, w=2.0)) == 0.0


def test_points_move_with_the_pose_of_their_frame():
    moved = c.moved_by((1.0, 2.0, math.pi / 2), np.array([[1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_allclose(moved, [[1.0, 3.0], [0.0, 2.0]], atol=1e-12)


def test_grids_there_and_back():
    grid = OccupancyGrid(
        np.array([[0.0, 0.5, np.nan], [1.0, 0.25, 0.999]], np.float32), 0.05, (1.0, -2.0, 0.5))
    message = c.grid_to_message(grid.percent(), grid.resolution, grid.origin, Header())
    message.info.resolution = float(np.float32(0.05))  # as it comes from the wire
    back = c.grid_from_message(message)
    assert back.resolution == 0.05 and back.origin == pytest.approx(grid.origin)
    np.testing.assert_array_equal(back.percent(), grid.percent())
    assert list(message.data) == [0, 50, -1, 100, 25, 100]


def test_a_map_without_orientation_lies_straight():
    message = grid_message(half_known_map(), origin=(3.0, 4.0))
    message.info.origin.orientation = Quaternion(x=0.0, y=0.0, z=0.0, w=0.0)
    assert c.origin_of(message) == (3.0, 4.0, 0.0)


@pytest.mark.parametrize('spoil, word', [
    (lambda m: setattr(m, 'data', array('b', [0])), '80 x 60'),
    (lambda m: setattr(m.info, 'width', 0), '0 x 60'),
    (lambda m: setattr(m.info, 'resolution', -1.0), 'resolution'),
    (lambda m: setattr(m.info, 'resolution', math.nan), 'resolution'),
    (lambda m: setattr(m.info.origin.position, 'y', math.inf), 'origin'),
    (lambda m: setattr(m.info.origin, 'orientation', Quaternion(x=1.0, w=0.0)), 'tilted')])
def test_a_malformed_map_is_refused_with_the_reason(spoil, word):
    message = grid_message(half_known_map())
    spoil(message)
    with pytest.raises(ValueError, match=word):
        c.grid_from_message(message)


def test_values_beyond_hundred_count_as_never_observed():
    grid = c.grid_from_message(grid_message([[101, 127, -128, 100]]))
    np.testing.assert_array_equal(np.isnan(grid.probabilities), [[True, True, True, False]])


def test_a_scan_is_taken_as_it_is():
    scan = c.scan_from_message(room_scan(0.0, count=90))
    assert len(scan.ranges) == 90 and scan.angle_min == -math.pi
    clockwise = room_scan(0.0, count=90)
    clockwise.angle_min, clockwise.angle_max = clockwise.angle_max, clockwise.angle_min
    clockwise.angle_increment = -clockwise.angle_increment
    assert c.scan_from_message(clockwise).angle_increment < 0
    # Angles past the half turn, a last beam that is one too many, no angle_max at all.
    for changes in ({'angle_min': 0.0, 'angle_max': -math.tau / 90},
                    {'angle_max': math.pi}, {'angle_max': 0.0}):
        c.scan_from_message(room_scan(0.0, count=90, **changes))


def test_candidates_there_and_back():
    candidates = Candidates(
        np.array([[1.0, 2.0, 0.5], [3.0, 4.0, np.nan], [5.0, 6.0, -1.0]]), np.array([9., 2., 1.]))
    message = c.candidates_to_message(candidates, Header(frame_id='map'))
    assert (message.width, message.height, message.point_step) == (3, 1, 20)
    assert [each.datatype for each in message.fields] == [PointField.FLOAT32] * 5
    assert len(bytes(message.data)) == 60
    back = c.candidates_from_message(message)
    np.testing.assert_allclose(back.poses, candidates.poses)
    np.testing.assert_allclose(back.bits, candidates.bits)
    nothing = c.candidates_to_message(Candidates(np.empty((0, 3)), np.empty(0)), Header())
    assert len(c.candidates_from_message(nothing)) == 0


def test_a_path_looks_along_itself():
    message = c.path_to_message(
        np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), 'map', Header().stamp)
    yaws = [c.yaw_of(each.pose.orientation) for each in message.poses]
    assert yaws == pytest.approx([0.0, math.pi / 2, math.pi / 2])
    assert len(c.path_to_message(np.zeros((1, 2)), 'map', Header().stamp).poses) == 1
    assert c.pose_from_message(Pose()) == (0.0, 0.0, 0.0)
