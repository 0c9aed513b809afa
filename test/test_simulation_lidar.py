"""What the simulated lidar measures: exact distances, noise, drop-outs, sweeps."""

from math import cos, hypot, pi, sin, sqrt

from fsmi_explorer.simulation import SimulationConfig, Simulator, World
from fsmi_explorer.simulation.clearance import chebyshev_distance, first_hit
import numpy as np
import pytest

RESOLUTION = 0.05
BOX = World(np.zeros((100, 160), bool), RESOLUTION)  # 8 m x 5 m


def make_simulator(world=BOX, start=(3.3, 2.1, 0.7), seed=0, robot=None, **lidar):
    """Make a simulator whose lidar has no noise unless told."""
    lidar = {'noise_sigma': 0.0, **lidar}
    place = {'choice': 'pose', **dict(zip(('x', 'y', 'yaw'), start))}
    return Simulator(world, SimulationConfig.from_mapping(
        {'lidar': lidar, 'robot': robot or {}, 'start': place}), seed)


def box_distance(x, y, angle, width=8.0, height=5.0):
    """Measure from inside a box along a direction to its side."""
    c, s = np.cos(angle), np.sin(angle)
    return np.minimum(np.where(c > 0, width - x, x) / np.abs(c),
                      np.where(s > 0, height - y, y) / np.abs(s))


def test_ranges_in_a_box_are_those_of_geometry():
    scan = make_simulator(beams=1081).scan()
    expected = box_distance(3.3, 2.1, 0.7 + scan.angles)
    assert scan.ranges == pytest.approx(expected, abs=1e-6)
    assert scan.angle_min == -pi and scan.angle_increment == pytest.approx(2 * pi / 1081)
    assert (scan.range_min, scan.range_max) == pytest.approx((0.05, 10.0))
    assert scan.time_increment == 0.0


@pytest.mark.parametrize('clockwise', [False, True])
def test_a_part_of_the_turn_from_a_mount_aside(clockwise):
    simulator = make_simulator(
        beams=91, fov=pi / 2, clockwise=clockwise, x=0.1, y=-0.05, yaw=pi)
    x, y, yaw = simulator.sensor_pose
    assert (x, y) == pytest.approx((3.3 + 0.1 * cos(0.7) + 0.05 * sin(0.7),
                                    2.1 + 0.1 * sin(0.7) - 0.05 * cos(0.7)))
    scan = simulator.scan()
    assert abs(scan.angles[0]) == pytest.approx(pi / 4) and len(scan.ranges) == 91
    assert scan.angles[-1] == pytest.approx(-scan.angles[0])
    assert (scan.angle_increment < 0) == clockwise
    assert scan.ranges == pytest.approx(box_distance(x, y, yaw + scan.angles), abs=1e-6)
    assert simulator.scan_poses == pytest.approx(np.array([[x, y, yaw]]))


def test_beams_into_a_round_room_end_within_its_cells():
    radius = 3.0
    centres = (np.arange(160) + 0.5) * RESOLUTION - 4.0
    outside = np.hypot(centres, centres[:, None]) > radius
    scan = make_simulator(World(outside, RESOLUTION), (4.0, 4.0, 0.0), beams=720).scan()
    assert scan.ranges.min() > radius - RESOLUTION and scan.ranges.max() < radius + RESOLUTION
    assert scan.ranges.mean() == pytest.approx(radius, abs=RESOLUTION / 2)


def nearest_square(occupied, x, y, angle):
    """Measure along a ray to the nearest occupied cell, each cell on its own."""
    rows, cols = np.nonzero(occupied)
    c, s = cos(angle), sin(angle)
    into = np.maximum(np.minimum((cols - x) / c, (cols + 1 - x) / c),
                      np.minimum((rows - y) / s, (rows + 1 - y) / s))
    out_of = np.minimum(np.maximum((cols - x) / c, (cols + 1 - x) / c),
                        np.maximum((rows - y) / s, (rows + 1 - y) / s))
    return into[(into < out_of) & (out_of > 0)].min()


@pytest.mark.parametrize('seed', range(20))
def test_rays_agree_with_a_slow_search_through_all_cells(seed):
    rng = np.random.default_rng(seed)
    occupied = rng.random((40, 50)) < rng.choice([0.003, 0.05, 0.3])
    occupied[[0, -1]] = occupied[:, [0, -1]] = True
    distance = chebyshev_distance(occupied)
    for _ in range(100):
        x, y, angle = rng.uniform(1, 49), rng.uniform(1, 39), rng.uniform(-pi, pi)
        if occupied[int(y), int(x)]:
            assert first_hit(distance, x, y, angle, 1e3)[0] == 0.0
            continue
        length, row, col = first_hit(distance, x, y, angle, 1e3)
        assert occupied[row, col]
        assert length == pytest.approx(nearest_square(occupied, x, y, angle), abs=1e-9)
        assert first_hit(distance, x, y, angle, length + 1e-6)[0] == length
        assert first_hit(distance, x, y, angle, length - 1e-6)[0] == np.inf


