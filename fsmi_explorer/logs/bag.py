"""Bags of ROS 2: a folder with metadata.yaml, or a single .mcap or .db3 file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.logs.records import Log, LogScan, LogTransform, MAP_FRAME
from fsmi_explorer.mapping import LaserScan
import numpy as np

_SCAN_TYPE, _TRANSFORM_TYPE = 'sensor_msgs/msg/LaserScan', 'tf2_msgs/msg/TFMessage'
_TRANSFORM_TOPICS = ('/tf', '/tf_static')
_BASE_FRAMES = ('base_footprint', 'base_link')
# Of lidars that see farther, indoors, most missing returns are glare, glass and dark surfaces.
_FARTHEST_FREE = 30.0


def read_bag(path: Path, scan_topic: str | None = None) -> Log:
    """
    Open a bag and look at its transforms; scans are read as they are iterated over.

    :param scan_topic: topic of the scans; the LaserScan topic with most messages if None.
    :raises FileFormatError: naming the bag and the reason.
    """
    with _open(path) as bag:
        topic = _choose_topic(path, bag, scan_topic)
        _, first = next(_messages(bag, (topic,)))
        parents = {
            each.child: each.parent
            for _, message in _messages(bag, _TRANSFORM_TOPICS)
            for each in _transforms(message, is_static=False)}
        count = sum(each.msgcount for each in bag.connections if each.topic == topic)
        duration = 1e-9 * bag.duration
    frame = first.header.frame_id.lstrip('/')
    if frame not in parents:
        raise FileFormatError(f'{path}: no transform on /tf or /tf_static places the frame '
                              f'{frame!r} of {topic}')
    ancestors = _ancestors(frame, parents)
    base_frame = next((each for each in _BASE_FRAMES if each in ancestors), ancestors[1])
    root = None if MAP_FRAME in ancestors else ancestors[-1]
    return Log(path, count, duration, base_frame,
               no_return_is_free=first.range_max <= _FARTHEST_FREE,
               read_records=lambda: _records(path, topic, root))


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """Open a bag for reading; what its library says of a broken one becomes one line."""
    from rosbags.highlevel import AnyReader
    from rosbags.typesys import get_typestore, Stores
    try:
        with AnyReader([path], default_typestore=get_typestore(Stores.ROS2_HUMBLE)) as bag:
            yield bag
    except FileFormatError:
        raise
    except Exception as error:  # damaged bytes raise errors of every kind in there
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise FileFormatError(f'{path}: cannot be read as a bag: {reason}') from error


def _choose_topic(path: Path, bag: Any, wanted: str | None) -> str:
    scans = {each.topic: each.msgcount for each in bag.connections
             if each.msgtype == _SCAN_TYPE and each.msgcount}
    if not scans:
        others = ', '.join(sorted({each.topic for each in bag.connections})) or 'nothing'
        raise FileFormatError(f'{path}: no LaserScan messages in it, only {others}')
    if wanted is None:
        return max(scans, key=scans.get)
    if f'/{wanted.lstrip("/")}' not in scans:
        raise FileFormatError(f'{path}: no LaserScan topic {wanted!r}, there are '
                              f'{", ".join(sorted(scans))}')
    return f'/{wanted.lstrip("/")}'


def _ancestors(frame: str, parents: dict[str, str]) -> list[str]:
    """Return a frame, its parent, and so on up to the root."""
    chain = [frame]
    while chain[-1] in parents and parents[chain[-1]] not in chain:
        chain.append(parents[chain[-1]])
    return chain


def _messages(bag: Any, topics: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Walk through messages as (topic, message), in the order they were received."""
    connections = [each for each in bag.connections
                   if each.topic in topics and each.msgtype in (_SCAN_TYPE, _TRANSFORM_TYPE)]
    if connections:
        for connection, _, data in bag.messages(connections):
            yield connection.topic, bag.deserialize(data, connection.msgtype)


def _records(path: Path, scan_topic: str, root: str | None) -> Iterator[LogScan | LogTransform]:
    """
    Walk through the records of a bag.

    :param root: frame to lay on the map frame, None if the bag has a map frame itself.
    """
    with _open(path) as bag:
        for topic, message in _messages(bag, (scan_topic, *_TRANSFORM_TOPICS)):
            if topic != scan_topic:
                yield from _transforms(message, topic == '/tf_static')
                continue
            scan = _scan(path, message)
            if root is not None:
                yield LogTransform.planar(scan.stamp, MAP_FRAME, root, np.zeros(3), True)
                root = None
            yield scan


def _transforms(message: Any, is_static: bool) -> Iterator[LogTransform]:
    for each in message.transforms:
        t, q = each.transform.translation, each.transform.rotation
        yield LogTransform(
            _seconds(each.header.stamp), each.header.frame_id.lstrip('/'),
            each.child_frame_id.lstrip('/'),
            np.array([t.x, t.y, t.z]), np.array([q.x, q.y, q.z, q.w]), is_static)


def _scan(path: Path, message: Any) -> LogScan:
    stamp = _seconds(message.header.stamp)
    try:
        scan = LaserScan(
            np.array(message.ranges), message.angle_min, message.angle_increment,
            message.range_min, message.range_max, message.time_increment)
    except ValueError as error:
        raise FileFormatError(f'{path}: scan at {stamp:.3f} s: {error}') from None
    return LogScan(stamp, message.header.frame_id.lstrip('/'), scan)


def _seconds(stamp: Any) -> float:
    return stamp.sec + 1e-9 * stamp.nanosec
