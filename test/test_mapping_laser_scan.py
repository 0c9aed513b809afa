"""Laser scans, poses of the sensor, and where the beams go."""

from fsmi_explorer.mapping import LaserScan, SensorPoses
from fsmi_explorer.mapping.laser_scan import CLEARS, HITS, project_beams, SKIPPED
from mapping_oracle import beam_segments
import numpy as np
import pytest

IDENTITY = [0.0, 0.0, 0.0, 1.0]


def beams(scan, poses, max_range=0.0, inf_is_free=True):
    """Return starts, ends and kinds of all beams."""
    count = len(scan.ranges)
    starts, ends, kinds = np.empty((count, 2)), np.empty((count, 2)), np.empty(count, np.uint8)
    limit = min(scan.range_max, max_range or np.inf)
    project_beams(
        scan.ranges, (scan.angle_min, scan.angle_increment),
        (scan.range_min, scan.range_max, limit), inf_is_free,
        poses.positions, poses.quaternions, starts, ends, kinds)
    return starts, ends, kinds


def kinds_and_lengths(ranges, range_max=10.0, **options):
    """Return what each reading says and how far from the sensor it says it."""
    scan = LaserScan(ranges, 0.0, 0.01, 0.5, range_max)
    starts, ends, kinds = beams(scan, SensorPoses.planar((1.0, 2.0, 0.3)), **options)
    return kinds.tolist(), np.hypot(*(ends - starts).T)


def test_every_kind_of_reading():
    """NaN, -inf and too near are skipped; no return clears; the rest are hits."""
    readings = [np.nan, -np.inf, 0.0, -1.0, 0.49, 0.5, 9.99, 10.0, 11.0, np.inf]
    kinds, lengths = kinds_and_lengths(readings)
    assert kinds == [SKIPPED] * 5 + [HITS] * 2 + [CLEARS] * 3
    np.testing.assert_allclose(lengths[5:], [0.5, 9.99, 10.0, 10.0, 10.0], rtol=1e-6)


def test_no_return_says_nothing_when_inf_is_not_free():
    """With inf_is_free off, readings at or above range_max are skipped."""
    kinds, _ = kinds_and_lengths([9.99, 10.0, 11.0, np.inf], inf_is_free=False)
    assert kinds == [HITS, SKIPPED, SKIPPED, SKIPPED]


@pytest.mark.parametrize('inf_is_free', [True, False])
def test_max_range_cuts_beams(inf_is_free):
    """A return beyond max_range proves its cells free up to there, whatever inf means."""
    kinds, lengths = kinds_and_lengths(
        [3.9, 4.0, 4.1, 9.0], max_range=4.0, inf_is_free=inf_is_free)
    assert kinds == [HITS, HITS, CLEARS, CLEARS]
    np.testing.assert_allclose(lengths, [3.9, 4.0, 4.0, 4.0], rtol=1e-6)


def test_max_range_limits_beams_without_return():
    """No return clears to max_range where that is the shorter, else to range_max."""
    assert kinds_and_lengths([np.inf], max_range=4.0)[1] == pytest.approx(4.0)
    assert kinds_and_lengths([np.inf], max_range=40.0)[1] == pytest.approx(10.0)


def test_no_return_of_a_sensor_without_range_limit():
    """Without any limit no return clears nothing, with max_range it clears up to there."""
    assert kinds_and_lengths([np.inf, 99.0], range_max=np.inf)[0] == [SKIPPED, HITS]
    kinds, lengths = kinds_and_lengths([np.inf], range_max=np.inf, max_range=7.0)
    assert kinds == [CLEARS]
    assert lengths == pytest.approx(7.0)


def test_no_return_in_single_precision():
    """A sensor that writes range_max for no return is understood whatever its decimals."""
    for range_max in np.random.default_rng(0).uniform(1, 100, 200).round(2):
        assert kinds_and_lengths([np.float32(range_max)], range_max=range_max)[0] == [CLEARS]


@pytest.mark.parametrize('quaternion, ends', [
    (IDENTITY, [[2, 0], [0, 2], [-2, 0]]),
    ([0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)], [[0, 2], [-2, 0], [0, -2]]),
    ([1.0, 0.0, 0.0, 0.0], [[2, 0], [0, -2], [-2, 0]]),
    ([0.0, np.sin(np.pi / 6), 0.0, np.cos(np.pi / 6)], [[1, 0], [0, 2], [-1, 0]]),
    ([0.0, np.sqrt(0.5), 0.0, np.sqrt(0.5)], [[0, 0], [0, 2], [0, 0]]),
])
def test_mountings(quaternion, ends):
    """Level, turned left, upside down, pitched by 60 and by 90 degrees: seen from above."""
    scan = LaserScan([2.0, 2.0, 2.0], 0.0, np.pi / 2, 0.1, 10.0)
    starts, found, _ = beams(scan, SensorPoses([[5.0, 6.0, 1.0]], [quaternion]))
    np.testing.assert_allclose(starts, [[5.0, 6.0]] * 3)
    np.testing.assert_allclose(found - starts, ends, atol=1e-12)


