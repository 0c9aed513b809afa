"""What the robot can reach, and how it gets away from where it should not be."""

from fsmi_explorer.exploration import reach_from, SpaceConfig
from fsmi_explorer.exploration.reach import comfort_weight
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
import pytest

SPACE = SpaceConfig(robot_radius=0.2, safety_margin=0.0)


def room(unknown=slice(0, 0)):
    """Make a walled room of 5 m x 4 m, some of its columns unknown."""
    p = np.full((80, 100), 0.05, np.float32)
    p[[0, -1]], p[:, [0, -1]] = 0.95, 0.95
    p[1:-1, unknown] = np.nan
    return OccupancyGrid(p, 0.05, (-1.0, -2.0, 0.0))


def test_keeps_off_the_walls():
    """Half a cell more than the radius off the centres of wall cells."""
    field = reach_from(room(), (1.0, 0.0), SPACE)
    rows, cols = np.nonzero(field.reachable)
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (5, 74, 5, 94)
    assert field.cost[room().world_to_cell([1.0, 0.0])[0], :].min() == 0.0


def test_leaves_inflated_space():
    """A robot that touches a wall is led off it first."""
    grid = room()
    field = reach_from(grid, (-0.92, 0.0), SPACE)
    assert len(field.escape) == 4
    assert field.reachable.sum() == reach_from(grid, (1.0, 0.0), SPACE).reachable.sum()
    path = field.path_to((40, 50))
    assert tuple(path[0]) == tuple(grid.world_to_cell([-0.92, 0.0]))
    assert field.cost[40, 50] == pytest.approx(49 * 0.05, rel=1e-3)


def test_leaves_unknown_space():
    """A robot in a part never observed drives to the nearest known part."""
    field = reach_from(room(unknown=slice(60, 99)), (2.4, 0.0), SPACE)
    assert field.reachable[40, 30]
    assert len(field.escape) == 9


def test_does_not_escape_further_than_allowed():
    """Beyond the distance nothing is reachable."""
    space = SpaceConfig(robot_radius=0.2, escape_distance=0.3)
    assert not reach_from(room(unknown=slice(60, 99)), (2.4, 0.0), space).reachable.any()


def test_does_not_escape_through_a_wall():
    """Outside the room is unknown, but walls are no way."""
    p = np.full((80, 100), np.nan, np.float32)
    p[10:70, 10:90] = room().probabilities[:60, :80]
    p[[10, 69], 10:90], p[10:70, 10], p[10:70, 89] = 0.95, 0.95, 0.95
    grid = OccupancyGrid(p, 0.05)
    assert not reach_from(grid, (0.3, 2.0), SPACE).reachable.any()
    assert reach_from(grid, (2.5, 2.0), SPACE).reachable.any()


@pytest.mark.parametrize('position', [(-5.0, 0.0), (100.0, 0.0)])
def test_off_the_map_nothing_is_reachable(position):
    """No error, and no way."""
    field = reach_from(room(), position, SPACE)
    assert not field.reachable.any()
    assert not len(field.path_to((40, 50)))


def test_comfortable_ways_keep_their_distance():
    """Past a corner, the comfortable way is longer and further off."""
    grid = room()
    grid.probabilities[:40, 48:52] = 0.95
    goal = grid.world_to_cell([3.0, -1.0])
    close, wide = (reach_from(grid, (0.0, -1.0), SPACE, comfortable=each).path_to(goal)
                   for each in (False, True))
    assert wide[:, 0].max() > close[:, 0].max()
    assert len(wide) >= len(close)


def test_comfort_weight_grows_towards_obstacles():
    """From the full weight where the robot only just fits, down to one."""
    space = SpaceConfig(robot_radius=0.2, safety_margin=0.0, comfort_clearance=0.5,
                        comfort_weight=3.0)
    weight = comfort_weight(np.array([[0.0, 0.225, 0.3625, 0.5, np.inf]]), 0.05, space)
    np.testing.assert_allclose(weight, [[3.0, 3.0, 2.0, 1.0, 1.0]])
