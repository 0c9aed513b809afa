"""Where the robot and its sensors are, as TF tells it."""

from typing import Callable

from fsmi_explorer.nodes.conversions import pose_from_transform, seconds
from geometry_msgs.msg import TransformStamped
import numpy as np
from rclpy.clock import Clock, ClockType, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.time import Time
from tf2_ros import Buffer, TransformException, TransformListener

_FORWARD_JUMP = Duration(seconds=10)
_SETTLING_TIME = 1.0


class Frames:
    """
    The transforms of a node; forgotten when the clock jumps, as after a restarted simulation.

    :param node: the node that listens.
    :param on_jump: called after a jump of the clock.
    :param depth: how many messages may queue up. Few are enough, and better, for who only wants
        the latest pose: a node that comes late with its work then does not lag behind as well.
    """

    def __init__(self, node: Node, on_jump: Callable[[], None] | None = None, depth: int = 10):
        """Start listening."""
        self._node = node
        self._on_jump = on_jump
        self.buffer = Buffer()
        self._listener = TransformListener(self.buffer, node, qos=QoSProfile(depth=depth))
        # The handle is kept: with it gone, rclpy calls back no more.
        self._jump_handle = node.get_clock().create_jump_callback(
            JumpThreshold(
                min_forward=_FORWARD_JUMP, min_backward=Duration(nanoseconds=-1),
                on_clock_change=True),
            post_callback=self._after_jump)

    def _after_jump(self, jump: TimeJump) -> None:
        now = self._node.get_clock().now().nanoseconds
        if now == 0 or now == jump.delta.nanoseconds:
            return  # the simulated clock begins
        self._node.get_logger().warning(
            f'the clock jumped by {jump.delta.nanoseconds * 1e-9:.3f} s: transforms are forgotten')
        self.buffer.clear()
        self._settling = self._node.create_timer(
            _SETTLING_TIME, self._after_settling, clock=Clock(clock_type=ClockType.STEADY_TIME))
        if self._on_jump is not None:
            self._on_jump()

    def _after_settling(self) -> None:
        """Forget what was on its way when the clock jumped: it keeps out all that is older."""
        self._node.destroy_timer(self._settling)
        self.buffer.clear()

    def now(self) -> float:
        """Return the node's time in s."""
        return self._node.get_clock().now().nanoseconds * 1e-9

    def lookup(self, target: str, source: str, time: Time = Time()) -> TransformStamped:
        """
        Return the transform from source to target, without waiting.

        :param time: when; by default the latest that is known.
        :raises TransformException: saying what is missing.
        """
        return self.buffer.lookup_transform(target, source, time)

    def pose(self, target: str, source: str, max_age: float | None = None) -> np.ndarray:
        """
        Return (3,) x, y, yaw: the latest known pose of the source frame in the target frame.

        :param max_age: s; an older one will not do.
        :raises TransformException: saying what is missing.
        """
        return self.dated_pose(target, source, max_age)[0]

    def dated_pose(
            self, target: str, source: str, max_age: float | None = None,
    ) -> tuple[np.ndarray, float]:
        """Return what `pose` does, and how old it is in s; 0 for what is fixed for ever."""
        transform = self.lookup(target, source)
        stamp = seconds(transform.header.stamp)
        age = self.now() - stamp if stamp else 0.0
        if max_age is not None and age > max_age:
            raise TransformException(f'{source} in {target} was last known {age:.1f} s ago')
        return pose_from_transform(transform.transform), age

    def missing(self, target: str, source: str, max_age: float | None = None) -> str:
        """Say what is missing between two frames; empty when their transform is known."""
        try:
            self.pose(target, source, max_age)
        except TransformException as error:
            return f'transform {target} -> {source}: {error}'
        return ''
