"""The follower drives a unicycle with limited accelerations along paths."""

from fsmi_explorer.exploration import SpaceConfig
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.navigation import FollowerConfig, PathFollower
from fsmi_explorer.navigation.guard import safe_speed
import numpy as np
import pytest

DT = 0.05
LIMITS = FollowerConfig()


def drive(path, pose, *, goal_yaw=None, config=LIMITS, seconds=120.0, grid=None, held=0.0):
    """
    Drive until finished and at rest; return poses, velocities and whether it finished.

    :param held: s during which something holds the robot in its place.
    """
    follower, pose, velocity = PathFollower(config), np.array(pose, float), np.zeros(2)
    poses, velocities, finished = [pose.copy()], [velocity.copy()], False
    limits = np.array([config.deceleration, config.turn_acceleration]) * DT
    for i in range(int(seconds / DT)):
        command = follower.command(pose, path, goal_yaw, grid=grid, velocity=velocity, dt=DT)
        velocity += np.clip((command.v, command.w) - velocity, -limits, limits)
        if i * DT < held and velocity[0] > 0.0:
            velocity[0] = 0.0
        middle = pose[2] + velocity[1] * DT / 2
        pose += DT * np.array([velocity[0] * np.cos(middle), velocity[0] * np.sin(middle),
                               velocity[1]])
        poses.append(pose.copy())
        velocities.append(velocity.copy())
        finished = finished or command.finished
        if finished and not velocity.any():
            break
    return np.array(poses), np.array(velocities), finished


def distances_to(path, poses):
    """Return how far each pose is from a path."""
    start, leg = path[:-1], np.diff(path, axis=0)
    offset = poses[:, None, :2] - start
    along = np.clip((offset * leg).sum(-1) / (leg ** 2).sum(-1), 0.0, 1.0)
    return np.hypot(*np.moveaxis(offset - along[..., None] * leg, -1, 0)).min(1)


def test_straight_line_without_overshoot():
    """Along the x axis to its end, and no further than the tolerance beyond it."""
    path = np.array([[0.0, 0.0], [5.0, 0.0]])
    poses, velocities, finished = drive(path, (0, 0, 0))
    assert finished
    assert np.hypot(*(poses[-1, :2] - path[-1])) <= LIMITS.goal_tolerance
    assert poses[:, 0].max() <= 5.0 + 0.05
    assert velocities[:, 0].max() == pytest.approx(LIMITS.max_speed)
    assert len(poses) * DT < 5.0 / LIMITS.max_speed + 2.0


@pytest.mark.parametrize('seed', range(12))
def test_random_paths(seed):
    """Wherever the path turns and however the robot stands: near the path, to its end, in time."""
    rng = np.random.default_rng(seed)
    bearings = np.cumsum(rng.uniform(-1.2, 1.2, 6))
    legs = rng.uniform(0.5, 2.5, 6)[:, None] * np.column_stack([np.cos(bearings),
                                                               np.sin(bearings)])
    path = np.vstack([[0.0, 0.0], legs.cumsum(axis=0)])
    yaw = rng.uniform(-np.pi, np.pi)
    poses, velocities, finished = drive(path, (0, 0, yaw), goal_yaw=1.0 if seed % 2 else None)
    assert finished
    assert np.hypot(*(poses[-1, :2] - path[-1])) <= LIMITS.goal_tolerance + 0.05
    assert distances_to(path, poses).max() < 0.3
    if seed % 2:
        assert abs(poses[-1, 2] % (2 * np.pi) - 1.0) < LIMITS.yaw_tolerance + 0.05
    steps = np.abs(np.diff(velocities, axis=0)).max(axis=0) / DT
    assert steps[0] <= LIMITS.deceleration + 1e-9
    assert steps[1] <= LIMITS.turn_acceleration + 1e-9
    assert np.abs(velocities).max(axis=0)[1] <= LIMITS.max_turn_rate + 1e-9
    assert velocities[:, 0].min() >= 0.0
    length = np.hypot(*np.diff(path, axis=0).T).sum()
    assert len(poses) * DT < 1.5 * length / LIMITS.max_speed + 10.0


def test_turns_on_the_spot_towards_a_path_behind():
    """It does not drive before it faces the path."""
    path = np.array([[0.0, 0.0], [-2.0, 0.0]])
    poses, _, finished = drive(path, (0, 0, 0.3))
    assert finished
    assert poses[:, 0].max() < 1e-6
    assert np.abs(poses[:, 1]).max() < 0.25


def test_a_goal_that_asks_for_no_heading_gets_none():
    """Without a heading the robot ends as it came."""
    poses, _, _ = drive(np.array([[0.0, 0.0], [1.0, 1.0]]), (0, 0, np.pi / 4), goal_yaw=np.nan)
    assert poses[-1, 2] == pytest.approx(np.pi / 4, abs=0.05)