def test_rays_along_the_edges_of_cells():
    occupied = np.pad(np.zeros((9, 9), bool), 1, constant_values=True)
    distance = chebyshev_distance(occupied)
    for turn, (x, y) in enumerate([(4.0, 5.0), (5.0, 5.0), (5.0, 4.0), (5.0, 5.0)]):
        expected = (10 - x, 10 - y, x - 1, y - 1)[turn]
        assert first_hit(distance, x, y, turn * pi / 2, 100.0)[0] == pytest.approx(expected)
    assert first_hit(distance, 2.0, 2.0, pi / 4, 100.0)[0] == pytest.approx(8 * sqrt(2))


def test_far_is_plus_infinity_and_near_minus_infinity():
    scan = make_simulator(range_min=2.5, range_max=3.0, beams=720).scan()
    true = box_distance(3.3, 2.1, 0.7 + scan.angles)
    assert np.array_equal(np.isposinf(scan.ranges), true > 3.0)
    assert np.array_equal(np.isneginf(scan.ranges), true < 2.5)
    assert np.isinf(scan.ranges).any() and np.isfinite(scan.ranges).any()


def test_a_lidar_within_a_wall_sees_nothing():
    scan = make_simulator(start=(0.25, 2.0, pi), x=0.5).scan()
    assert np.isneginf(scan.ranges).all()


def test_noise_is_gaussian_of_the_given_width():
    simulator = make_simulator(noise_sigma=0.03, beams=720)
    errors = np.concatenate([
        scan.ranges - box_distance(3.3, 2.1, 0.7 + scan.angles)
        for scan in (simulator.scan() for _ in range(50))]) / 0.03
    count = len(errors)
    assert abs(errors.mean()) < 5.0 / sqrt(count)
    assert errors.std() == pytest.approx(1.0, abs=5.0 / sqrt(2 * count))
    assert np.mean(np.abs(errors) < 1.0) == pytest.approx(0.6827, abs=0.02)
    assert abs(np.corrcoef(errors[:-1], errors[1:])[0, 1]) < 5.0 / sqrt(count)


@pytest.mark.parametrize('value, test', [('nan', np.isnan), ('inf', np.isposinf)])
def test_the_share_of_beams_that_drop_out(value, test):
    simulator = make_simulator(drop_out=0.1, drop_out_value=value, beams=720)
    dropped = np.concatenate([test(simulator.scan().ranges) for _ in range(50)])
    assert dropped.mean() == pytest.approx(0.1, abs=5.0 * sqrt(0.09 / len(dropped)))


def test_scans_come_at_their_rate():
    simulator = make_simulator(rate=7.0)
    times = []
    for _ in range(500):
        if simulator.scan_due():
            simulator.scan()
            times.append(simulator.scan_stamp)
        simulator.step()
    assert len(times) == 70
    assert times == pytest.approx(np.arange(70) / 7.0, abs=0.02)


def test_scans_that_were_missed_are_not_made_up_for():
    simulator = make_simulator(rate=10.0)
    for _ in range(52):
        simulator.step()
    assert simulator.scan_due()
    simulator.scan()
    assert not simulator.scan_due()
    for _ in range(3):
        simulator.step()
    assert simulator.scan_due() and simulator.time == pytest.approx(1.1)


def test_each_beam_of_a_sweep_is_taken_where_the_robot_was_then():
    fast = {'acceleration': 100.0, 'turn_acceleration': 1000.0, 'max_turn_rate': 2.0}
    simulator = make_simulator(beams=400, sweep=True, robot=fast, x=0.1)
    assert not simulator.scan_due()
    while not simulator.scan_due() or simulator.time < 0.5:
        simulator.command(0.5, 2.0)
        simulator.step()
    scan = simulator.scan()
    assert scan.time_increment == pytest.approx(0.1 / 400)
    assert simulator.scan_stamp == pytest.approx(simulator.time - 399 * 0.1 / 400)
    times = simulator.scan_stamp + scan.time_increment * np.arange(400)
    yaw = 0.7 + 2.0 * times
    x = 3.3 + 0.25 * (np.sin(yaw) - sin(0.7)) + 0.1 * np.cos(yaw)
    y = 2.1 - 0.25 * (np.cos(yaw) - cos(0.7)) + 0.1 * np.sin(yaw)
    assert simulator.scan_poses == pytest.approx(np.stack([x, y, yaw], -1), abs=1e-9)
    assert simulator.scan_poses[-1] == pytest.approx(simulator.sensor_pose, abs=1e-9)
    assert scan.ranges == pytest.approx(box_distance(x, y, yaw + scan.angles), abs=1e-5)


def test_a_sweep_of_a_robot_at_rest_is_a_plain_scan():
    plain, swept = make_simulator(), make_simulator(sweep=True)
    for _ in range(10):
        swept.step()
    assert swept.scan().ranges.tobytes() == plain.scan().ranges.tobytes()


def test_a_scan_maps_to_where_the_walls_are():
    simulator = make_simulator(beams=360, x=0.15, yaw=0.3)
    scan, (x, y, yaw) = simulator.scan(), simulator.sensor_pose
    ends = np.array([x, y]) + scan.ranges[:, None] * np.stack(
        [np.cos(yaw + scan.angles), np.sin(yaw + scan.angles)], -1)
    to_sides = np.abs(ends[:, :, None] - np.array([[0.0, 8.0], [0.0, 5.0]])).min(axis=(1, 2))
    assert to_sides.max() < 1e-5
    assert hypot(x - 3.3, y - 2.1) == pytest.approx(0.15)
