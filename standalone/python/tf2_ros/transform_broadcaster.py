"""Sends transforms that change."""

from typing import Iterable

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from tf2_msgs.msg import TFMessage


class TransformBroadcaster:
    """
    Sends transforms on /tf.

    :param node: the node that publishes.
    :param qos: profile or depth of the publisher.
    """

    def __init__(self, node: Node, qos: QoSProfile | int | None = None) -> None:
        self.pub_tf = node.create_publisher(
            TFMessage, '/tf', QoSProfile(depth=100) if qos is None else qos)

    def sendTransform(
            self, transform: TransformStamped | Iterable[TransformStamped]) -> None:
        """Send a transform or several."""
        self.pub_tf.publish(TFMessage(transforms=as_list(transform)))


def as_list(transform: TransformStamped | Iterable[TransformStamped]) -> list[TransformStamped]:
    """Make a list of one transform or several."""
    return list(transform) if hasattr(transform, '__iter__') else [transform]
