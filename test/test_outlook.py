"""What is still to be seen: areas that are known beforehand, and what views tell together."""

from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import SpaceConfig, ViewConfig
from fsmi_explorer.exploration.outlook import unseen_area
from fsmi_explorer.information import BeamModel
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
import pytest


def view(prior=0.0001, **model):
    """Configure a lidar of 10 m; without `prior` nearly all that is unknown will be free."""
    return ViewConfig(cell=0.1, solid=0.0, model=BeamModel(
        max_range=10.0, unknown_occupancy=prior, **model))


CLEAR = view()


def room(unseen=None, origin=(0.0, 0.0, 0.0)):
    """Make a walled room of 8 m x 6 m, all free but for the cells `unseen`."""
    p = np.full((60, 80), 0.02, np.float32)
    if unseen is not None:
        p[unseen] = np.nan
    p[[0, -1]] = p[:, [0, -1]] = 0.98
    return OccupancyGrid(p, 0.1, origin)


def area(grid, *poses, config=CLEAR, **enough):
    """Return the area that views from poses (x, y, yaw) are expected to show together."""
    poses = np.array(poses, float).reshape(-1, 3)
    candidates = Candidates(poses, np.ones(len(poses)))
    return unseen_area(grid, candidates, config, SpaceConfig(), **enough)


def test_nothing_is_left_of_a_known_map():
    """All is known: no view adds anything."""
    assert not area(room(), (2.0, 3.0, 0.0))


@pytest.mark.parametrize('corner', [(10, 10), (20, 50), (33, 41)])
def test_an_open_patch_counts_with_its_area(corner):
    """A patch of 2 m x 1 m in full view is 2 m^2, but for what rays miss at its border."""
    row, col = corner
    grid = room((slice(row, row + 10), slice(col, col + 20)))
    assert area(grid, (4.05, 2.05, 0.0)) == pytest.approx(2.0, rel=0.06)


def test_space_behind_a_wall_does_not_count():
    """Half a room lies behind a wall: it is not there to be seen."""
    grid = room((slice(1, -1), slice(50, 79)))
    grid.probabilities[:, 40] = 0.98
    assert area(grid, (2.0, 3.0, 0.0)) == 0.0


def test_what_one_view_shows_another_cannot_show_again():
    """Two poses side by side see the same: together they see hardly more than one."""
    grid = room((slice(20, 40), slice(40, 60)))
    alone = area(grid, (2.0, 3.0, 0.0))
    together = area(grid, (2.0, 3.0, 0.0), (2.3, 3.0, 0.0))
    assert alone <= together <= 1.03 * alone


def test_views_of_different_things_add_up():
    """Two patches with a wall between, a pose beside each: the areas add up."""
    grid = room((slice(10, 20), slice(10, 20)))
    grid.probabilities[10:20, 60:70] = np.nan
    grid.probabilities[:, 40] = 0.98
    both = area(grid, (2.5, 3.0, 0.0), (6.5, 3.0, 0.0))
    assert both == pytest.approx(2.0, rel=0.06)


def test_the_prior_limits_how_far_one_sees():
    """Through cells of which one in ten is a wall, a deep patch shows but its front."""
    grid = room((slice(1, -1), slice(20, 79)))
    deep = area(grid, (1.0, 3.0, 0.0))
    murky = area(grid, (1.0, 3.0, 0.0), config=view(0.1))
    assert 0.0 < murky < 0.5 * deep


def test_only_the_field_of_view_counts():
    """A patch to the right: seen when looking there, not when looking away."""
    grid = room((slice(20, 40), slice(60, 70)))
    narrow = view(fov=np.pi / 2)
    assert area(grid, (4.0, 3.0, 0.0), config=narrow) == pytest.approx(2.0, rel=0.08)
    assert area(grid, (4.0, 3.0, np.pi), config=narrow) == 0.0


def test_looking_ends_with_enough():
    """Where the first view shows enough, the others are not looked at."""
    grid = room((slice(10, 50), slice(10, 70)))
    poses = [(x, y, 0.0) for x in (0.5, 7.5) for y in (0.5, 5.5)]
    first = area(grid, poses[0], config=view(0.02))
    assert area(grid, *poses, config=view(0.02), enough=0.5 * first) == first
    assert area(grid, *poses, config=view(0.02)) > 1.1 * first


def test_a_turned_map_shows_the_same():
    """The frame of the map does not matter."""
    turn = 0.7
    straight = room((slice(20, 40), slice(40, 60)))
    turned = room((slice(20, 40), slice(40, 60)), (1.0, -2.0, turn))
    pose = np.array([2.05, 3.05])
    c, s = np.cos(turn), np.sin(turn)
    there = np.array([[c, -s], [s, c]]) @ pose + (1.0, -2.0)
    narrow = view(fov=1.0)
    assert area(turned, (*there, turn), config=narrow) == pytest.approx(
        area(straight, (*pose, 0.0), config=narrow))
