"""How the simulated robot moves: arcs, limits, time-out of commands, odometry."""

from math import cos, pi, sin, sqrt, tau

from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.simulation import SimulationConfig, Simulator, World
from fsmi_explorer.simulation.drive import approach
import numpy as np
import pytest

HALL = World(np.zeros((400, 400), bool), 0.05)
AT_ONCE = {'acceleration': 100.0, 'deceleration': 100.0, 'turn_acceleration': 1000.0,
           'turn_deceleration': 1000.0, 'command_timeout': 0.0}


def make_simulator(world=HALL, start=(10.0, 10.0, 0.0), seed=0, **sections):
    """Make a simulator with a start and other sections of the configuration changed."""
    place = {'choice': 'pose', **dict(zip(('x', 'y', 'yaw'), start))}
    return Simulator(world, SimulationConfig.from_mapping({'start': place, **sections}), seed)


def drive(simulator, speed, turn_rate, seconds):
    """Command the same for a while; return the (k, 2) velocities after each step."""
    velocities = []
    for _ in range(round(seconds / simulator.config.step)):
        simulator.command(speed, turn_rate)
        simulator.step()
        velocities.append(simulator.velocity)
    return np.array(velocities)


@pytest.mark.parametrize('speed, turn_rate', [
    (0.5, 0.0), (0.5, 0.7), (0.3, -1.0), (-0.4, 0.5), (0.0, 1.0), (0.5, 1e-9)])
def test_the_robot_follows_the_arc_exactly(speed, turn_rate):
    simulator = make_simulator(robot=AT_ONCE, start=(10.0, 9.0, 0.4))
    drive(simulator, speed, turn_rate, 6.0)
    if abs(turn_rate) > 1e-6:
        radius = speed / turn_rate
        expected = (10.0 + radius * (sin(0.4 + 6 * turn_rate) - sin(0.4)),
                    9.0 - radius * (cos(0.4 + 6 * turn_rate) - cos(0.4)))
    else:
        expected = (10.0 + 6 * speed * cos(0.4), 9.0 + 6 * speed * sin(0.4))
    assert simulator.pose[:2] == pytest.approx(expected, abs=1e-7)
    assert np.exp(1j * simulator.pose[2]) == pytest.approx(
        np.exp(1j * (0.4 + 6 * turn_rate)), abs=1e-9)
    assert simulator.time == pytest.approx(6.0)


@pytest.mark.parametrize('step', [0.005, 0.01, 0.1])
def test_the_size_of_the_step_does_not_change_an_arc(step):
    simulator = make_simulator(robot=AT_ONCE, step=step)
    drive(simulator, 0.5, 0.5, tau / 0.5 * 0.75)
    assert simulator.pose[:2] == pytest.approx((9.0, 11.0), abs=0.03)


def test_yaw_stays_within_half_a_turn():
    simulator = make_simulator(robot=AT_ONCE)
    for _ in range(10):
        drive(simulator, 0.0, 1.0, 1.0)
        assert -pi <= simulator.pose[2] < pi


@pytest.mark.parametrize('sign', [1, -1])
def test_speeds_keep_within_limits_and_accelerations(sign):
    robot = {'max_speed': 0.6, 'max_reverse_speed': 0.3, 'max_turn_rate': 0.8,
             'acceleration': 0.5, 'deceleration': 1.0, 'turn_acceleration': 2.0,
             'turn_deceleration': 4.0}
    simulator = make_simulator(robot=robot)
    gaining = drive(simulator, 9.0 * sign, 9.0 * sign, 2.0)
    top = 0.6 if sign > 0 else 0.3
    assert gaining[-1] == pytest.approx((sign * top, sign * 0.8))
    assert np.abs(gaining[:10, 0]) == pytest.approx(0.5 * 0.02 * np.arange(1, 11))
    assert np.abs(gaining[:10, 1]) == pytest.approx(2.0 * 0.02 * np.arange(1, 11))
    losing = drive(simulator, 0.0, 0.0, 1.0)
    assert np.abs(losing[:10, 0]) == pytest.approx(top - 1.0 * 0.02 * np.arange(1, 11))
    assert np.abs(losing[:10, 1]) == pytest.approx(0.8 - 4.0 * 0.02 * np.arange(1, 11))
    assert losing[-1].tolist() == [0.0, 0.0]


