"""Occupancy grids: values, geometry, entropy, priors."""

from fsmi_explorer.mapping import OccupancyGrid, Rectangle
import numpy as np
import pytest

NAN = np.nan


def grid_of(values, resolution=0.5, origin=(0.0, 0.0, 0.0)):
    """Make a grid of nested lists."""
    return OccupancyGrid(np.array(values), resolution, origin)


def test_fields_take_their_types():
    """Probabilities become float32, numbers plain floats."""
    grid = OccupancyGrid(np.array([[0, 1]]), np.float32(0.5), np.zeros(3))
    assert grid.probabilities.dtype == np.float32
    assert grid.origin == (0.0, 0.0, 0.0)
    assert grid.shape == (1, 2)


@pytest.mark.parametrize('arguments, name', [
    ((np.zeros(3), 0.1), 'probabilities'),
    ((np.zeros((0, 3)), 0.1), 'probabilities'),
    ((np.full((1, 1), 1.1), 0.1), 'probabilities'),
    ((np.full((1, 1), -0.1), 0.1), 'probabilities'),
    ((np.full((1, 1), np.inf), 0.1), 'probabilities'),
    ((np.zeros((1, 1)), 0.0), 'resolution'),
    ((np.zeros((1, 1)), NAN), 'resolution'),
    ((np.zeros((1, 1)), 0.1, (0.0, 0.0)), 'origin'),
    ((np.zeros((1, 1)), 0.1, (0.0, 0.0, NAN)), 'origin'),
])
def test_wrong_grids_are_refused(arguments, name):
    """The message names the argument."""
    with pytest.raises(ValueError, match=name):
        OccupancyGrid(*arguments)


def test_percent():
    """Percent is the nearest whole number, -1 where never observed."""
    percent = grid_of([[NAN, 0.0, 0.004, 0.006, 0.654, 0.996, 1.0]]).percent()
    assert percent.dtype == np.int8
    assert percent.tolist() == [[-1, 0, 0, 1, 65, 100, 100]]


def test_every_percent_survives_the_way_there_and_back():
    """Grids from messages give the same messages; values out of range are never observed."""
    data = np.arange(-128, 128).astype(np.int8).reshape(16, 16)
    grid = OccupancyGrid.from_percent(data, 0.1)
    np.testing.assert_array_equal(grid.percent(), np.where((data < 0) | (data > 100), -1, data))


@pytest.mark.parametrize('point, cell', [
    ((2.0, 3.0), (0, 0)), ((2.49, 3.0), (0, 0)), ((2.5, 3.0), (0, 1)), ((1.99, 2.99), (-1, -1)),
    ((4.0, 3.9), (1, 4)),
])
def test_world_to_cell(point, cell):
    """Cells are half open and go on outside of the grid."""
    cells = grid_of(np.zeros((4, 6)), origin=(2.0, 3.0, 0.0)).world_to_cell(point)
    assert cells.dtype == np.int64
    assert tuple(cells) == cell


def test_turned_grid():
    """With yaw a quarter turn the rows run along -x of the world."""
    grid = grid_of(np.zeros((4, 6)), origin=(2.0, 3.0, np.pi / 2))
    assert grid.world_to_cell((1.6, 3.7)).tolist() == [0, 1]
    np.testing.assert_allclose(grid.cell_to_world((0, 1)), (1.75, 3.75))


@pytest.mark.parametrize('yaw', [0.0, 0.3, -2.0])
def test_centres_lie_in_their_cells(yaw):
    """There and back for arrays of any shape."""
    grid = grid_of(np.zeros((4, 6)), 0.05, (-3.2, 7.1, yaw))
    cells = np.random.default_rng(0).integers(-50, 50, (3, 4, 2))
    np.testing.assert_array_equal(grid.world_to_cell(grid.cell_to_world(cells)), cells)


def test_contains():
    """Inside is from 0 up to the shape, without it."""
    cells = [[0, 0], [3, 5], [4, 0], [0, 6], [-1, 0]]
    assert grid_of(np.zeros((4, 6))).contains(cells).tolist() == [True, True] + [False] * 3


def test_known():
    """Known area counts the cells ever observed."""
    grid = grid_of([[NAN, 0.5], [0.0, 1.0]])
    assert grid.known.tolist() == [[False, True], [True, True]]
    assert grid.known_area_m2 == pytest.approx(3 * 0.25)


def test_entropy():
    """One bit for even odds, none for certainty, unknown cells as told."""
    grid = grid_of([[NAN, 0.5], [0.0, 1.0]])
    assert grid.entropy_bits() == pytest.approx(2.0)
    assert grid.entropy_bits(0.0) == pytest.approx(1.0)
    quarter = -0.25 * np.log2(0.25) - 0.75 * np.log2(0.75)
    assert grid.entropy_bits(0.25) == pytest.approx(1.0 + quarter)


def test_window():
    """A part of a turned grid lies where it lay in the whole."""
    rng = np.random.default_rng(1)
    grid = grid_of(rng.random((6, 8)), 0.5, (1.0, -2.0, 0.7))
    part = grid.window(Rectangle(2, 3, 5, 8))
    np.testing.assert_array_equal(part.probabilities, grid.probabilities[2:5, 3:8])
    np.testing.assert_allclose(part.cell_to_world((1, 2)), grid.cell_to_world((3, 5)))
    part.probabilities[:] = 0
    assert grid.probabilities.min() > 0


def test_with_prior_multiplies_odds():
    """Never observed and certain cells stay, others keep what the beams said of them."""
    grid = grid_of([[NAN, 0.0, 1.0, 0.5, 0.8]]).with_prior(0.1)
    odds = 4.0 * (0.1 / 0.9)
    np.testing.assert_allclose(
        grid.probabilities, [[NAN, 0.0, 1.0, 0.1, odds / (1 + odds)]], rtol=1e-6)


def test_with_an_even_prior_nothing_changes():
    """One half is the prior that maps start with."""
    grid = grid_of(np.random.default_rng(2).random((5, 5)))
    np.testing.assert_allclose(grid.with_prior(0.5).probabilities, grid.probabilities, rtol=1e-6)


@pytest.mark.parametrize('prior', [0.0, 1.0, -1.0, NAN])
def test_wrong_priors_are_refused(prior):
    """A certain prior would leave nothing to learn."""
    with pytest.raises(ValueError, match='prior'):
        grid_of([[0.5]]).with_prior(prior)
