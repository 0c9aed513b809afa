"""Transforms agree with products of matrices, whichever tf2_ros this machine has."""

from threading import Timer

from geometry_msgs.msg import TransformStamped
import numpy as np
import pytest
from rclpy.duration import Duration
from rclpy.time import Time
from tf2_ros import (
    Buffer,
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
    TransformException,
)
import yaml

LATEST = Time()


def at(seconds: float) -> Time:
    """Return a time."""
    return Time(nanoseconds=round(seconds * 1e9))


def stamped(parent, child, seconds=0.0, position=(0.0, 0.0, 0.0), quaternion=(0.0, 0.0, 0.0, 1.0)):
    """Return a transform from a child frame to its parent."""
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id = parent, child
    message.header.stamp = at(seconds).to_msg()
    t, r = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = map(float, position)
    r.x, r.y, r.z, r.w = map(float, quaternion)
    return message


def turned(yaw: float):
    """Return the quaternion of a turn about z."""
    return 0.0, 0.0, np.sin(yaw / 2), np.cos(yaw / 2)


def matrix(message: TransformStamped) -> np.ndarray:
    """Return a transform as a matrix that multiplies columns."""
    t, r = message.transform.translation, message.transform.rotation
    x, y, z, w = r.x, r.y, r.z, r.w
    result = np.identity(4)
    result[:3, :3] = (
        (w * w - x * x - y * y - z * z) * np.identity(3) + 2 * np.outer((x, y, z), (x, y, z))
        + 2 * w * np.array(((0, -z, y), (z, 0, -x), (-y, x, 0))))
    result[:3, 3] = t.x, t.y, t.z
    return result


def yaw_of(message: TransformStamped) -> float:
    """Return the turn about z."""
    r = message.transform.rotation
    return 2 * np.arctan2(r.z, r.w)


def filled(*transforms, **options) -> Buffer:
    """Return a buffer that has taken transforms."""
    buffer = Buffer(**options)
    for each in transforms:
        buffer.set_transform(each, 'test')
    return buffer


def test_chain_is_the_product_of_its_edges():
    buffer = filled(
        stamped('map', 'odom', 1.0, (1, 2, 0), turned(np.pi / 2)),
        stamped('odom', 'base_link', 1.0, (3, 0, 0), turned(np.pi / 2)))
    buffer.set_transform_static(stamped('base_link', 'laser', 0.0, (0.5, 0, 0.2)), 'test')
    found = buffer.lookup_transform('map', 'laser', at(1.0))
    t = found.transform.translation
    assert (t.x, t.y, t.z) == pytest.approx((0.5, 5.0, 0.2))
    assert abs(yaw_of(found)) == pytest.approx(np.pi)
    assert (found.header.frame_id, found.child_frame_id) == ('map', 'laser')
    assert Time.from_msg(found.header.stamp).nanoseconds == 10**9


@pytest.mark.parametrize('seed', range(5))
def test_every_pair_of_a_random_tree(seed):
    random = np.random.default_rng(seed)
    buffer = Buffer()
    to_root = {'f0': np.identity(4)}
    for number in range(1, 9):
        parent = f'f{random.integers(number)}'
        quaternion = random.normal(size=4)
        edge = stamped(
            parent, f'f{number}', 5.0, random.normal(size=3),
            quaternion / np.linalg.norm(quaternion))
        is_static = random.random() < 0.3
        (buffer.set_transform_static if is_static else buffer.set_transform)(edge, 'test')
        to_root[f'f{number}'] = to_root[parent] @ matrix(edge)
    for target, target_to_root in to_root.items():
        for source, source_to_root in to_root.items():
            found = matrix(buffer.lookup_transform(target, source, at(5.0)))
            np.testing.assert_allclose(
                found, np.linalg.inv(target_to_root) @ source_to_root, atol=1e-12)


@pytest.mark.parametrize('first, last', [(0.0, 1.0), (3.0, -3.0), (-0.5, 0.7)])
def test_between_stamps_it_moves_straight_and_turns_evenly_the_short_way(first, last):
    turn = (last - first + np.pi) % (2 * np.pi) - np.pi
    buffer = filled(
        stamped('a', 'b', 1.0, (0, 0, 0), turned(first)),
        stamped('a', 'b', 2.0, (4, -2, 1), turned(last)))
    for share in (0.0, 0.25, 0.5, 0.9, 1.0):
        found = buffer.lookup_transform('a', 'b', at(1.0 + share))
        t = found.transform.translation
        assert (t.x, t.y, t.z) == pytest.approx((4 * share, -2 * share, share))
        error = yaw_of(found) - (first + share * turn)
        assert np.cos(error) == pytest.approx(1.0)


def test_opposite_signs_of_a_quaternion_are_the_same_turn():
    buffer = filled(
        stamped('a', 'b', 1.0, quaternion=turned(0.2)),
        stamped('a', 'b', 2.0, quaternion=-np.array(turned(0.4))))
    assert yaw_of(buffer.lookup_transform('a', 'b', at(1.5))) == pytest.approx(0.3)


