"""The clouds of simulated 3D sensors, as the drivers of real ones publish them."""

from fsmi_explorer.nodes.point_clouds import cloud_to_message
from fsmi_explorer.simulation import Simulator
from geometry_msgs.msg import TransformStamped
import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header
from tf_transformations import quaternion_from_matrix


class CloudOutlets:
    """
    Publishes on `points` what the 3D sensors of a simulated robot see.

    :param node: the node that publishes.
    :param simulator: whose sensors these are; the frame of each is named as the sensor is.
    """

    def __init__(self, node: Node, simulator: Simulator):
        """Make the publisher if there is any sensor."""
        self._simulator = simulator
        self._publisher = (
            node.create_publisher(PointCloud2, 'points', QoSProfile(depth=5))
            if simulator.cloud_sensors else None)

    def transforms(self, base_frame: str, stamp) -> list[TransformStamped]:
        """Return where the sensors are on the robot."""
        return [_mounted(base_frame, name, each.position, each.rotation, stamp)
                for name, each in self._simulator.cloud_sensors.items()]

    def publish(self, names: list[str], stamp) -> None:
        """Take a cloud with each of these sensors now, and publish it."""
        for name in names:
            self._publisher.publish(cloud_to_message(
                self._simulator.cloud(name), Header(frame_id=name, stamp=stamp)))


def _mounted(parent: str, child: str, position, rotation, stamp) -> TransformStamped:
    message = TransformStamped(header=Header(frame_id=parent, stamp=stamp), child_frame_id=child)
    at, turned = message.transform.translation, message.transform.rotation
    at.x, at.y, at.z = (float(each) for each in position)
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    turned.x, turned.y, turned.z, turned.w = map(float, quaternion_from_matrix(matrix))
    return message
