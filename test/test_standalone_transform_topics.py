"""Transforms over topics: broadcasters, listener, the clock."""

from geometry_msgs.msg import TransformStamped
import pytest
import rclpy
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from rclpy.signals import SignalHandlerOptions
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from tf2_msgs.msg import TFMessage
from tf2_ros import Buffer, StaticTransformBroadcaster, TransformBroadcaster, TransformListener


def stamped(parent: str, child: str, seconds: int, x: float = 0.0) -> TransformStamped:
    """Return a transform that moves along x."""
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    message.header.stamp.sec = seconds
    message.transform.translation.x = x
    return message


@pytest.fixture
def other(probe):
    """Give a second node that spins with the probe."""
    node = Node('other', context=probe.node.context)
    probe.executor.add_node(node)
    yield node
    probe.executor.remove_node(node)
    node.destroy_node()


def test_a_listener_hears_moving_and_static_transforms(probe, other):
    static = StaticTransformBroadcaster(other)
    static.sendTransform([stamped('base', 'laser', 0, 0.5), stamped('base', 'camera', 0, 0.7)])
    moving = TransformBroadcaster(other)
    buffer = Buffer()
    listener = TransformListener(buffer, probe.node)
    probe.wait_for_subscriber(moving.pub_tf)
    moving.sendTransform(stamped('odom', 'base', 1, 1.0))
    moving.sendTransform([stamped('odom', 'base', 2, 2.0), stamped('map', 'odom', 2, 10.0)])
    probe.wait_for(
        lambda: all(buffer.can_transform('map', each, Time()) for each in ('laser', 'camera')),
        what='the whole tree')
    for sensor, x in (('laser', 12.5), ('camera', 12.7)):
        found = buffer.lookup_transform('map', sensor, Time())
        assert found.transform.translation.x == pytest.approx(x)
    listener.unregister()
    probe.wait_for(
        lambda: moving.pub_tf.get_subscription_count() == 0, what='the end of the subscription')


def test_the_profiles_are_those_of_tf(probe, other):
    heard = probe.collect(TFMessage, '/tf', QoSProfile(depth=100))
    broadcaster = TransformBroadcaster(other)
    probe.wait_for_subscriber(broadcaster.pub_tf)
    for second in range(50):
        broadcaster.sendTransform(stamped('a', 'b', second))
    probe.wait_for(lambda: len(heard) == 50, what='the last of a burst of transforms')
    assert [each.transforms[0].header.stamp.sec for each in heard] == list(range(50))


def test_a_listener_may_spin_by_itself(probe):
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node('lonely')
    buffer = Buffer()
    listener = TransformListener(buffer, node, spin_thread=True)
    broadcaster = TransformBroadcaster(probe.node)
    probe.wait_for_subscriber(broadcaster.pub_tf)
    broadcaster.sendTransform(stamped('a', 'b', 1))
    probe.wait_for(lambda: buffer.can_transform('a', 'b', Time()), what='a to b')
    rclpy.shutdown()
    listener.dedicated_listener_thread.join(10.0)
    assert not listener.dedicated_listener_thread.is_alive()
    node.destroy_node()


def test_a_clock_that_jumps_back_empties_the_buffer(probe, other):
    probe.node.set_parameters([Parameter('use_sim_time', value=True)])
    clock = other.create_publisher(Clock, '/clock', 1)
    probe.wait_for_subscriber(clock)
    buffer = Buffer(node=probe.node)

    def now_is(seconds):
        clock.publish(Clock(clock=Time(seconds=seconds).to_msg()))
        probe.wait_for(
            lambda: probe.node.get_clock().now().nanoseconds == seconds * 10**9,
            what=f'the clock at {seconds} s')

    now_is(10)
    buffer.set_transform(stamped('a', 'b', 10), 'test')
    now_is(20)
    assert buffer.can_transform('a', 'b', Time())
    now_is(5)
    assert not buffer.can_transform('a', 'b', Time(seconds=10))
