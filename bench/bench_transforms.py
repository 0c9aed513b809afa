"""What the transforms of a robot cost: odometry at 50 Hz, a scan every 0.1 s."""

import time

from geometry_msgs.msg import TransformStamped
from rclpy.time import Time
from tf2_ros import Buffer


def run(quick: bool = False) -> list[dict]:
    """Time taking and looking up transforms."""
    count = 1000 if quick else 10000
    buffer = Buffer()
    buffer.set_transform_static(stamped('base_link', 'laser', 0), 'bench')
    edges = [('map', 'odom'), ('odom', 'base_link')]
    messages = [
        stamped(*edge, 10**9 + tick * 20_000_000) for tick in range(count) for edge in edges]
    taking = seconds_each(lambda each: buffer.set_transform(each, 'bench'), messages)
    newest = messages[-1].header.stamp
    between = Time.from_msg(newest).nanoseconds - 1_010_000_000
    latest = seconds_each(
        lambda each: buffer.lookup_transform('map', 'laser', each), [Time()] * count)
    past = seconds_each(
        lambda each: buffer.lookup_transform('map', 'laser', each),
        [Time(nanoseconds=between)] * count)
    share = 100 * (100 * taking + 10 * past)
    return [
        {'name': 'taking a transform', 'value': taking * 1e6, 'unit': 'us', 'note': ''},
        {'name': 'lookup, latest', 'value': latest * 1e6, 'unit': 'us', 'note': 'three edges'},
        {'name': 'lookup, between stamps', 'value': past * 1e6, 'unit': 'us', 'note': ''},
        {'name': 'share of a core', 'value': share, 'unit': '%',
         'note': '100 transforms and 10 lookups a second, without their transport'},
    ]


def stamped(parent: str, child: str, nanoseconds: int) -> TransformStamped:
    """Return a transform."""
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    message.header.stamp = Time(nanoseconds=nanoseconds).to_msg()
    message.transform.translation.x = nanoseconds * 1e-9
    return message


def seconds_each(function, arguments: list) -> float:
    """Return the time of one call."""
    start = time.perf_counter()
    for each in arguments:
        function(each)
    return (time.perf_counter() - start) / len(arguments)


if __name__ == '__main__':
    for row in run():
        print(row)
