"""Sends transforms that never change."""

from typing import Iterable

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage
from tf2_ros.transform_broadcaster import as_list


class StaticTransformBroadcaster:
    """
    Sends transforms on /tf_static, where late listeners hear them too.

    :param node: the node that publishes.
    :param qos: profile or depth of the publisher.
    """

    def __init__(self, node: Node, qos: QoSProfile | int | None = None) -> None:
        if qos is None:
            qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.pub_tf = node.create_publisher(TFMessage, '/tf_static', qos)
        self.net_message = TFMessage()

    def sendTransform(
            self, transform: TransformStamped | Iterable[TransformStamped]) -> None:
        """Send a transform or several, together with all that were sent before."""
        known = {each.child_frame_id for each in self.net_message.transforms}
        for each in as_list(transform):
            if each.child_frame_id not in known:
                known.add(each.child_frame_id)
                self.net_message.transforms.append(each)
        self.pub_tf.publish(self.net_message)