def test_stamps_may_come_in_any_order_and_twice():
    order = (3, 1, 4, 2, 4, 0)
    buffer = filled(*(stamped('a', 'b', 1 + each, (each, 0, 0)) for each in order))
    for each in np.linspace(0, 4, 17):
        found = buffer.lookup_transform('a', 'b', at(1 + each))
        assert found.transform.translation.x == pytest.approx(each)


def test_latest_is_the_latest_time_that_all_edges_have():
    buffer = filled(
        stamped('map', 'odom', 1.0), stamped('map', 'odom', 2.0),
        *(stamped('odom', 'base_link', each, (each, 0, 0)) for each in (1.0, 1.5, 2.5)))
    found = buffer.lookup_transform('map', 'base_link', LATEST)
    assert Time.from_msg(found.header.stamp).nanoseconds == 2 * 10**9
    assert found.transform.translation.x == pytest.approx(2.0)


def test_static_holds_at_any_time():
    buffer = Buffer()
    buffer.set_transform_static(stamped('a', 'b', 7.0, (1, 0, 0)), 'test')
    for time in (LATEST, at(0.001), at(1e9)):
        assert buffer.lookup_transform('a', 'b', time).transform.translation.x == 1.0
    buffer.set_transform_static(stamped('a', 'b', 1.0, (2, 0, 0)), 'test')
    assert buffer.lookup_transform('a', 'b', LATEST).transform.translation.x == 2.0


@pytest.mark.parametrize('seconds', [0.999, 2.001])
def test_it_never_extrapolates(seconds):
    buffer = filled(stamped('a', 'b', 1.0), stamped('a', 'b', 2.0))
    buffer.set_transform_static(stamped('b', 'c'), 'test')
    for target, source in (('a', 'b'), ('b', 'a'), ('a', 'c'), ('c', 'a')):
        with pytest.raises(ExtrapolationException, match='extrapolation'):
            buffer.lookup_transform(target, source, at(seconds))
        assert not buffer.can_transform(target, source, at(seconds))
    assert buffer.can_transform('b', 'c', at(seconds))
    assert buffer.can_transform('a', 'c', at(1.0)) and buffer.can_transform('a', 'c', at(2.0))


def test_a_single_stamp_is_no_interval():
    buffer = filled(stamped('a', 'b', 1.0))
    buffer.lookup_transform('a', 'b', at(1.0))
    with pytest.raises(ExtrapolationException):
        buffer.lookup_transform('a', 'b', at(1.0001))


def test_edges_above_the_common_parent_do_not_matter():
    buffer = filled(
        stamped('map', 'base', 1.0), stamped('base', 'left', 5.0, (1, 0, 0)),
        stamped('base', 'right', 5.0, (0, 1, 0)))
    found = buffer.lookup_transform('left', 'right', at(5.0))
    assert (found.transform.translation.x, found.transform.translation.y) == (-1.0, 1.0)
    with pytest.raises(ExtrapolationException):
        buffer.lookup_transform('map', 'right', at(5.0))


def test_two_trees_have_no_connection():
    buffer = filled(stamped('a', 'b', 1.0), stamped('c', 'd', 1.0))
    for time in (LATEST, at(1.0)):
        with pytest.raises(ConnectivityException):
            buffer.lookup_transform('b', 'd', time)
        ok, reason = buffer.can_transform('b', 'd', time, return_debug_tuple=True)
        assert not ok and reason


def test_unknown_and_impossible_frames():
    buffer = filled(stamped('a', 'b', 1.0))
    for target, source in (('a', 'nowhere'), ('nowhere', 'a')):
        with pytest.raises(LookupException, match='nowhere'):
            buffer.lookup_transform(target, source, LATEST)
    for bad in ('', '/a'):
        with pytest.raises(InvalidArgumentException):
            buffer.lookup_transform(bad, 'b', LATEST)
        assert not buffer.can_transform(bad, 'b', LATEST)
    for each in (ConnectivityException, ExtrapolationException, InvalidArgumentException,
                 LookupException):
        assert issubclass(each, TransformException)


def test_a_frame_lies_on_itself():
    buffer = filled(stamped('a', 'b', 1.5))
    np.testing.assert_array_equal(
        matrix(buffer.lookup_transform('nowhere', 'nowhere', at(3.0))), np.identity(4))
    assert Time.from_msg(buffer.lookup_transform('b', 'b', LATEST).header.stamp).nanoseconds == (
        1_500_000_000)


def test_a_loop_is_an_error():
    buffer = filled(stamped('a', 'b', 1.0), stamped('b', 'a', 1.0), stamped('c', 'd', 1.0))
    for time in (LATEST, at(1.0)):
        with pytest.raises(LookupException, match='loop'):
            buffer.lookup_transform('c', 'a', time)


def test_a_slash_in_front_of_a_sent_frame_is_dropped():
    buffer = filled(stamped('/a', '/b', 1.0, (1, 0, 0)))
    assert buffer.lookup_transform('a', 'b', LATEST).transform.translation.x == 1.0