def test_descending_angles():
    """A clockwise sweep ends its beams where the counter-clockwise sweep does."""
    ranges = np.linspace(1, 5, 50)
    poses = SensorPoses.planar((1.0, 2.0, 0.4))
    there = beams(LaserScan(ranges, -1.0, 0.04, 0.1, 10.0), poses)[1]
    back = beams(LaserScan(ranges[::-1], -1.0 + 49 * 0.04, -0.04, 0.1, 10.0), poses)[1]
    np.testing.assert_allclose(back[::-1], there, atol=1e-12)


def test_beams_between_two_poses():
    """Half way through the sweep the sensor is half way, in position and in rotation."""
    scan = LaserScan([2.0] * 5, 0.0, 0.0, 0.1, 10.0)
    poses = SensorPoses.planar([[0.0, 0.0, 0.0], [4.0, 8.0, np.pi / 2]])
    starts, ends, _ = beams(scan, poses)
    np.testing.assert_allclose(starts, np.linspace([0, 0], [4, 8], 5), atol=1e-12)
    angles = np.arctan2(*(ends - starts).T[::-1])
    np.testing.assert_allclose(angles, np.linspace(0, np.pi / 2, 5), atol=1e-12)


def test_rotation_takes_the_shorter_way():
    """A quaternion and its negative are the same rotation."""
    scan = LaserScan([2.0] * 3, 0.0, 0.0, 0.1, 10.0)
    quaternions = SensorPoses.planar([[0, 0, 3.0], [0, 0, 3.4]]).quaternions
    for sign in (1, -1):
        poses = SensorPoses(np.zeros((2, 3)), [quaternions[0], sign * quaternions[1]])
        ends = beams(scan, poses)[1]
        np.testing.assert_allclose(ends[1], 2 * np.array([np.cos(3.2), np.sin(3.2)]), atol=1e-12)


@pytest.mark.parametrize('seed', range(20))
def test_random_mountings_against_the_oracle(seed):
    """Random rotations, positions, knots, readings and limits."""
    rng = np.random.default_rng(seed)
    knots = rng.integers(1, 6)
    poses = SensorPoses(rng.normal(0, 5, (knots, 3)), rng.normal(0, 1, (knots, 4)))
    readings = rng.choice([np.nan, np.inf, -np.inf, 0.05, 7.0, 12.0, 3.0], 40)
    readings[::2] = rng.uniform(0, 15, 20)
    scan = LaserScan(readings, rng.normal(), rng.normal(0, 0.1), 0.1, rng.choice([12.0, np.inf]))
    options = {'max_range': rng.choice([0.0, 6.0]), 'inf_is_free': bool(rng.integers(2))}
    starts, ends, kinds = beams(scan, poses, **options)
    expected = beam_segments(scan, poses, **options)
    valid = kinds != SKIPPED
    assert (kinds[valid] == HITS).tolist() == [hit for _, _, hit in expected]
    if expected:
        np.testing.assert_allclose(starts[valid], [start for start, _, _ in expected], atol=1e-9)
        np.testing.assert_allclose(ends[valid], [end for _, end, _ in expected], atol=1e-9)


def test_angles():
    """Angles start at angle_min and go by the increment."""
    np.testing.assert_allclose(LaserScan([1, 1, 1], 1.0, -0.5, 0, 9).angles, [1.0, 0.5, 0.0])


def test_scan_keeps_its_own_copy():
    """Readings that change later, or that cannot be written, do not matter."""
    ranges = np.ones(3, np.float32)
    ranges.flags.writeable = False
    scan = LaserScan(ranges, 0.0, 0.1, 0.0, 2.0)
    assert scan.ranges.flags.writeable


@pytest.mark.parametrize('change, name', [
    ({'ranges': [[1.0]]}, 'ranges'),
    ({'angle_min': np.nan}, 'angle_min'),
    ({'angle_increment': np.inf}, 'angle_increment'),
    ({'time_increment': np.nan}, 'time_increment'),
    ({'range_min': -1.0}, 'range_min'),
    ({'range_min': 11.0}, 'range_max'),
    ({'range_max': np.nan}, 'range_max'),
])
def test_wrong_scans_are_refused(change, name):
    """The message names the field."""
    fields = {'ranges': [1.0], 'angle_min': 0.0, 'angle_increment': 0.1,
              'range_min': 0.1, 'range_max': 10.0}
    with pytest.raises(ValueError, match=name):
        LaserScan(**{**fields, **change})


@pytest.mark.parametrize('positions, quaternions', [
    (np.zeros((0, 3)), np.zeros((0, 4))),
    (np.zeros((2, 3)), [IDENTITY]),
    (np.zeros(3), IDENTITY),
    ([[0, 0, np.nan]], [IDENTITY]),
    ([[0, 0, 0]], [[0, 0, 0, 0]]),
    ([[0, 0, 0]], [[0, 0, np.inf, 0]]),
])
def test_wrong_poses_are_refused(positions, quaternions):
    """Empty, of unequal length, not finite, or without direction."""
    with pytest.raises(ValueError, match='positions and quaternions'):
        SensorPoses(positions, quaternions)


def test_quaternions_of_any_length():
    """A quaternion need not have unit length."""
    poses = SensorPoses([[0, 0, 0]], [[0, 0, 5.0, 5.0]])
    np.testing.assert_allclose(poses.quaternions, [[0, 0, np.sqrt(0.5), np.sqrt(0.5)]])
