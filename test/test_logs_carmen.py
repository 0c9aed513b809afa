"""CARMEN logs: hand-made lines of every dialect, bad lines, real logs against prepared arrays."""

import bz2
import gzip

from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.logs import LogScan, LogTransform, read_log
from fsmi_explorer.logs.stamps import usable_stamps
import numpy as np
import pytest

REAL_LOGS = ('intel', 'aces', 'freiburg-101', 'orebro', 'seattle')


def flaser(ranges, pose=(1.0, 2.0, 0.5), odometry=(1.0, 2.0, 0.5), stamp=10.0, word='FLASER'):
    """Make a line of an old laser message."""
    numbers = [*map(str, ranges), *map(str, pose), *map(str, odometry)]
    return f'{word} {len(ranges)} {" ".join(numbers)} {stamp} host {stamp}'


def robotlaser(ranges, pose, robot_pose, range_max=50.0, remissions=(), stamp=7.5):
    """Make a line of a new laser message with half a degree between beams."""
    return (f'ROBOTLASER1 0 -1.0 2.0 0.00873 {range_max} 0.01 0 {len(ranges)} '
            f'{" ".join(map(str, ranges))} {len(remissions)} {" ".join(map(str, remissions))} '
            f'{" ".join(map(str, [*pose, *robot_pose]))} 0 0 0.3 0.2 0.1 {stamp} host 3.2')


def write(path, *lines):
    """Write lines to a file and return its path."""
    path.write_text('\n'.join(lines) + '\n')
    return path


def scans_of(path):
    """Read the scans of a log."""
    return list(read_log(path).scans())


@pytest.mark.parametrize(('count', 'first', 'step'), [
    (180, -90, 1.0), (181, -90, 1.0), (360, -90, 0.5), (361, -90, 0.5),
    (401, -50, 0.25), (1081, -135, 0.25)])
def test_flaser_beam_conventions(tmp_path, count, first, step):
    scan, = scans_of(write(tmp_path / 'a.log', flaser(np.linspace(1, 4, count))))
    assert scan.scan.angle_min == pytest.approx(np.radians(first))
    assert scan.scan.angle_increment == pytest.approx(np.radians(step))
    assert scan.scan.ranges == pytest.approx(np.linspace(1, 4, count), rel=1e-6)
    assert (scan.stamp, scan.frame) == (10.0, 'laser')


def test_the_first_pose_is_that_of_the_laser(tmp_path):
    line = flaser([1.0] * 180, pose=(3, 4, 0.1), odometry=(30, 40, 1))
    scan, = scans_of(write(tmp_path / 'a.clf', line))
    assert scan.pose.tolist() == [3, 4, 0.1]


def test_robotlaser_says_all_about_itself(tmp_path):
    line = robotlaser([1.0, 60.0, 2.0], (1, 2, 0.5), (0.7, 2, 0.5), remissions=(5, 6, 7))
    scan, = scans_of(write(tmp_path / 'a.log', line))
    assert scan.scan.range_max == 50.0
    assert (scan.scan.angle_min, scan.scan.angle_increment) == (-1.0, 0.00873)
    assert scan.pose.tolist() == [1, 2, 0.5]
    assert scan.stamp == 7.5


def place(records, scan):
    """Follow the transforms from the map to the sensor of a scan; return its (x, y, yaw)."""
    parent_of = {record.child: record for record in records if isinstance(record, LogTransform)}
    pose, frame = np.zeros(3), scan.frame
    while frame != 'map':
        each = parent_of[frame]
        yaw = 2 * np.arctan2(each.rotation[2], each.rotation[3])
        turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
        pose = np.append(turn @ pose[:2] + each.translation[:2], pose[2] + yaw)
        frame = each.parent
    return pose


