"""Paths: where they lead, that they are clear, that they are short, and why there is none."""

from fsmi_explorer.exploration import clearance, SpaceConfig
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.navigation import must_replan, plan_path, PlannerConfig
import numpy as np
import pytest

PLANNER = PlannerConfig()
SPACE = PLANNER.space


def rooms():
    """Make two rooms of 4 m x 4 m with a door of 1 m, the right one partly unknown."""
    p = np.full((80, 160), 0.05, np.float32)
    p[[0, -1]], p[:, [0, -1]], p[:, 79:81] = 0.95, 0.95, 0.95
    p[60:, 120:159] = np.nan
    p[30:50, 79:81] = 0.05
    return OccupancyGrid(p, 0.05, (-2.0, -2.0, 0.0))


def along(path, step=0.01):
    """Return points along a path."""
    return np.concatenate([
        np.linspace(a, b, max(2, int(np.hypot(*(b - a)) / step)))
        for a, b in zip(path[:-1], path[1:])])


def length(path):
    """Return the length of a path."""
    return np.hypot(*np.diff(path, axis=0).T).sum()


def test_through_the_door():
    """From the pose to the goal, clear of the walls all the way, with few corners."""
    grid, goal = rooms(), np.array([5.0, -1.5])
    plan = plan_path(grid, (-1.5, -1.5, 0.0), goal)
    assert plan and not plan.reason
    np.testing.assert_allclose(plan.path[[0, -1]], [(-1.5, -1.5), goal])
    cells = grid.world_to_cell(along(plan.path))
    clear = clearance(grid)[cells[:, 0], cells[:, 1]]
    assert clear.min() > SPACE.robot_radius
    assert len(plan.path) < 12
    through_the_door = np.hypot(3.5, 1.0) + np.hypot(3.0, 1.0)
    assert length(plan.path) < 1.15 * through_the_door


def test_open_space_gives_a_straight_line():
    """Nothing in the way: two points."""
    grid = OccupancyGrid(np.full((200, 200), 0.05, np.float32), 0.05)
    plan = plan_path(grid, (1.01, 1.02, 0.0), (7.5, 5.3))
    np.testing.assert_allclose(plan.path, [(1.01, 1.02), (7.5, 5.3)])


@pytest.mark.parametrize('seed', range(10))
def test_random_obstacles(seed):
    """Every plan keeps the radius off everything, exactly, and is hardly longer than needed."""
    rng = np.random.default_rng(seed)
    p = np.full((120, 120), 0.05, np.float32)
    for row, col in rng.integers(0, 120, (25, 2)):
        p[row:row + rng.integers(1, 8), col:col + rng.integers(1, 8)] = 0.95
    grid = OccupancyGrid(p, 0.05)
    standing = np.argwhere(clearance(grid) > SPACE.inflation(0.05))
    start, goal = grid.cell_to_world(standing[rng.integers(0, len(standing), 2)])
    config = PlannerConfig(space=SpaceConfig(comfort_weight=1.0))
    plan, shortest = plan_path(grid, start, goal), plan_path(grid, start, goal, config)
    assert bool(plan) == bool(shortest)
    if plan:
        walls = grid.cell_to_world(np.argwhere(p > 0.5))
        for path in (plan.path, shortest.path):
            gap = np.abs(along(path, 0.02)[:, None] - walls[None]) - 0.025
            clear = np.hypot(*np.moveaxis(np.maximum(gap, 0), -1, 0)).min()
            assert clear >= SPACE.robot_radius - 5e-3
            assert not must_replan(grid, path, start)
        assert length(shortest.path) <= length(plan.path) + 0.1


def test_a_goal_close_to_a_wall_is_approached_and_one_in_the_unknown_is_not():
    """Within the tolerance a path ends nearby; else the reason is given."""
    plan = plan_path(rooms(), (0.0, 0.0, 0.0), (-1.9, 0.0))
    assert plan
    assert 0.05 < np.hypot(*(plan.path[-1] - (-1.9, 0.0))) <= PLANNER.goal_tolerance
    for goal in ((5.0, 1.7), (100.0, 0.0), (-50.0, -50.0)):
        plan = plan_path(rooms(), (0.0, 0.0, 0.0), goal)
        assert not plan
        assert plan.reason == 'the map knows no free way to the goal'


def test_no_free_space_about_the_robot():
    """Off the map there is no plan."""
    plan = plan_path(rooms(), (30.0, 0.0, 0.0), (0.0, 0.0))
    assert plan.reason == 'there is no free space for the robot where it stands'


def test_starts_out_of_a_narrow_place():
    """A robot that touches the wall is led off it."""
    plan = plan_path(rooms(), (-1.85, 0.0, 0.0), (0.0, 0.0))
    assert plan
    np.testing.assert_allclose(plan.path[0], (-1.85, 0.0))


def test_must_replan_only_by_what_lies_ahead():
    """A door that closes blocks before it is passed, not after."""
    grid = rooms()
    path = plan_path(grid, (-1.0, 0.0, 0.0), (4.0, 0.0)).path
    assert not must_replan(grid, path, (-1.0, 0.0, 0.0))
    grid.probabilities[38:42, 79:81] = 0.95
    assert must_replan(grid, path, (-1.0, 0.0, 0.0))
    assert not must_replan(grid, path, (2.5, 0.0, 0.0))


def test_a_robot_off_its_path_needs_a_new_one():
    """A step aside is nothing, half a metre is."""
    path = np.array([(-1.0, 0.0), (1.0, 0.0)])
    assert not must_replan(rooms(), path, (0.0, 0.2, 0.0))
    assert must_replan(rooms(), path, (0.0, 0.5, 0.0))


def test_path_out_of_a_narrow_place_is_not_blocked():
    """The start may be too near to a wall; the path is judged from where it is clear."""
    grid = rooms()
    assert not must_replan(grid, np.array([(-1.85, 0.0), (0.0, 0.0)]), (-1.85, 0.0, 0.0))
    assert must_replan(grid, np.array([(-1.85, 0.0), (-1.85, 1.0)]), (-1.85, 0.0, 0.0))


def test_plan_in_a_turned_map():
    """The frame of the grid does not matter."""
    grid = rooms()
    turned = OccupancyGrid(grid.probabilities, 0.05, (2.0, -2.0, np.pi / 2))
    path = plan_path(grid, (-1.5, -1.5, 0.0), (5.0, -1.5)).path
    other = plan_path(turned, (1.5, -1.5, 0.0), (1.5, 5.0)).path
    np.testing.assert_allclose(other, np.column_stack([-path[:, 1], path[:, 0]]), atol=1e-9)