def test_a_speed_brakes_through_zero_before_it_gains_the_other_way():
    # 0.1 s of braking at 2 m/s^2, then 0.3 s at 1 m/s^2
    assert approach(0.2, -5.0, gain=1.0, loss=2.0, time=0.4) == pytest.approx(-0.3)
    assert approach(0.2, -0.1, gain=1.0, loss=2.0, time=0.4) == pytest.approx(-0.1)
    assert approach(-0.2, 5.0, gain=1.0, loss=2.0, time=0.05) == pytest.approx(-0.1)
    assert approach(0.0, 0.0, gain=1.0, loss=2.0, time=1.0) == 0.0


def test_speeds_agree_with_small_steps_of_them():
    rng = np.random.default_rng(3)
    for _ in range(100):
        speed, target = rng.uniform(-1.0, 1.0, 2)
        gain, loss, time = rng.uniform(0.2, 3.0, 3)
        small = speed
        for _ in range(1000):
            small = approach(small, target, gain, loss, time / 1000)
        assert approach(speed, target, gain, loss, time) == pytest.approx(small, abs=1e-9)


def test_without_command_the_robot_brakes_when_time_is_out():
    simulator = make_simulator(robot={**AT_ONCE, 'command_timeout': 0.3})
    simulator.command(0.5, 0.0)
    for _ in range(100):
        simulator.step()
    assert simulator.velocity == (0.0, 0.0)
    assert simulator.pose[0] == pytest.approx(10.0 + 0.3 * 0.5, abs=1e-9)


def test_without_time_out_a_command_holds():
    simulator = make_simulator(robot=AT_ONCE)
    simulator.command(0.5, 0.0)
    for _ in range(200):
        simulator.step()
    assert simulator.pose[0] == pytest.approx(12.0)


def test_the_robot_stands_still_until_the_first_command():
    simulator = make_simulator()
    for _ in range(50):
        simulator.step()
    assert simulator.pose.tolist() == [10.0, 10.0, 0.0]


@pytest.mark.parametrize('command', [(float('nan'), 0.0), (0.0, float('inf'))])
def test_a_command_must_be_finite(command):
    with pytest.raises(ValueError, match='finite'):
        make_simulator().command(*command)


def test_a_turned_world_turns_the_run():
    plain = make_simulator(lidar={'noise_sigma': 0.0})
    turned = make_simulator(
        World(HALL.occupied, 0.05, (3.0, -2.0, 0.5)), lidar={'noise_sigma': 0.0},
        start=(3.0 + 10 * cos(0.5) - 10 * sin(0.5), -2.0 + 10 * sin(0.5) + 10 * cos(0.5), 0.5))
    for simulator in (plain, turned):
        drive(simulator, 0.5, 0.3, 5.0)
    c, s = cos(0.5), sin(0.5)
    x, y, yaw = plain.pose
    expected = (3.0 + c * x - s * y, -2.0 + s * x + c * y, yaw + 0.5)
    assert turned.pose == pytest.approx(expected, abs=1e-9)
    assert turned.sensor_pose == pytest.approx(expected, abs=1e-9)
    assert turned.scan().ranges == pytest.approx(plain.scan().ranges, abs=1e-5)


def test_odometry_is_exact_by_default():
    simulator = make_simulator(start=(10.0, 10.0, 1.0))
    drive(simulator, 0.5, 0.6, 4.0)
    drive(simulator, -0.3, -0.2, 2.0)
    x, y, yaw = simulator.odometry
    expected = (10.0 + cos(1.0) * x - sin(1.0) * y, 10.0 + sin(1.0) * x + cos(1.0) * y, yaw + 1.0)
    assert simulator.pose == pytest.approx(expected, abs=1e-9)


def test_odometry_errs_systematically_as_told():
    simulator = make_simulator(
        robot=AT_ONCE, odometry={'distance_scale': 1.1, 'turn_drift': 0.02})
    drive(simulator, 0.5, 0.0, 10.0)
    assert simulator.odometry[2] == pytest.approx(0.02 * 5.0)
    assert simulator.odometry[0] == pytest.approx(5.5 * sin(0.1) / 0.1, rel=1e-4)
    assert simulator.pose == pytest.approx((15.0, 10.0, 0.0), abs=1e-9)