def test_already_there():
    """A goal under the robot is reached at once; a path of one point is a path."""
    follower = PathFollower()
    command = follower.command((1.0, 1.0, 0.0), np.array([[1.02, 1.0]]))
    assert (command.v, command.w, command.finished) == (0.0, 0.0, True)
    with pytest.raises(ValueError, match='path'):
        follower.command((0, 0, 0), np.empty((0, 2)))


def test_a_loop_is_driven_to_its_end():
    """A path that comes back to its start is not cut short there."""
    path = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]], float)
    poses, _, finished = drive(path, (0, 0, 0))
    assert finished
    assert np.hypot(*np.diff(poses[:, :2], axis=0).T).sum() > 7.0


def test_backs_off_when_stuck():
    """Held in its place, it drives backwards a little, then on."""
    path = np.array([[0.0, 0.0], [2.0, 0.0]])
    poses, velocities, finished = drive(path, (0, 0, 0), held=4.0)
    assert finished
    assert velocities[:, 0].min() < -0.1
    assert -0.3 < poses[:, 0].min() < -0.05


def wall_ahead(at):
    """Make a free map with a wall across at x = `at` in m."""
    p = np.full((40, 100), 0.05, np.float32)
    p[:, int(round(at / 0.05)):] = 0.95
    return OccupancyGrid(p, 0.05, (0.0, -1.0, 0.0))


def test_never_hits_what_the_map_knows():
    """A path through a wall ends in front of it."""
    poses, velocities, finished = drive(
        np.array([[1.0, 0.0], [4.0, 0.0]]), (1, 0, 0), grid=wall_ahead(2.5), seconds=20.0)
    assert not finished
    space = SpaceConfig()
    assert 2.5 - poses[:, 0].max() >= space.robot_radius
    assert poses[:, 0].max() > 2.5 - space.robot_radius - 0.15


@pytest.mark.parametrize('away', [0.25, 0.3, 0.5, 1.0])
def test_safe_speed_leaves_room_to_stop(away):
    """The distance covered until the stop fits in front of the wall."""
    speed = safe_speed(wall_ahead(2.5), (2.5 - away, 0.0, 0.0), 0.5, 0.0, 0.2, 1.0, 0.1)
    assert speed * 0.1 + speed ** 2 / 2.0 <= away - 0.2 + 1e-6
    assert speed == 0.5 if away >= 0.5 else speed < 0.5


def test_safe_speed_lets_a_robot_leave_a_wall():
    """Too near already: away from the wall and along it is allowed, towards it is not."""
    grid = wall_ahead(2.5)
    for yaw, speed in ((0.0, 0.0), (np.pi, 0.5), (np.pi / 2, 0.5)):
        assert safe_speed(grid, (2.35, 0.0, yaw), 0.5, 0.0, 0.2, 1.0, 0.1) == speed
    assert safe_speed(grid, (2.35, 0.0, 0.0), -0.2, 0.0, 0.2, 1.0, 0.1) == -0.2


def test_safe_speed_counts_the_way_at_the_present_speed():
    """What can be stopped from standing cannot be stopped from full speed."""
    where = (2.5 - 0.35, 0.0, 0.0)
    assert safe_speed(wall_ahead(2.5), where, 0.5, 0.0, 0.2, 1.0, 0.2) > 0.0
    assert safe_speed(
        wall_ahead(2.5), where, 0.5, 0.0, 0.2, 1.0, 0.2, present_speed=0.8) == 0.0


def test_safe_speed_lets_a_robot_graze_along_a_wall():
    """Too near to a wall by a hair, it may go along it, a little inwards too, but not into it."""
    grid = wall_ahead(2.5)
    along = [safe_speed(grid, (2.31, 0.0, np.pi / 2 - inwards), 0.3, 0.0, 0.2, 1.0, 0.1)
             for inwards in (0.0, 0.1, 0.5)]
    assert along[0] == 0.3 and along[1] > 0.0 and along[2] == 0.0


def test_backing_off_looks_behind():
    """Stuck with a wall behind, it stays where it is."""
    path = np.array([[2.7, 0.0], [4.0, 0.0]])
    grid = wall_ahead(2.5)
    grid.probabilities[:] = grid.probabilities[:, ::-1]  # now the wall is behind, up to 2.5 m
    poses, _, _ = drive(path, (2.72, 0, 0), grid=grid, held=4.0)
    assert poses[:, 0].min() > 2.69


def test_safe_speed_in_a_turned_map():
    """The frame of the grid does not matter."""
    grid = wall_ahead(2.5)
    turned = OccupancyGrid(grid.probabilities, 0.05, (1.0, 0.0, np.pi / 2))
    for away in (0.3, 0.4):
        assert safe_speed(turned, (0.0, 2.5 - away, np.pi / 2), 0.5, 0.1, 0.2, 1.0, 0.1) == (
            pytest.approx(safe_speed(grid, (2.5 - away, 0.0, 0.0), 0.5, 0.1, 0.2, 1.0, 0.1)))
