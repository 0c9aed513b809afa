"""What is remembered of goals, and the boundary."""

from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.exploration import Boundary, MemoryConfig
from fsmi_explorer.exploration.memory import Blacklist, Progress, SpentPlaces
import numpy as np
import pytest

CONFIG = MemoryConfig(radius=0.5, blacklist_time=30.0, spent_growth=1.5, progress_time=20.0,
                      arrival_tolerance=0.2)
PLACES = np.array([[0.0, 0.0, 0.0], [0.4, 0.0, 0.0], [0.6, 0.0, 0.0]])


def test_blacklist_forgets():
    """Places near the failure are blocked, for its time only."""
    blacklist = Blacklist(CONFIG)
    assert blacklist.next_release(0.0) == np.inf
    blacklist.add(100.0, PLACES[0])
    assert blacklist.blocks(129.0, PLACES).tolist() == [True, True, False]
    assert blacklist.next_release(110.0) == 130.0
    assert not blacklist.blocks(130.0, PLACES).any()


def test_blacklist_doubles_with_each_failure():
    """A place that fails again is left alone for longer."""
    blacklist = Blacklist(CONFIG)
    for now, until in ((0.0, 30.0), (40.0, 100.0), (100.0, 220.0)):
        blacklist.add(now, PLACES[1])
        assert blacklist.blocks(until - 1.0, PLACES)[1]
        assert not blacklist.blocks(until, PLACES)[1]


def test_spent_places_count_again_once_they_promise_more():
    """What was left after looking is no reason to come back; more than that is."""
    spent = SpentPlaces(CONFIG)
    spent.add(PLACES[0], 2.0)
    assert spent.blocks(PLACES, np.array([2.0, 3.0, 2.0])).tolist() == [True, True, False]
    assert spent.blocks(PLACES, np.array([3.1, 1.0, 0.0])).tolist() == [False, True, False]


def test_progress():
    """Only coming nearer by more than the tolerance counts, and clears the failures."""
    progress = Progress(CONFIG)
    progress.begin(0.0, 5.0)
    progress.failures = 3
    assert not progress.stalled(19.0, 4.9)
    assert progress.stalled(20.1, 4.9)
    assert progress.failures == 3
    assert not progress.stalled(21.0, 4.7)
    assert progress.failures == 0
    assert not progress.stalled(41.0, 6.0)
    assert progress.stalled(41.1, 6.0)


def test_boundary_of_an_l():
    """Inside and outside of a polygon that is not convex."""
    boundary = Boundary([0, 0, 4, 0, 4, 1, 1, 1, 1, 3, 0, 3])
    points = np.array([[0.5, 0.5], [3.5, 0.5], [0.5, 2.5], [2.0, 2.0], [-0.1, 1.0], [5.0, 0.5]])
    assert boundary.contains(points).tolist() == [True, True, True, False, False, False]


@pytest.mark.parametrize('seed', range(10))
def test_boundary_agrees_with_half_planes(seed):
    """A convex polygon is where all its sides have the point on their left."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    corners = np.stack([np.cos(angles), np.sin(angles)], -1) * (3.0, 2.0) + (1.0, -1.0)
    points = rng.uniform(-3, 5, (500, 2))
    side = np.roll(corners, -1, 0) - corners
    offset = points[:, None] - corners
    left = (side[:, 0] * offset[..., 1] - side[:, 1] * offset[..., 0] > 0).all(1)
    np.testing.assert_array_equal(Boundary(corners).contains(points), left)


def test_no_boundary_holds_everything():
    """Without corners there is no outside."""
    assert Boundary().contains(PLACES).all()


@pytest.mark.parametrize('corners', [[0, 0, 1, 1], [0, 0, 1, 0, 1], [0, 0, 1, 0, np.nan, 1]])
def test_bad_boundaries_are_refused(corners):
    """Too few, half a corner, no number."""
    with pytest.raises(ConfigurationError, match='boundary'):
        Boundary(corners)
