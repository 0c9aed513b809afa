"""Bags of ROS 2: small ones written here, damaged ones, and the real ones."""

from bag_files import SCAN, scan, transform, TRANSFORMS, write_bag
from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.logs import LogScan, LogTransform, read_log
import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin


def drive(frames=('odom', 'base_link'), scan_topic='/scan'):
    """Make the messages of a short drive."""
    fixed, base = frames
    return [
        ('/tf_static', TRANSFORMS, transform(0, base, 'laser', 0.2)),
        ('/tf', TRANSFORMS, transform(1.5, fixed, base, 3.0)),
        (scan_topic, SCAN, scan(1.5)),
        ('/tf', TRANSFORMS, transform(2.5, fixed, base, 4.0)),
        (scan_topic, SCAN, scan(2.5)),
    ]


@pytest.mark.parametrize('storage', list(StoragePlugin))
def test_a_bag_reads_in_order(tmp_path, storage):
    log = read_log(write_bag(tmp_path / 'bag', drive(), storage))
    records = list(log)
    told = [(type(each), each.stamp) for each in records]
    assert told == [(LogTransform, 0.0), (LogTransform, 1.5), (LogTransform, 1.5), (LogScan, 1.5),
                    (LogTransform, 2.5), (LogScan, 2.5)]
    assert [each.is_static for each in records[:3]] == [True, False, True]
    assert (log.scan_count, log.base_frame, log.no_return_is_free) == (2, 'base_link', True)
    first = next(log.scans())
    assert first.pose is None
    assert first.scan.ranges.tolist()[:2] == [1.0, np.inf]
    assert first.scan.time_increment == pytest.approx(0.001)
    assert [each.stamp for each in log] == [each.stamp for each in records], 'reads only once'


def test_the_map_frame_is_laid_on_the_root(tmp_path):
    log = read_log(write_bag(tmp_path / 'bag', drive()))
    laid, = (each for each in log if isinstance(each, LogTransform) and each.parent == 'map')
    assert (laid.child, laid.is_static, laid.translation.tolist()) == ('odom', True, [0, 0, 0])


def test_a_map_frame_in_the_bag_is_kept(tmp_path):
    messages = [('/tf', TRANSFORMS, transform(1.0, 'map', 'odom', 7.0)), *drive()]
    log = read_log(write_bag(tmp_path / 'bag', messages))
    from_map = [each for each in log if isinstance(each, LogTransform) and each.parent == 'map']
    assert [each.translation[0] for each in from_map] == [7.0]


@pytest.mark.parametrize('base', ['base_footprint', 'base_link', 'chassis'])
def test_the_frame_of_the_robot_is_found(tmp_path, base):
    log = read_log(write_bag(tmp_path / 'bag', drive(('odom', base))))
    assert log.base_frame == base


def test_a_single_file_reads_as_its_folder(tmp_path):
    write_bag(tmp_path / 'bag', drive())
    file, = (tmp_path / 'bag').glob('*.mcap')
    assert len(list(read_log(file))) == len(list(read_log(tmp_path / 'bag')))


def test_the_busiest_scan_topic_is_chosen_or_the_named_one(tmp_path):
    messages = [*drive(), ('/rear', SCAN, scan(1.6, 'laser', [5.0]))]
    path = write_bag(tmp_path / 'bag', messages)
    assert len(list(read_log(path).scans())) == 2
    only, = read_log(path, 'rear').scans()
    assert only.scan.ranges.tolist() == [5.0]
    with pytest.raises(FileFormatError, match="'side', there are /rear, /scan"):
        read_log(path, 'side')


def test_missing_returns_of_a_far_seeing_lidar_mean_nothing(tmp_path):
    messages = [*drive()[:2], ('/scan', SCAN, scan(1.5, range_max=80.0))]
    assert not read_log(write_bag(tmp_path / 'bag', messages)).no_return_is_free


@pytest.mark.parametrize(('messages', 'reason'), [
    (drive()[:2], 'no LaserScan messages in it, only /tf'),
    ([('/scan', SCAN, scan(1.0))], "no transform on /tf or /tf_static places the frame 'laser'"),
    ([*drive(), ('/scan', SCAN, scan(9.0, range_max=0.01))], 'scan at 9.000 s'),
])
def test_bags_that_cannot_be_replayed(tmp_path, messages, reason):
    path = write_bag(tmp_path / 'bag', messages)
    with pytest.raises(FileFormatError, match=reason):
        list(read_log(path))


def test_damaged_bags_are_one_line(tmp_path):
    rng = np.random.default_rng(2)
    write_bag(tmp_path / 'bag', drive())
    file, = (tmp_path / 'bag').glob('*.mcap')
    whole = file.read_bytes()
    refused = 0
    for i in range(60):
        damaged = bytearray(whole if i % 2 else whole[:rng.integers(len(whole))])
        for at in rng.integers(max(1, len(damaged)), size=4 * (i % 2)):
            damaged[at] = rng.integers(256)
        file.write_bytes(damaged)
        try:
            list(read_log(file))
        except FileFormatError as error:
            refused += 1
            assert str(error).startswith(str(file))
            assert '\n' not in str(error)
    assert refused >= 30


def test_an_empty_folder_is_no_bag(tmp_path):
    with pytest.raises(FileFormatError, match=f'{tmp_path}: cannot be read as a bag'):
        read_log(tmp_path)


@pytest.mark.parametrize(('name', 'raw', 'count'), [
    ('intel_first1500_mcap', 'intel', 1500), ('aces_first1200_sqlite3', 'aces', 1200)])
def test_real_bags(data_dir, name, raw, count):
    log = read_log(data_dir / 'bags' / name)
    scans = list(log.scans())
    prepared = np.load(data_dir / 'logs2d' / f'{raw}_raw_dense.npz')
    assert len(scans) == log.scan_count == count
    received = np.argsort(prepared['stamps'][:count], kind='stable')
    assert np.allclose([each.stamp for each in scans], prepared['stamps'][received], 0, 1e-6)
    placed = [each for each in log if isinstance(each, LogTransform) and each.child == 'base_link']
    positions = [each.translation[:2] for each in placed]
    assert np.allclose(positions, prepared['odom'][received, :2])
    ranges = np.array([each.scan.ranges for each in scans])
    theirs = prepared['ranges'][received]
    returned = theirs < prepared['range_max']
    assert np.array_equal(np.isfinite(ranges), returned)
    assert np.array_equal(ranges[returned], theirs[returned])
