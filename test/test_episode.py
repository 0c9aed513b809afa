"""Whole explorations of small worlds in the fast loop: complete, unhurt, ended by their rule."""

from dataclasses import replace

from fsmi_explorer.exploration.episode import EpisodeConfig, run_episode
from fsmi_explorer.simulation import coverage, visible_area, World
import numpy as np
import pytest


@pytest.fixture(scope='module')
def two_rooms():
    """Make a world of 9 m x 6 m: two rooms, a door of 1 m, a table in each."""
    occupied = np.zeros((120, 180), bool)
    occupied[[0, -1]], occupied[:, [0, -1]], occupied[:, 88:92] = True, True, True
    occupied[50:70, 88:92] = False
    occupied[20:40, 30:50], occupied[80:95, 120:150] = True, True
    return World(occupied, 0.05, (-1.0, -1.0, 0.0), start=(0.0, 0.0, 0.0))


@pytest.fixture(scope='module')
def visible(two_rooms):
    """Tell what can be seen there."""
    return visible_area(two_rooms, 0.2, 10.0)


def changed(**lidar):
    """Return a configuration with another lidar, and a model of it with the same view."""
    config = EpisodeConfig(time_limit=600.0)
    simulation = replace(config.simulation, lidar=replace(config.simulation.lidar, **lidar))
    model = replace(config.scoring.model, fov=simulation.lidar.fov)
    return replace(config, simulation=simulation, scoring=replace(config.scoring, model=model))


def test_explores_two_rooms(two_rooms, visible):
    """All of what can be seen, no collision, by its own rule, in a sensible way."""
    result = run_episode(two_rooms, changed(), visible=visible)
    assert result.finished
    assert result.reason.startswith('Explored')
    assert result.coverage >= 0.99
    assert result.collisions == 0
    assert result.path_length_m < 30.0
    assert result.path_to(0.5) <= result.path_to(0.99) <= result.path_length_m
    assert result.time_to(0.99) <= result.duration_s
    assert np.isnan(result.path_to(1.01))
    assert result.coverage == pytest.approx(coverage(result.grid, two_rooms, visible), abs=1e-3)
    assert len(result.plan_seconds) == len(result.samples)
    entropies = [each.entropy_bits for each in result.samples]
    assert entropies[-1] < 0.1 * entropies[0] < 0.1 * visible.sum()


def test_the_same_seed_gives_the_same_run(two_rooms, visible):
    """Every pose and goal, bit by bit; another seed, another noise."""
    config = replace(changed(noise_sigma=0.02), time_limit=15.0)
    first, again, other = (
        run_episode(two_rooms, config, seed=seed, visible=visible) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.poses, again.poses)
    np.testing.assert_array_equal(first.grid.probabilities, again.grid.probabilities)
    assert first.samples == again.samples
    assert not np.array_equal(first.grid.probabilities, other.grid.probabilities)
    assert not first.finished
    assert 'time limit' in first.reason


@pytest.mark.parametrize('degrees', [90, 270])
def test_a_lidar_that_does_not_see_all_round(two_rooms, visible, degrees):
    """Headings are chosen so that all is seen all the same."""
    result = run_episode(two_rooms, changed(fov=np.radians(degrees)), visible=visible)
    assert result.finished
    assert result.coverage >= 0.99
    assert result.collisions == 0


def test_noise_and_drop_outs(two_rooms, visible):
    """A poor lidar ends its exploration too."""
    result = run_episode(
        two_rooms, changed(noise_sigma=0.03, drop_out=0.1), visible=visible, seed=1)
    assert result.finished
    assert result.coverage >= 0.99
    assert result.collisions == 0


def test_a_boundary_is_kept(two_rooms, visible):
    """Goals stay in the left room, and exploration ends there."""
    config = changed()
    left = replace(config.exploration, boundary=(-1.0, -1.0, 3.3, -1.0, 3.3, 5.0, -1.0, 5.0))
    result = run_episode(two_rooms, replace(config, exploration=left), visible=visible)
    assert result.finished
    assert all(goal.pose[0] <= 3.3 for _, goal in result.goals)
    assert result.coverage < 0.9


def test_the_observer_sees_every_map(two_rooms, visible):
    """One call for each map, up to the last decision."""
    actions = []
    result = run_episode(
        two_rooms, replace(changed(), time_limit=10.0), visible=visible,
        observer=lambda time, pose, grid, scores, decision: actions.append(decision.action))
    assert len(actions) == len(result.samples)
    assert actions.count('go') == len(result.goals)
