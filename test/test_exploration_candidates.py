"""Candidate poses: reachable, spread out, best first, with the right heading."""

from fsmi_explorer.exploration import CandidateConfig, Candidates, select_candidates, travel_costs
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
import pytest


def empty_grid(shape=(60, 80), origin=(0.0, 0.0, 0.0)):
    """Make a map of free cells of 0.1 m."""
    return OccupancyGrid(np.full(shape, 0.05, np.float32), 0.1, origin)


def random_case(seed):
    """Return random bits, a random reachable mask and a grid of their shape."""
    rng = np.random.default_rng(seed)
    grid = empty_grid(tuple(rng.integers(5, 90, 2)))
    return rng.random(grid.shape).astype(np.float32), rng.random(grid.shape) < 0.7, grid


@pytest.mark.parametrize('seed', range(25))
def test_spread_best_first_and_nothing_left_out(seed):
    """Whatever the cells: order, spacing, reachability, and a good candidate near every cell."""
    bits, reachable, grid = random_case(seed)
    config = CandidateConfig(spacing=[0.1, 0.35, 0.5, 1.2][seed % 4], min_bits=0.2,
                             max_count=10000)
    found = select_candidates(bits, None, reachable, grid, config)
    cells = grid.world_to_cell(found.poses[:, :2])
    assert reachable[cells[:, 0], cells[:, 1]].all()
    np.testing.assert_array_equal(found.bits, bits[cells[:, 0], cells[:, 1]])
    assert (np.diff(found.bits) <= 0).all() and (found.bits >= 0.2).all()
    away = np.hypot(*(found.poses[:, None, :2] - found.poses[None, :, :2]).T)
    assert (away + 10 * np.eye(len(found)) >= config.spacing - 1e-9).all()
    for cell in np.argwhere(reachable & (bits >= 0.2)):
        near = np.hypot(*(found.poses[:, :2] - grid.cell_to_world(cell)).T) <= 2.5 * config.spacing
        assert found.bits[near].max() >= bits[tuple(cell)]


def test_a_single_hill_gives_its_top_first():
    """A known answer."""
    grid = empty_grid(origin=(-2.0, -1.0, 0.0))
    rows, cols = np.indices(grid.shape)
    bits = np.exp(-((rows - 20) ** 2 + (cols - 50) ** 2) / 200.0).astype(np.float32)
    found = select_candidates(bits, None, bits >= 0, grid, CandidateConfig(spacing=0.5))
    np.testing.assert_allclose(found.poses[0, :2], (-2.0 + 5.05, -1.0 + 2.05))
    assert np.isnan(found.poses[:, 2]).all()


def test_headings_turn_with_the_grid():
    """Best headings are in the map frame; missing ones come from the arrival and turn with it."""
    grid = empty_grid(origin=(0.0, 0.0, np.pi / 2))
    bits = np.zeros(grid.shape, np.float32)
    bits[30, 60], bits[30, 20] = 2.0, 1.0
    headings = np.full(grid.shape, np.nan, np.float32)
    headings[30, 60] = 0.25
    field = travel_costs(np.ones(grid.shape, bool), 0.1, (30, 40))
    found = select_candidates(
        bits, headings, field.reachable, grid, CandidateConfig(), field=field)
    np.testing.assert_allclose(found.poses[:, 2], [0.25, np.pi + np.pi / 2], atol=1e-6)
    np.testing.assert_allclose(found.poses[0, :2], (-3.05, 6.05))


def test_at_most_max_count():
    """The best ones are kept."""
    bits, reachable, grid = random_case(3)
    every = select_candidates(bits, None, reachable, grid, CandidateConfig())
    some = select_candidates(bits, None, reachable, grid, CandidateConfig(max_count=3))
    np.testing.assert_array_equal(some.poses, every.poses[:3])


def test_nothing_worth_it_gives_none():
    """No candidates are candidates too."""
    bits, reachable, grid = random_case(4)
    for mask, scale in ((reachable & False, 1.0), (reachable, 0.0)):
        found = select_candidates(scale * bits, None, mask, grid, CandidateConfig())
        assert len(found) == 0 and found.poses.shape == (0, 3)


def test_shapes_are_checked():
    """Both the planes and the candidates themselves."""
    with pytest.raises(ValueError, match='shape'):
        select_candidates(np.ones((3, 3)), None, np.ones((3, 4), bool), empty_grid(),
                          CandidateConfig())
    with pytest.raises(ValueError, match='poses'):
        Candidates(np.zeros((2, 2)), np.zeros(2))
