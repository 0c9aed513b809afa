"""The messages have the fields that others on the network expect."""

from map_msgs.msg import OccupancyGridUpdate
from nav2_msgs.action import NavigateToPose
from octomap_msgs.msg import Octomap
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from tf2_msgs.msg import TFMessage
from tf2_msgs.srv import FrameGraph


@pytest.mark.parametrize('message, fields', [
    (TFMessage, {'transforms': 'sequence<geometry_msgs/TransformStamped>'}),
    (FrameGraph.Request, {}),
    (FrameGraph.Response, {'frame_yaml': 'string'}),
    (OccupancyGridUpdate, {
        'header': 'std_msgs/Header', 'x': 'int32', 'y': 'int32', 'width': 'uint32',
        'height': 'uint32', 'data': 'sequence<int8>'}),
    (Octomap, {
        'header': 'std_msgs/Header', 'binary': 'boolean', 'id': 'string',
        'resolution': 'double', 'data': 'sequence<int8>'}),
    (NavigateToPose.Goal, {'pose': 'geometry_msgs/PoseStamped', 'behavior_tree': 'string'}),
    (NavigateToPose.Feedback, {
        'current_pose': 'geometry_msgs/PoseStamped',
        'navigation_time': 'builtin_interfaces/Duration',
        'estimated_time_remaining': 'builtin_interfaces/Duration',
        'number_of_recoveries': 'int16', 'distance_remaining': 'float'}),
])
def test_fields(message, fields):
    found = message.get_fields_and_field_types()
    # Later releases of Nav2 add to the feedback; what is known here stays in front.
    assert dict(list(found.items())[:len(fields)]) == fields


def test_bytes_on_the_wire():
    update = OccupancyGridUpdate(x=1, y=-2, width=3, height=1, data=[-1, 0, 100])
    update.header.frame_id = 'map'
    wire = serialize_message(update)
    assert wire[4:] == (
        bytes(8) + b'\x04\0\0\0map\0' + b'\1\0\0\0' + b'\xfe\xff\xff\xff' + b'\3\0\0\0'
        + b'\1\0\0\0' + b'\3\0\0\0' + b'\xff\0\x64')
    assert deserialize_message(wire, OccupancyGridUpdate) == update
