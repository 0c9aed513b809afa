"""The distance transform against brute force."""

from fsmi_explorer.exploration import clearance, distance_transform, traversable
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
import pytest


def brute_force(marked):
    """Return the distance of every cell to the nearest marked one, from all pairs."""
    cells = np.argwhere(np.ones_like(marked))
    offsets = cells[:, None] - np.argwhere(marked)[None]
    return np.sqrt((offsets ** 2).sum(-1).min(1)).reshape(marked.shape)


@pytest.mark.parametrize('seed', range(40))
def test_agrees_with_brute_force(seed):
    """Random grids of all shapes and densities."""
    rng = np.random.default_rng(seed)
    marked = rng.random(rng.integers(1, 40, 2)) < rng.choice([0.005, 0.05, 0.5])
    marked.flat[rng.integers(marked.size)] = True
    np.testing.assert_array_equal(
        distance_transform(marked), brute_force(marked).astype(np.float32))


def test_without_a_mark_all_is_infinitely_far():
    """Nothing to be near to."""
    assert np.isinf(distance_transform(np.zeros((3, 5), bool))).all()


def test_empty_and_misshapen_arrays():
    """No cells give no distances; a vector is refused."""
    assert distance_transform(np.zeros((0, 4), bool)).shape == (0, 4)
    with pytest.raises(ValueError, match='shape'):
        distance_transform(np.zeros(4, bool))


def test_single_mark_gives_the_euclidean_cone():
    """A known answer: 3-4-5."""
    marked = np.zeros((9, 9), bool)
    marked[4, 4] = True
    distance = distance_transform(marked)
    assert distance[4, 4] == 0.0
    assert distance[7, 8] == 5.0
    assert distance[4, 0] == 4.0


def grid_of(text, resolution=0.1):
    """Make a grid from rows of '#' obstacle, '.' free, '?' unknown, top row the highest y."""
    value = {'#': 0.9, '.': 0.1, '?': np.nan, 'o': 0.5}
    rows = [[value[each] for each in row] for row in reversed(text.split())]
    return OccupancyGrid(np.array(rows, np.float32), resolution)


def test_traversable_is_free_and_clear():
    """Unknown and undecided cells are not; obstacles keep the radius off, corners included."""
    grid = grid_of("""
        .......
        ..?....
        .....o.
        ...#...
        .......
        """)
    expected = grid_of("""
        .......
        ..?....
        ..###?.
        ..###..
        ..###..
        """).probabilities == np.float32(0.1)
    np.testing.assert_array_equal(traversable(grid, 0.15), expected)


def test_radius_counts_up_to_and_including():
    """A centre exactly a radius away is too close; the next is not."""
    grid = grid_of('#....', resolution=1.0)
    assert traversable(grid, 2.0).tolist() == [[False, False, False, True, True]]
    assert traversable(grid, 0.0).tolist() == [[False, True, True, True, True]]
    with pytest.raises(ValueError, match='robot_radius'):
        traversable(grid, -0.1)


def test_clearance_is_in_metres():
    """Distances scale with the resolution; thresholds decide what is an obstacle."""
    grid = grid_of('#.o..', resolution=0.5)
    np.testing.assert_allclose(clearance(grid), [[0.0, 0.5, 1.0, 1.5, 2.0]])
    np.testing.assert_allclose(
        clearance(grid, occupied_threshold=0.4), [[0.0, 0.5, 0.0, 0.5, 1.0]])
