"""Small bags of ROS 2, written message by message."""

import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores

STORE = get_typestore(Stores.ROS2_JAZZY)
SCAN, TRANSFORMS = 'sensor_msgs/msg/LaserScan', 'tf2_msgs/msg/TFMessage'


def kind(name):
    """Return a message class."""
    return STORE.types[name]


def header(seconds, frame):
    """Make a header at a time that a float holds exactly."""
    time = kind('builtin_interfaces/msg/Time')(int(seconds), round(seconds % 1 * 1e9))
    return kind('std_msgs/msg/Header')(time, frame)


def scan(seconds, frame='laser', ranges=(1.0, np.inf, np.nan), range_max=10.0):
    """Make a LaserScan."""
    return kind(SCAN)(header(seconds, frame), -0.5, 0.5, 0.5, 0.001, 0.1, 0.1, range_max,
                      np.array(ranges, np.float32), np.array([], np.float32))


def transform(seconds, parent, child, x=0.0):
    """Make a TFMessage of one transform, shifted along x."""
    geometry = 'geometry_msgs/msg/'
    placed = kind(f'{geometry}Transform')(
        kind(f'{geometry}Vector3')(x, 0.0, 0.0), kind(f'{geometry}Quaternion')(0.0, 0.0, 0.0, 1.0))
    return kind(TRANSFORMS)([
        kind(f'{geometry}TransformStamped')(header(seconds, parent), child, placed)])


def write_bag(path, messages, storage=StoragePlugin.MCAP):
    """Write (topic, type, message) to a bag, received in that order; return its path."""
    with Writer(path, version=8, storage_plugin=storage) as bag:
        topics = {topic: bag.add_connection(topic, name, typestore=STORE)
                  for topic, name, _ in {each[0]: each for each in messages}.values()}
        for i, (topic, name, message) in enumerate(messages):
            bag.write(topics[topic], 1000 * i, STORE.serialize_cdr(message, name))
    return path
