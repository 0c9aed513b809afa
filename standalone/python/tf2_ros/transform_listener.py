"""Fills a buffer from the transform topics."""

from contextlib import suppress
from threading import Thread

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage
from tf2_ros.buffer import Buffer

_AUTHORITY = 'default_authority'


class TransformListener:
    """
    Listens to /tf and /tf_static and fills a buffer with what it hears.

    :param buffer: the buffer to fill.
    :param node: the node that subscribes.
    :param spin_thread: spin the node in a thread of its own.
    :param qos: profile or depth for /tf.
    :param static_qos: profile or depth for /tf_static.
    """

    def __init__(
            self, buffer: Buffer, node: Node, *, spin_thread: bool = False,
            qos: QoSProfile | int | None = None,
            static_qos: QoSProfile | int | None = None) -> None:
        if qos is None:
            qos = QoSProfile(depth=100)
        if static_qos is None:
            static_qos = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.buffer = buffer
        self.node = node
        # Reentrant, so that a callback that waits for a transform does not keep it from coming.
        self.group = ReentrantCallbackGroup()
        self.tf_sub = node.create_subscription(
            TFMessage, '/tf', self.callback, qos, callback_group=self.group)
        self.tf_static_sub = node.create_subscription(
            TFMessage, '/tf_static', self.static_callback, static_qos, callback_group=self.group)
        if spin_thread:
            self.executor = SingleThreadedExecutor(context=node.context)
            self.executor.add_node(node)
            self.dedicated_listener_thread = Thread(target=self._spin, daemon=True)
            self.dedicated_listener_thread.start()

    def _spin(self) -> None:
        with suppress(ExternalShutdownException):
            self.executor.spin()

    def __del__(self) -> None:
        """Stop listening."""
        if hasattr(self, 'dedicated_listener_thread'):
            self.executor.shutdown()
            self.dedicated_listener_thread.join()
        if hasattr(self, 'tf_static_sub'):
            self.unregister()

    def unregister(self) -> None:
        """Stop listening."""
        self.node.destroy_subscription(self.tf_sub)
        self.node.destroy_subscription(self.tf_static_sub)

    def callback(self, data: TFMessage) -> None:
        """Take transforms that hold at their stamps."""
        for transform in data.transforms:
            self.buffer.set_transform(transform, _AUTHORITY)

    def static_callback(self, data: TFMessage) -> None:
        """Take transforms that hold at any time."""
        for transform in data.transforms:
            self.buffer.set_transform_static(transform, _AUTHORITY)
