"""Messages to the core's objects and back."""

from array import array
import math

from builtin_interfaces.msg import Time
from fsmi_explorer.exploration import Candidates
from fsmi_explorer.mapping import LaserScan, OccupancyGrid
from fsmi_explorer.nodes.point_clouds import read_fields
from geometry_msgs.msg import Pose, PoseStamped, Quaternion, Transform
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage, Path
import numpy as np
from sensor_msgs.msg import LaserScan as LaserScanMessage, PointCloud2, PointField
from sensor_msgs_py import point_cloud2
from std_msgs.msg import Header

CANDIDATE_FIELDS = ('x', 'y', 'z', 'yaw', 'mi')
_LONGEST_SWEEP = 5.0
_ANGLE_TOLERANCE_BEAMS = 2.0
_ANGLE_TOLERANCE_SHARE = 0.01
_UPRIGHT_COSINE = 0.999


def seconds(stamp: Time) -> float:
    """Return a stamp in s."""
    return stamp.sec + 1e-9 * stamp.nanosec


def yaw_of(rotation: Quaternion) -> float:
    """Return the angle in rad by which a rotation turns the x axis within the plane."""
    x, y, z, w = rotation.x, rotation.y, rotation.z, rotation.w
    return math.atan2(2.0 * (w * z + x * y), w * w + x * x - y * y - z * z)


def is_rotation(rotation: Quaternion) -> bool:
    """Tell whether a quaternion says anything: that of an unfilled message may be all zero."""
    return any((rotation.x, rotation.y, rotation.z, rotation.w))


def rotation_by(yaw: float) -> Quaternion:
    """Return the rotation about the z axis by an angle in rad."""
    return Quaternion(z=math.sin(yaw / 2.0), w=math.cos(yaw / 2.0))


def pose_from_message(pose: Pose) -> tuple[float, float, float]:
    """Return (x, y, yaw) of a pose."""
    return pose.position.x, pose.position.y, yaw_of(pose.orientation)


def pose_from_transform(transform: Transform) -> np.ndarray:
    """Return (3,) x, y, yaw of where a transform puts the origin of its child frame."""
    at = transform.translation
    return np.array([at.x, at.y, yaw_of(transform.rotation)])


def pose_to_message(pose) -> Pose:
    """Return the message of (x, y, yaw)."""
    message = Pose(orientation=rotation_by(float(pose[2])))
    message.position.x, message.position.y = float(pose[0]), float(pose[1])
    return message


def moved_by(pose, points: np.ndarray) -> np.ndarray:
    """
    Return points of one frame in another.

    :param pose: (x, y, yaw) of the one frame in the other.
    :param points: (k, 2) x, y in m.
    """
    x, y, yaw = pose
    c, s = math.cos(yaw), math.sin(yaw)
    return points @ np.array([[c, s], [-s, c]]) + (x, y)


def stamped_pose(pose, frame: str, stamp: Time) -> PoseStamped:
    """Return (x, y, yaw) in a frame at a time."""
    return PoseStamped(header=Header(frame_id=frame, stamp=stamp), pose=pose_to_message(pose))


def path_to_message(points: np.ndarray, frame: str, stamp: Time) -> Path:
    """
    Return a path; each pose looks along the leg that follows.

    :param points: (k, 2) x, y in m.
    """
    legs = np.diff(points, axis=0)
    yaws = np.arctan2(legs[:, 1], legs[:, 0])
    yaws = np.append(yaws, yaws[-1:] if len(yaws) else 0.0)
    poses = [stamped_pose((*point, yaw), frame, stamp) for point, yaw in zip(points, yaws)]
    return Path(header=Header(frame_id=frame, stamp=stamp), poses=poses)


def scan_from_message(message: LaserScanMessage) -> LaserScan:
    """
    Return the scan of a message.

    :raises ValueError: saying what is wrong with the message.
    """
    count = len(message.ranges)
    if count == 0:
        raise ValueError('it has no ranges')
    if not message.header.frame_id:
        raise ValueError('its header.frame_id is empty')
    scan = LaserScan(
        np.frombuffer(message.ranges, np.float32), message.angle_min, message.angle_increment,
        message.range_min, message.range_max, message.time_increment)
    if count > 1 and scan.angle_increment == 0.0:
        raise ValueError('its angle_increment is 0')
    if abs(scan.time_increment) * count > _LONGEST_SWEEP:
        raise ValueError(f'its beams would take {scan.time_increment * count:g} s, '
                         f'more than {_LONGEST_SWEEP:g} s')
    _check_angles(message, count)
    return scan


