"""The policies: what they offer, how they rate it, and that each of them explores a world."""

from dataclasses import replace
from itertools import permutations

from fsmi_explorer.exploration import (
    Candidates,
    ExplorationConfig,
    Explorer,
    FrontierConfig,
    make_policy,
    reach_from,
    Situation,
    SpaceConfig,
    StopConfig,
    UtilityConfig,
)
from fsmi_explorer.exploration.config import POLICIES, ViewConfig
from fsmi_explorer.exploration.episode import EpisodeConfig, run_episode
from fsmi_explorer.exploration.frontiers import find_frontiers
from fsmi_explorer.exploration.policies.mrtsp import cheapest_rest
from fsmi_explorer.exploration.views import unknown_area_in_view
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation import visible_area, World
import numpy as np
import pytest

HERE = np.array([2.0, 2.0, 0.0])


def map_of(free, walls=None, shape=(80, 160)):
    """Make a map of 8 m x 4 m in cells of 5 cm: unknown but for the free slices and walls."""
    p = np.full(shape, np.nan, np.float32)
    for rows, columns in free:
        p[rows, columns] = 0.05
    for rows, columns in walls or []:
        p[rows, columns] = 0.95
    return OccupancyGrid(p, 0.05)


def hall(opening=slice(20, 60)):
    """Make a hall of 4 m x 4 m, walled all round but for an opening to the right."""
    walls = [(slice(0, 1), slice(0, 80)), (slice(79, 80), slice(0, 80)),
             (slice(0, 80), slice(0, 1)), (slice(0, opening.start), slice(79, 80)),
             (slice(opening.stop, 80), slice(79, 80))]
    return map_of([(slice(0, 80), slice(0, 80))], walls)


def frontiers_of(grid, here=HERE, target='centre', **config):
    """Find the frontiers of a map from where the robot is."""
    config = FrontierConfig(**{'solid': 0.0, **config})
    return find_frontiers(grid, reach_from(grid, here, SpaceConfig()), here, config,
                          SpaceConfig(), target)


def situation(policy, grid, here=HERE, candidates=None, **sections):
    """Make a policy and what it sees of a map."""
    config = ExplorationConfig(utility=UtilityConfig(policy=policy), **sections)
    candidates = candidates or Candidates(np.empty((0, 3)), np.empty(0))
    seen = Situation(0.0, here, grid, reach_from(grid, here, config.space), candidates,
                     np.zeros(len(candidates)))
    return make_policy(config), seen


def test_a_frontier_is_the_unknown_edge_of_the_free():
    """An opening of 2 m is a frontier of 2 m, looked at from inside, straight across."""
    found = frontiers_of(hall())
    assert len(found) == 1
    assert found.bits[0] == pytest.approx(2.0)
    np.testing.assert_allclose(found.centre[0], (4.05, 2.0), atol=0.01)
    assert 3.0 < found.poses[0, 0] < 4.05
    assert found.poses[0, 1] == pytest.approx(2.0, abs=0.11)
    assert found.poses[0, 2] == pytest.approx(0.0, abs=0.3)


def test_the_target_says_which_end_is_looked_at():
    """The nearest point, or the sum without the first over all, which lies too near the origin."""
    low = np.array([1.0, 1.3, 0.0])
    nearest = frontiers_of(hall(), low, 'nearest')
    np.testing.assert_allclose(nearest.nearest[0], (4.05, 1.3), atol=0.11)
    assert nearest.poses[0, 1] == pytest.approx(1.3, abs=0.16)
    misplaced = frontiers_of(hall(slice(40, 60)), target='misplaced')
    assert misplaced.poses[0, 1] < frontiers_of(hall(slice(40, 60))).poses[0, 1]


def test_short_frontiers_and_those_out_of_sight_are_left_out():
    """A gap of 0.3 m counts only when that is long enough; nothing is seen through a wall."""
    gap = hall(slice(40, 46))
    assert len(frontiers_of(gap, least_size=0.4)) == 0
    assert len(frontiers_of(gap, least_size=0.2)) == 1
    behind = map_of([(slice(0, 80), slice(0, 80)), (slice(30, 50), slice(82, 90))],
                    [(slice(0, 80), slice(79, 82))])
    found = frontiers_of(behind, least_size=0.2)
    assert not len(found) or (found.nearest[:, 0] < 4.0).all()


def test_gaps_in_walls_do_not_leak_and_narrow_doors_stay():
    """Unseen cells by a wall are wall, also at the ends of a frontier, which is no shorter."""
    leaky = hall(slice(40, 44))
    assert len(frontiers_of(leaky, solid=0.15)) == 0
    door = frontiers_of(hall(slice(30, 48)), solid=0.15)
    assert door.bits == pytest.approx([0.9], abs=0.15)


def test_a_diagonal_wall_does_not_leak():
    """Free cells beside a wall of corners make no frontier behind it."""
    grid = map_of([(slice(0, 80), slice(0, 80))], shape=(80, 80))
    p = grid.probabilities.copy()
    for i in range(0, 80, 2):
        p[i:i + 2, i:i + 2] = 0.95
        p[i + 2:, i:i + 2] = np.nan
    assert len(frontiers_of(OccupancyGrid(p, 0.05), np.array([3.0, 1.0, 0.0]))) == 0