@pytest.mark.parametrize('step', [0.02, 0.1])
def test_odometry_strays_with_the_root_of_the_way_whatever_the_step(step):
    errors = []
    for seed in range(60):
        simulator = make_simulator(
            robot=AT_ONCE, seed=seed, step=step, odometry={'distance_noise': 0.05})
        drive(simulator, 0.5, 0.0, 8.0)
        errors.append(simulator.odometry[0] - 4.0)
    expected = 0.05 * sqrt(4.0)
    assert abs(np.mean(errors)) < 4.0 * expected / sqrt(60)
    assert expected * 0.7 < np.std(errors) < expected * 1.3


def test_turning_makes_the_heading_stray():
    simulator = make_simulator(robot=AT_ONCE, odometry={'turn_noise': 0.1})
    drive(simulator, 0.0, 1.0, 3.0)
    assert 0.0 < abs(simulator.odometry[2] - 3.0) < 5.0 * 0.1 * sqrt(3.0)


def wander(seed, **sections):
    """Drive about by pseudo-random commands; return everything that was measured."""
    simulator = make_simulator(
        seed=seed, start=(4.0, 4.0, 0.0), robot={'max_speed': 2.0}, **sections)
    commands = np.random.default_rng(1).uniform(-2.0, 2.0, (150, 2))
    seen = []
    for command in commands:
        simulator.command(*command)
        for _ in range(5):
            simulator.step()
        seen += [*simulator.pose, *simulator.odometry, simulator.collisions]
        if simulator.scan_due():
            seen.extend(simulator.scan().ranges)
    return np.array(seen)


def test_the_same_seed_gives_the_same_run_bit_by_bit():
    noise = {'lidar': {'noise_sigma': 0.02, 'drop_out': 0.05},
             'odometry': {'distance_noise': 0.02, 'turn_noise': 0.02}}
    assert wander(5, **noise).tobytes() == wander(5, **noise).tobytes()
    assert wander(5, **noise).tobytes() != wander(6, **noise).tobytes()


def test_noise_of_one_kind_leaves_the_others_alone():
    lidar = {'lidar': {'noise_sigma': 0.02}}
    plain = make_simulator(seed=2, **lidar)
    stray = make_simulator(seed=2, odometry={'distance_noise': 0.1}, **lidar)
    for simulator in (plain, stray):
        drive(simulator, 0.5, 0.1, 1.0)
    assert plain.scan().ranges.tobytes() == stray.scan().ranges.tobytes()


def test_bad_configuration_is_refused_with_what_is_allowed():
    for bad, words in [
            ({'robot': {'radius': -1.0}}, 'radius must be 0.01 to 5 m'),
            ({'robot': {'speed': 1.0}}, "unknown parameter 'speed'"),
            ({'lidar': {'range_min': 5.0, 'range_max': 2.0}}, 'range_min must be below range_max'),
            ({'lidar': {'rate': 100.0}}, 'lidar.rate must be at most one scan per step, 50 Hz'),
            ({'lidar': {'drop_out_value': 'zero'}}, 'one of nan, inf'),
            ({'start': {'choice': 'home'}}, 'one of world, open, random, pose')]:
        with pytest.raises(ConfigurationError, match=words):
            SimulationConfig.from_mapping(bad)


def test_configuration_comes_from_yaml(tmp_path):
    path = tmp_path / 'simulation.yaml'
    path.write_text('step: 0.05\nrobot: {radius: 0.3}\nlidar: {beams: 90, sweep: true}\n')
    config = SimulationConfig.load(path)
    assert (config.step, config.robot.radius, config.lidar.beams) == (0.05, 0.3, 90)
    assert config.lidar.sweep and config.lidar.range_max == 10.0
    path.write_text('robot: {radius: big}\n')
    with pytest.raises(ConfigurationError, match='simulation.yaml.*radius must be of type float'):
        SimulationConfig.load(path)
