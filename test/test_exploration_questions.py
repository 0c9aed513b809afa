"""The map as open questions: what is decided, what is solid, and blocks of cells."""

from fsmi_explorer.exploration import clearance, SpaceConfig
from fsmi_explorer.exploration.questions import open_questions
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
import pytest

SPACE = SpaceConfig()
U = 0.02


def questions(p, solid=0.0, block=1):
    """Return the probabilities that information is computed on."""
    grid = OccupancyGrid(np.array(p, np.float32), 0.05)
    return open_questions(grid, clearance(grid), U, SPACE, solid, block)


def test_decided_cells_are_certain_and_the_rest_starts_from_the_prior():
    """Free is 0, obstacle 1, unknown the prior; undecided has its odds times those of it."""
    result = questions([[0.1, 0.9, np.nan, 0.5, 0.4]]).probabilities[0]
    odds = 0.4 / 0.6 * U / (1 - U)
    np.testing.assert_allclose(result, [0.0, 1.0, U, U, odds / (1 + odds)], rtol=1e-5)


def test_walls_are_solid():
    """Unknown cells close to an obstacle become one; free cells do not."""
    result = questions([[0.1, 0.1, 0.9, np.nan, np.nan, np.nan]], solid=0.1).probabilities[0]
    np.testing.assert_allclose(result, [0.0, 0.0, 1.0, 1.0, 1.0, U], rtol=1e-5)


def test_blocks_let_rays_pass_as_often_as_their_cells():
    """A block of unknown cells is two cells deep; half unknown, one; an obstacle closes it."""
    n = np.nan
    result = questions([[n, n, 0, n, 0, n, 0],
                        [n, n, 0, n, 0, 1, 0],
                        [0, 0, n, n, n, n, n]], block=2)
    depth = 1 - (1 - U) ** np.array([[2, 1, 0, 0], [0, 2, 2, 2]])
    depth[0, 2] = 1.0
    np.testing.assert_allclose(result.probabilities, depth, rtol=1e-5)
    assert result.resolution == pytest.approx(0.1)


@pytest.mark.parametrize('seed', range(10))
def test_blocks_agree_with_a_slow_sum(seed):
    """Random maps, block by block."""
    rng = np.random.default_rng(seed)
    p = rng.choice([0.05, 0.4, 0.5, 0.9, np.nan], rng.integers(1, 20, 2))
    block = int(rng.integers(1, 4))
    cells, blocks = questions(p).probabilities, questions(p, block=block).probabilities
    for row, col in np.ndindex(blocks.shape):
        part = cells[row * block:(row + 1) * block, col * block:(col + 1) * block]
        expected = 1 - np.prod(1 - part) ** (block / part.size)
        assert blocks[row, col] == pytest.approx(expected, abs=1e-6)