@pytest.mark.parametrize(('lines', 'robot'), [
    ([flaser([1.0] * 180, pose=(1, 2, 0.5))], (1, 2, 0.5)),
    (['PARAM robot_frontlaser_offset 0.4 nohost 0', flaser([1.0] * 180, pose=(5, 2, 0))],
     (4.6, 2, 0)),
    ([flaser([1.0] * 180, pose=(1, 2, np.pi / 2), word='RLASER')], (1, 2, -np.pi / 2)),
    ([robotlaser([1.0], (1, 2, 0.25), (0.5, 2, 0.25))], (0.5, 2, 0.25)),
])
def test_transforms_lead_to_the_pose_of_the_laser(tmp_path, lines, robot):
    log = read_log(write(tmp_path / 'a.log', *lines))
    *transforms, scan = log
    assert place(transforms, scan) == pytest.approx(scan.pose)
    base, = (each for each in transforms if each.child == log.base_frame)
    assert base.stamp == scan.stamp
    yaw = 2 * np.arctan2(base.rotation[2], base.rotation[3])
    assert (*base.translation[:2], yaw) == pytest.approx(robot)


def test_readings_that_pile_up_at_the_end_are_no_returns(tmp_path):
    rng = np.random.default_rng(3)
    lines = []
    for _ in range(20):
        ranges = rng.uniform(0.5, 30, 180)
        ranges[rng.choice(180, 12, replace=False)] = rng.choice([51.05, 51.06, 51.11, 51.16], 12)
        lines.append(flaser(ranges.round(2)))
    for each in scans_of(write(tmp_path / 'a.log', *lines)):
        assert np.count_nonzero(each.scan.ranges >= each.scan.range_max) == 12


def test_a_far_wall_is_no_pile(tmp_path):
    ranges = np.random.default_rng(4).uniform(0.5, 30, (20, 180)).round(2)
    scan = scans_of(write(tmp_path / 'a.log', *map(flaser, ranges)))[0].scan
    assert scan.range_max == 81.0


def test_the_declared_range_counts(tmp_path):
    scan, = scans_of(write(tmp_path / 'a.log', 'PARAM robot_front_laser_max 20.5 nohost 0',
                           flaser([1.0] * 180)))
    assert scan.scan.range_max == 20.5


@pytest.mark.parametrize(('suffix', 'opener'), [('.gz', gzip.open), ('.bz2', bz2.open)])
def test_compressed_logs_read_the_same(tmp_path, suffix, opener):
    text = '# a comment\n\nODOM 0 0 0 0 0 0 1 h 1\nNEFF 30\n' + flaser([1.5] * 180) + '\n'
    packed = tmp_path / f'run.gfs.log{suffix}'
    with opener(packed, 'wt') as file:
        file.write(text)
    assert scans_of(packed)[0].scan.ranges.tolist() == [1.5] * 180


GOOD = flaser([1.0] * 180)


@pytest.mark.parametrize(('line', 'reason'), [
    ('FLASER', 'the line ends within the number of readings'),
    (' '.join(GOOD.split()[:60]), '180 expected, 58 there'),
    (' '.join(GOOD.split()[:184]), 'pose of the laser'),
    (GOOD.replace('FLASER 180', 'FLASER -3'), 'number of readings must be a whole number, got -3'),
    (GOOD.replace('FLASER 180', 'FLASER many'), "'many' is not a number"),
    (GOOD.replace('1.0 1.0 1.0', '1.0 1.O 1.0', 1), "'1.O' is not a number"),
    (GOOD.replace('0.5', 'nan'), 'must be finite'),
    ('ROBOTLASER1 0 -1.57', 'configuration of the laser'),
    (robotlaser([1.0], (1, 2, 3), (1, 2, 3), range_max=0.0), 'greatest range'),
])
def test_bad_lines_are_named(tmp_path, line, reason):
    path = write(tmp_path / 'bad.log', '# header', GOOD, line)
    with pytest.raises(FileFormatError) as caught:
        read_log(path)
    assert str(caught.value).startswith(f'{path}:3: ')
    assert reason in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_log_that_breaks_off_is_refused(tmp_path):
    whole = gzip.compress((GOOD + '\n').encode() * 50)
    path = tmp_path / 'cut.log.gz'
    path.write_bytes(whole[:len(whole) // 2])
    with pytest.raises(FileFormatError, match='cut.log.gz'):
        read_log(path)


@pytest.mark.parametrize(('name', 'content', 'reason'), [
    ('empty.log', b'', 'no laser scan'),
    ('noise.log', bytes(range(256)) * 4, 'no laser scan'),
    ('fake.log.gz', b'FLASER', 'fake.log.gz'),
    ('fake.clf.bz2', b'FLASER', 'fake.clf.bz2'),
    ('what.txt', b'FLASER', 'not the name of a log'),
])
def test_files_that_are_no_logs(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileFormatError, match=reason):
        read_log(tmp_path / name)


def test_a_missing_log(tmp_path):
    with pytest.raises(FileFormatError, match='no such file'):
        read_log(tmp_path / 'missing.log')


@pytest.mark.parametrize(('stamps', 'expected'), [
    ([5.0, 6.0, 7.5], [5.0, 6.0, 7.5]),
    ([5.0, 6.0, 6.0, 7.0], [5.0, 6.0, 6.001, 7.0]),
    ([5.0, 8.0, 6.0, 7.0, 9.0], [5.0, 8.0, 8.001, 8.002, 9.0]),
    ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]),
    ([-0.4, 4.29497e9, 4.29497e9], [1.0, 2.0, 3.0]),
    ([np.nan, 1.0], [1.0, 2.0]),
    ([976053557.767368], [976053557.767368]),
])
def test_stamps_are_made_usable(stamps, expected):
    assert usable_stamps(np.array(stamps)).tolist() == pytest.approx(expected, abs=1e-9)