def _check_angles(message: LaserScanMessage, count: int) -> None:
    """Refuse a scan whose angles contradict each other; angle_max of 0 counts as not stated."""
    last = message.angle_min + (count - 1) * message.angle_increment
    allowed = abs(message.angle_increment) * (
        _ANGLE_TOLERANCE_BEAMS + _ANGLE_TOLERANCE_SHARE * count)
    difference = math.remainder(last - message.angle_max, math.tau)
    if message.angle_max != 0.0 and not abs(difference) <= allowed:
        raise ValueError(
            f'{count} ranges from angle_min {message.angle_min:g} at angle_increment '
            f'{message.angle_increment:g} end at {last:g}, not at angle_max '
            f'{message.angle_max:g}')


def percent_from_message(message: OccupancyGridMessage) -> np.ndarray:
    """
    Return (H, W) int8, the values of the cells; a view of the message's data.

    :raises ValueError: when the data do not fit the size.
    """
    height, width = message.info.height, message.info.width
    if height * width == 0 or len(message.data) != height * width:
        raise ValueError(f'it is {width} x {height} cells with {len(message.data)} values')
    return np.frombuffer(message.data, np.int8).reshape(height, width)


def grid_from_message(message: OccupancyGridMessage) -> OccupancyGrid:
    """
    Return the grid of a message.

    :raises ValueError: saying what is wrong with the message.
    """
    return OccupancyGrid.from_percent(
        percent_from_message(message), resolution_of(message), origin_of(message))


def resolution_of(message: OccupancyGridMessage) -> float:
    """Return the side of a cell in m: the shortest number that the float32 stands for."""
    return float(str(np.float32(message.info.resolution)))


def origin_of(message: OccupancyGridMessage) -> tuple[float, float, float]:
    """
    Return the pose (x, y, yaw) of the outer corner of cell (0, 0).

    :raises ValueError: when the map is tilted.
    """
    pose = message.info.origin
    q = pose.orientation
    if not is_rotation(q):
        return pose.position.x, pose.position.y, 0.0
    upright = 1.0 - 2.0 * (q.x * q.x + q.y * q.y) / (q.x ** 2 + q.y ** 2 + q.z ** 2 + q.w ** 2)
    if not upright > _UPRIGHT_COSINE:
        raise ValueError('its origin is tilted out of the plane')
    return pose_from_message(pose)


def grid_to_message(
        percent: np.ndarray, resolution: float, origin: tuple[float, float, float],
        header: Header) -> OccupancyGridMessage:
    """
    Return the message of a grid.

    :param percent: (H, W) int8, -1 or 0 to 100.
    :param resolution: side of a cell, m.
    :param origin: pose (x, y, yaw) of the outer corner of cell (0, 0).
    """
    message = OccupancyGridMessage(header=header, data=cells_to_data(percent))
    info = message.info
    info.height, info.width = percent.shape
    info.resolution, info.origin = resolution, pose_to_message(origin)
    info.map_load_time = header.stamp
    return message


def cells_to_data(percent: np.ndarray) -> array:
    """Return int8 cells as the array that a message takes without a look at each value."""
    return array('b', percent.tobytes())


def candidates_to_message(candidates: Candidates, header: Header) -> PointCloud2:
    """Return a cloud with one point x, y, z, yaw, mi for each candidate, best first."""
    fields = [
        PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
        for i, name in enumerate(CANDIDATE_FIELDS)]
    x, y, yaw = candidates.poses.T
    points = np.column_stack([x, y, candidates.heights, yaw, candidates.bits])
    return point_cloud2.create_cloud(header, fields, points.astype(np.float32))


def candidates_from_message(message: PointCloud2) -> Candidates:
    """
    Return the candidates of a cloud; those that are not finite are left out.

    :raises ValueError: saying what is wrong with the message.
    """
    x, y, z, yaw, bits = (
        each.ravel().astype(float) for each in read_fields(message, CANDIDATE_FIELDS))
    poses = np.column_stack([x, y, yaw])
    usable = np.isfinite(x + y + z + bits)
    return Candidates(poses[usable], bits[usable], heights=z[usable])