def test_a_frame_may_change_its_parent():
    buffer = filled(
        stamped('a', 'b', 1.0, (1, 0, 0)), stamped('a', 'b', 2.0, (2, 0, 0)),
        stamped('c', 'b', 3.0, (3, 0, 0)))
    assert buffer.lookup_transform('c', 'b', LATEST).transform.translation.x == 3.0
    assert buffer.lookup_transform('a', 'b', at(2.5)).transform.translation.x == 2.0
    with pytest.raises(TransformException):
        buffer.lookup_transform('a', 'b', at(3.0))


@pytest.mark.parametrize('cache_time', [None, 2.0])
def test_it_remembers_as_long_as_it_was_told(cache_time):
    length = cache_time or 10.0
    buffer = Buffer(cache_time and Duration(seconds=cache_time))
    for tick in range(0, 401):
        buffer.set_transform(stamped('a', 'b', 100 + tick / 20, (tick / 20, 0, 0)), 'test')
    oldest = 120.0 - length
    assert buffer.lookup_transform('a', 'b', at(oldest)).transform.translation.x == (
        pytest.approx(oldest - 100))
    with pytest.raises(ExtrapolationException):
        buffer.lookup_transform('a', 'b', at(oldest - 0.1))
    buffer.set_transform(stamped('a', 'b', oldest - 0.1), 'late')
    with pytest.raises(ExtrapolationException):
        buffer.lookup_transform('a', 'b', at(oldest - 0.1))


@pytest.mark.parametrize('bad', [
    stamped('a', 'a', 2.0), stamped('', 'b', 2.0), stamped('a', '', 2.0),
    stamped('a', 'b', 2.0, position=(np.nan, 0, 0)),
    stamped('a', 'b', 2.0, quaternion=(0, 0, 0, np.nan)),
    stamped('a', 'b', 2.0, quaternion=(0, 0, 0, 0)),
])
def test_what_makes_no_sense_is_not_taken(bad):
    buffer = filled(stamped('a', 'b', 1.0, (1, 0, 0)), bad)
    found = buffer.lookup_transform('a', 'b', LATEST)
    assert found.transform.translation.x == 1.0
    assert Time.from_msg(found.header.stamp).nanoseconds == 10**9


def test_a_quaternion_need_not_be_of_unit_length():
    buffer = filled(stamped('a', 'b', 1.0, quaternion=(0, 0, 3, 3)))
    assert yaw_of(buffer.lookup_transform('a', 'b', LATEST)) == pytest.approx(np.pi / 2)


def test_clearing_keeps_what_is_static():
    buffer = filled(stamped('a', 'b', 1.0))
    buffer.set_transform_static(stamped('b', 'c'), 'test')
    buffer.clear()
    assert buffer.can_transform('b', 'c', LATEST)
    assert not buffer.can_transform('a', 'b', at(1.0))
    with pytest.raises(TransformException):
        buffer.lookup_transform('a', 'b', LATEST)
    buffer.set_transform(stamped('a', 'b', 0.5), 'test')
    assert buffer.can_transform('a', 'c', at(0.5))


def test_seen_from_where_it_is_later():
    buffer = filled(*(stamped('odom', 'base', 1 + each, (each, 0, 0)) for each in range(3)))
    found = buffer.lookup_transform_full('base', at(3.0), 'base', at(1.5), 'odom')
    assert found.transform.translation.x == pytest.approx(-1.5)
    assert buffer.can_transform_full('base', at(3.0), 'base', at(1.5), 'odom')
    assert not buffer.can_transform_full('base', at(4.0), 'base', at(1.5), 'odom')


def test_it_waits_for_what_comes_in_time():
    buffer = filled(stamped('a', 'b', 1.0))
    assert not buffer.can_transform('a', 'b', at(2.0), Duration(seconds=0.05))
    Timer(0.1, buffer.set_transform, (stamped('a', 'b', 2.0, (2, 0, 0)), 'late')).start()
    found = buffer.lookup_transform('a', 'b', at(2.0), Duration(seconds=10.0))
    assert found.transform.translation.x == 2.0


def test_a_future_is_done_when_the_transform_has_come():
    buffer = filled(stamped('a', 'b', 1.0))
    assert buffer.wait_for_transform_async('a', 'b', at(1.0)).done()
    future = buffer.wait_for_transform_async('a', 'b', at(2.0))
    buffer.set_transform(stamped('a', 'b', 1.5), 'test')
    assert not future.done()
    buffer.set_transform(stamped('a', 'b', 2.5), 'test')
    assert future.done() and future.exception() is None
    buffer.set_transform(stamped('a', 'b', 3.0), 'test')


def test_frames_as_yaml():
    assert yaml.safe_load(Buffer().all_frames_as_yaml()) == []
    frames = yaml.safe_load(filled(
        stamped('a', 'b', 1.0), stamped('a', 'b', 3.0)).all_frames_as_yaml())
    assert frames['b']['parent'] == 'a' and frames['b']['broadcaster'] == 'test'
    assert frames['b']['buffer_length'] == pytest.approx(2.0)
    assert frames['b']['most_recent_transform'] == pytest.approx(3.0)
