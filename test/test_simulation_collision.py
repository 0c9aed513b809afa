"""Walls stop the simulated robot: counted once, never entered, always left again."""

from math import hypot, pi, sqrt

from fsmi_explorer.simulation import SimulationConfig, Simulator, World
import numpy as np
import pytest

RESOLUTION = 0.05


def hall_with(*blocks, shape=(120, 120)):
    """Make a world in which rectangles of cells (row0, col0, row1, col1) are wall."""
    occupied = np.zeros(shape, bool)
    for row0, col0, row1, col1 in blocks:
        occupied[row0:row1, col0:col1] = True
    return World(occupied, RESOLUTION)


def make_simulator(world, start, **robot):
    """Make a simulator of a robot without limits of acceleration that starts at a pose."""
    robot = {'acceleration': 100.0, 'deceleration': 100.0, 'turn_acceleration': 1000.0,
             'turn_deceleration': 1000.0, **robot}
    return Simulator(world, SimulationConfig.from_mapping({
        'robot': robot, 'start': {'choice': 'pose', **dict(zip(('x', 'y', 'yaw'), start))}}))


def drive(simulator, speed, turn_rate, seconds):
    """Command the same for a while."""
    for _ in range(round(seconds / simulator.config.step)):
        simulator.command(speed, turn_rate)
        simulator.step()


def gap_to_walls(world, pose):
    """Measure the distance from a pose to the nearest occupied cell or to the outside, in m."""
    rows, cols = np.nonzero(world.occupied)
    x, y = pose[0] / RESOLUTION, pose[1] / RESOLUTION
    across = np.maximum(np.maximum(cols - x, x - cols - 1), 0.0)
    up = np.maximum(np.maximum(rows - y, y - rows - 1), 0.0)
    to_blocks = np.hypot(across, up).min() if len(rows) else np.inf
    height, width = world.shape
    return RESOLUTION * min(to_blocks, x, y, width - x, height - y)


def test_the_outside_is_a_wall_and_stops_the_robot_at_its_radius():
    simulator = make_simulator(hall_with(), (3.0, 3.0, 0.0))
    drive(simulator, 0.5, 0.0, 10.0)
    assert simulator.pose == pytest.approx((6.0 - 0.2, 3.0, 0.0), abs=1e-7)
    assert simulator.velocity == (0.0, 0.0)
    assert simulator.collided and simulator.collisions == 1


def test_a_contact_counts_once_and_the_next_one_anew():
    simulator = make_simulator(hall_with(), (5.5, 3.0, 0.0))
    drive(simulator, 0.5, 0.0, 2.0)
    drive(simulator, -0.5, 0.0, 1.0)
    assert simulator.pose[0] == pytest.approx(5.8 - 0.5, abs=1e-6)
    assert not simulator.collided and simulator.collisions == 1
    drive(simulator, 0.5, 0.0, 2.0)
    assert simulator.collided and simulator.collisions == 2


def test_the_robot_turns_free_at_a_wall():
    simulator = make_simulator(hall_with(), (5.5, 3.0, 0.0))
    drive(simulator, 0.5, 0.0, 2.0)
    drive(simulator, 0.5, 1.0, 3.0)
    assert simulator.collisions == 1 and not simulator.collided
    assert simulator.pose[0] < 5.7


def test_a_corner_is_touched_where_the_circle_meets_it():
    world = hall_with((60, 80, 120, 120))  # corner at x 4.0, y 3.0
    simulator = make_simulator(world, (2.0, 2.9, 0.0), radius=0.3)
    drive(simulator, 0.5, 0.0, 5.0)
    assert simulator.pose[:2] == pytest.approx((4.0 - sqrt(0.3 ** 2 - 0.1 ** 2), 2.9), abs=1e-6)


def test_a_robot_that_just_fits_passes():
    world = hall_with((0, 50, 56, 70), (64, 50, 120, 70))  # a passage of 0.4 m
    simulator = make_simulator(world, (1.0, 3.0, 0.0), radius=0.2)
    drive(simulator, 0.5, 0.0, 8.0)
    assert simulator.pose[0] > 4.5 and simulator.collisions == 0
    simulator = make_simulator(world, (1.0, 3.0, 0.0), radius=0.201)
    drive(simulator, 0.5, 0.0, 8.0)
    assert simulator.pose[0] < 2.5 and simulator.collisions == 1


def test_no_speed_takes_the_robot_through_a_thin_wall():
    world = hall_with((0, 60, 120, 61))
    simulator = make_simulator(world, (1.0, 3.0, 0.0), max_speed=20.0, radius=0.05)
    drive(simulator, 20.0, 0.0, 1.0)
    assert simulator.pose[0] == pytest.approx(3.0 - 0.05, abs=1e-6)


def test_a_collision_bounds_what_odometry_measures():
    simulator = make_simulator(hall_with(), (5.5, 3.0, 0.0))
    drive(simulator, 0.5, 0.0, 3.0)
    assert simulator.odometry == pytest.approx((0.3, 0.0, 0.0), abs=1e-6)


@pytest.mark.parametrize('seed', range(12))
def test_the_robot_never_enters_a_wall(seed):
    rng = np.random.default_rng(seed)
    occupied = rng.random((60, 60)) < 0.01
    occupied[25:35, 25:35] = False
    world = World(occupied, RESOLUTION)
    simulator = make_simulator(world, (1.5, 1.5, rng.uniform(-pi, pi)), max_speed=1.5)
    travelled, before = 0.0, simulator.pose
    for _ in range(60):
        speed, turn_rate = rng.uniform(-1.5, 1.5), rng.uniform(-1.0, 1.0)
        for _ in range(15):
            simulator.command(speed, turn_rate)
            simulator.step()
            assert gap_to_walls(world, simulator.pose) > 0.2 - 1e-9
            travelled += hypot(*(simulator.pose - before)[:2])
            before = simulator.pose
    assert simulator.collisions > 0 and travelled > 1.0