def two_openings():
    """Make a hall with an opening of 3 m to the right and one of 1 m below the middle."""
    grid = hall(slice(10, 70))
    p = np.vstack([np.full((40, 160), np.nan, np.float32), grid.probabilities])
    p[40, 30:50] = 0.05
    return OccupancyGrid(p, 0.05, (0.0, -2.0, 0.0))


@pytest.mark.parametrize('policy, here, length', [
    ('nearest_frontier', (1.8, 1.0), 1.0), ('nearest_frontier', (3.0, 2.0), 3.0),
    ('explore_lite', (1.8, 1.0), 3.0), ('explore_lite_metres', (1.8, 1.0), 1.0)])
def test_which_frontier_a_policy_goes_to(policy, here, length):
    """The nearest; the longest when metres hardly count; the near one when they do."""
    rule, seen = situation(policy, two_openings(), np.array([*here, 0.0]))
    offers = rule.offers(seen)
    np.testing.assert_allclose(sorted(offers.bits), [1.0, 3.0], atol=0.15)
    cost = np.hypot(*(offers.poses - seen.pose)[:, :2].T)
    utility = rule.utility(replace(seen, candidates=offers, cost=cost))
    assert offers.bits[np.argmax(utility)] == pytest.approx(length, abs=0.15)


def test_short_frontiers_come_last():
    """However near, a frontier of 0.5 m waits until there is no longer one."""
    grid = two_openings()
    near_short = np.array([2.0, 0.6, 0.0])
    rule, seen = situation('nearest_frontier', grid, near_short,
                           frontiers=FrontierConfig(min_size=2.0))
    offers = rule.offers(seen)
    utility = rule.utility(replace(seen, candidates=offers, cost=np.array([9.0, 1.0])))
    assert np.argmax(utility) == np.argmax(offers.bits)
    rest = offers.subset(offers.bits < 2.0)
    assert np.isfinite(rule.utility(replace(seen, candidates=rest, cost=np.ones(1)))).all()


@pytest.mark.parametrize('count', [1, 2, 5])
def test_the_cheapest_rest_of_a_tour(count):
    """As by trying all orders."""
    steps = np.random.default_rng(count).random((count, count))
    expected = [min(sum(steps[a, b] for a, b in zip(order, order[1:]))
                    for order in permutations(range(count)) if order[0] == first)
                for first in range(count)]
    np.testing.assert_allclose(cheapest_rest(steps), expected)


def test_the_unknown_area_in_view():
    """A half disc of it before an open edge; next to nothing before a wall."""
    open_edge = map_of([(slice(0, 400), slice(0, 200))], shape=(400, 400))
    view = ViewConfig(model=replace(ViewConfig().model, max_range=5.0, num_beams=360))
    poses = np.array([[9.99, 10.0, 0.0]])
    area = unknown_area_in_view(open_edge, poses, view, SpaceConfig())
    assert area[0] == pytest.approx(np.pi * 25.0 / 2, rel=0.05)
    walled = map_of([(slice(0, 400), slice(0, 200))], [(slice(0, 400), slice(198, 200))],
                    shape=(400, 400))
    assert unknown_area_in_view(walled, poses - (0.3, 0, 0), view, SpaceConfig())[0] < 0.5


@pytest.mark.parametrize('policy', ['information_gain', 'csqmi'])
def test_candidates_are_scored_anew(policy):
    """Only those that the stop rule counts, and the more the more is unknown about them."""
    poses = np.array([[3.5, 2.0, np.nan], [1.0, 2.0, np.nan], [0.6, 0.6, np.nan]])
    rule, seen = situation(policy, hall(), candidates=Candidates(poses, np.array([3., 2., .01])))
    offers = rule.offers(seen)
    assert len(offers) == 2
    assert offers.bits[0] > offers.bits[1] > 0.0


def test_a_policy_with_a_period_chooses_anew():
    """The goal moves on with the frontier before it is reached, and stays where that stays."""
    explorer = Explorer(ExplorationConfig(
        utility=UtilityConfig(policy='nearest_frontier'), stop=StopConfig(confirmations=1)))
    offers = Candidates(np.array([[3.0, 2.0, 0.0]]), np.ones(1))
    first = explorer.decide(0.0, HERE, hall(), offers)
    assert first.action == 'go'
    assert explorer.decide(1.0, HERE, hall(), offers).action == 'keep'
    seen_more = map_of([(slice(0, 80), slice(0, 110))])
    again = explorer.decide(2.0, HERE, seen_more, offers)
    assert again.action == 'go'
    assert again.goal.pose[0] > first.goal.pose[0]


@pytest.fixture(scope='module')
def three_rooms():
    """Make a world of 8 m x 6 m: a hall, and two rooms with a door each."""
    occupied = np.zeros((120, 160), bool)
    occupied[[0, -1]], occupied[:, [0, -1]], occupied[60:63, :] = True, True, True
    occupied[60:63, 20:40] = occupied[60:63, 130:150] = False
    occupied[60:, 79:82] = True
    return World(occupied, 0.05, start=(4.0, 1.0, 0.0))


@pytest.mark.parametrize('policy', POLICIES)
def test_every_policy_explores(three_rooms, policy):
    """All of what can be seen, without a collision, until its own end."""
    config = EpisodeConfig(time_limit=300.0).updated(
        {'exploration': {'utility': {'policy': policy}}})
    result = run_episode(three_rooms, config, visible=visible_area(three_rooms, 0.2, 10.0))
    assert result.finished
    assert result.coverage >= 0.99
    assert result.collisions == 0
    assert 5.0 < result.path_length_m < 40.0