def test_stamps_increase_whatever_comes():
    rng = np.random.default_rng(0)
    for _ in range(200):
        stamps = np.cumsum(rng.normal(0.3, 1.0, 50)) + rng.choice([0, 976053557.767368])
        assert (np.diff(usable_stamps(stamps)) > 0).all()


@pytest.mark.parametrize('name', REAL_LOGS)
def test_real_logs_read_as_prepared(data_dir, name):
    scans = scans_of(data_dir / 'logs2d' / 'originals' / f'{name}-corrected.log.gz')
    prepared = np.load(data_dir / 'logs2d' / f'{name}_corrected.npz')
    ranges = np.array([each.scan.ranges for each in scans])
    assert np.array_equal(ranges, prepared['ranges'])
    assert np.allclose([each.pose for each in scans], prepared['pose'])
    first = scans[0].scan
    assert first.angle_min == pytest.approx(prepared['angle_min'])
    assert first.angle_increment == pytest.approx(prepared['angle_increment'])
    ours, theirs = ranges >= first.range_max, ranges >= prepared['range_max']
    assert np.count_nonzero(ours != theirs) <= 1e-4 * theirs.sum() + 3


def test_the_corridor_ends_at_its_longest_readings(data_dir):
    scans = scans_of(data_dir / 'logs2d/originals/infinite-corridor-corrected.log.gz')
    prepared = np.load(data_dir / 'logs2d/infinite-corridor_corrected.npz')
    ranges = np.array([each.scan.ranges for each in scans])
    assert np.array_equal(ranges, prepared['ranges'])
    # 4657 readings stand at 51.05 to 51.16 m, where single walls would give a handful.
    assert np.count_nonzero(ranges >= scans[0].scan.range_max) == 4657
    assert np.diff([each.stamp for each in scans]).tolist() == [1.0] * (len(scans) - 1)


def test_a_pose_graph_with_full_headers(data_dir):
    scans = scans_of(data_dir / 'logs2d/originals/flirt_intel-lab.log.gz')
    prepared = np.load(data_dir / 'logs2d/intel_graph.npz')
    assert np.array_equal([each.scan.ranges for each in scans], prepared['ranges'])
    assert np.allclose([each.pose for each in scans], prepared['pose'])
    assert scans[0].scan.range_max == 50.0


def test_a_raw_log_keeps_its_odometry(data_dir):
    scans = scans_of(data_dir / 'logs2d/originals/aces.clf.bz2')
    prepared = np.load(data_dir / 'logs2d/aces_raw_dense.npz')
    assert np.allclose([each.pose for each in scans], prepared['odom_laser'])
    assert np.allclose([each.stamp for each in scans], prepared['stamps'])
    assert all(isinstance(each, LogScan) for each in scans)
