"""Messages and a tiny world that tests of the nodes make by hand."""

from array import array
import math

from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import OccupancyGrid
import numpy as np
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import LaserScan
from tf2_ros import TransformBroadcaster

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)

ROOM = (-3.0, -2.0, 4.0, 2.5)
"""A room without anything in it: x and y of its lower left corner, then of its upper right."""


def stamp(seconds):
    return Time(nanoseconds=round(seconds * 1e9)).to_msg()


def room_ranges(poses, angles):
    """Return the distance to the wall of the room for each beam: poses (n, 3), angles (n,)."""
    x, y, yaw = np.broadcast_to(poses, (len(angles), 3)).T
    c, s = np.cos(yaw + angles), np.sin(yaw + angles)
    with np.errstate(divide='ignore'):
        return np.minimum(
            np.where(c > 0, ROOM[2] - x, ROOM[0] - x) / c,
            np.where(s > 0, ROOM[3] - y, ROOM[1] - y) / s)


def room_scan(time, pose=(0.0, 0.0, 0.0), count=720, frame='laser', **changes):
    """Return the message of a scan in the room, all beams from one pose."""
    increment = 2 * math.pi / count
    angles = -math.pi + increment * np.arange(count)
    message = LaserScan(
        angle_min=-math.pi, angle_increment=increment,
        angle_max=-math.pi + (count - 1) * increment, range_min=0.1, range_max=20.0,
        ranges=array('f', room_ranges(np.array(pose), angles)))
    message.header.frame_id, message.header.stamp = frame, stamp(time)
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def transform(time, pose, parent='map', child='laser', rotation=None):
    """Return a transform: pose is x, y, yaw; rotation x, y, z, w replaces the yaw."""
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id, message.header.stamp = parent, stamp(time)
    at, turned = message.transform.translation, message.transform.rotation
    at.x, at.y = float(pose[0]), float(pose[1])
    turned.z, turned.w = math.sin(pose[2] / 2), math.cos(pose[2] / 2)
    if rotation is not None:
        turned.x, turned.y, turned.z, turned.w = rotation
    return message


class TransformSource:
    """Sends the pose of a frame again and again, as a robot does."""

    def __init__(self, node, pose=(0.0, 0.0, 0.0), parent='map', child='laser', rotation=None):
        self.pose = pose
        self.is_silent = False
        self.clock = None
        self._node = node
        self._names = (parent, child, rotation)
        self._broadcaster = TransformBroadcaster(node)
        node.create_timer(0.02, self._send)

    def _send(self):
        now = self.clock.time if self.clock else self._node.get_clock().now().nanoseconds * 1e-9
        if not self.is_silent:
            self._broadcaster.sendTransform(transform(now, self.pose, *self._names))


def grid_message(percent, time=1.0, resolution=0.1, origin=(0.0, 0.0), frame='map'):
    """Return the message of a map of (H, W) values."""
    percent = np.asarray(percent, np.int8)
    message = OccupancyGrid(data=array('b', percent.tobytes()))
    message.header.frame_id, message.header.stamp = frame, stamp(time)
    message.info.height, message.info.width = percent.shape
    message.info.resolution = resolution
    message.info.origin.position.x, message.info.origin.position.y = origin
    message.info.origin.orientation.w = 1.0
    return message


def half_known_map(rows=60, columns=80, known=40):
    """Return (H, W): walls all around, free on the left, never observed on the right."""
    percent = np.full((rows, columns), -1, np.int8)
    percent[:, :known] = 0
    percent[[0, -1]] = 100
    percent[:, 0] = 100
    return percent


def cells_of(message):
    """Return (H, W) int8 of a map."""
    return np.frombuffer(message.data, np.int8).reshape(message.info.height, message.info.width)


def walls_of(message, threshold=65):
    """Return (k, 2) x, y of the occupied cells of a map."""
    rows, columns = np.nonzero(cells_of(message) > threshold)
    origin = message.info.origin.position
    cells = np.column_stack([columns, rows])
    return (cells + 0.5) * message.info.resolution + (origin.x, origin.y)


def distance_to_room(points):
    """Return (k,) how far points lie from the walls of the room."""
    x, y = points.T
    inside_x, inside_y = (ROOM[0] <= x) & (x <= ROOM[2]), (ROOM[1] <= y) & (y <= ROOM[3])
    across = np.minimum(abs(x - ROOM[0]), abs(x - ROOM[2]))
    along = np.minimum(abs(y - ROOM[1]), abs(y - ROOM[3]))
    corner = np.hypot(across, along)
    return np.minimum(
        np.where(inside_y, across, corner), np.where(inside_x, along, corner))


class Health:
    """The last status of each node on /diagnostics."""

    def __init__(self, probe):
        from diagnostic_msgs.msg import DiagnosticArray
        self._messages = probe.collect(DiagnosticArray, '/diagnostics')
        self._probe = probe

    def status(self, node):
        found = [each for message in self._messages for each in message.status
                 if each.name == node]
        return found[-1] if found else None

    def wait_for_value(self, node, key, accept=bool, timeout=60.0):
        """Wait until a value of a node is there and accepted, and return it."""
        def value():
            status = self.status(node)
            values = {each.key: each.value for each in status.values} if status else {}
            return values.get(key) if key in values and accept(values[key]) else None
        return self._probe.wait_for(value, timeout, f'{key} in the diagnostics of {node}')

    def wait_for_message(self, node, *words, timeout=60.0):
        """Wait until the message of a node holds all the words, and return it."""
        def message():
            status = self.status(node)
            return status and all(each in status.message for each in words) and status.message
        return self._probe.wait_for(message, timeout, f'{words} in the diagnostics of {node}')
