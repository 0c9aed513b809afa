"""What is decided is certain, what is not is open, and walls have no gaps."""

from fsmi_explorer.exploration.voxel_questions import open_voxel_questions
from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
import numpy as np
import pytest


def expected(box):
    """Return what the questions of a box (z, y, x) are, one voxel around it included."""
    box = np.pad(box, 1, constant_values=np.nan)
    decided = np.where(box > 0.65, 1.0, np.where(box < 0.25, 0.0, np.nan))
    result = decided.copy()
    for z, y, x in np.argwhere(decided == 1.0):
        for side in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)):
            place = (z + side[0], y + side[1], x + side[2])
            if np.isnan(decided[place]):
                result[place] = 1.0
    return result


@pytest.mark.parametrize('seed', range(4))
def test_questions_of_any_map(seed):
    rng = np.random.default_rng(seed)
    # Across the borders of regions, and with whole bricks that are alike.
    low, shape = rng.integers(-70, 60, 3), rng.integers(5, 40, 3)
    box = rng.choice([0.2, 0.3, 0.9, 0.5, np.nan], shape, p=[0.3, 0.1, 0.1, 0.1, 0.4])
    box[:, :, 20:] = 0.2
    voxels = VoxelMap(VoxelMapConfig())
    voxels.set_dense(low, box.astype(np.float32))
    before = voxels.dense(low, low + shape[::-1])
    questions = open_voxel_questions(voxels, 0.25, 0.65)
    np.testing.assert_allclose(
        questions.dense(low - 1, low + shape[::-1] + 1), expected(box), atol=1e-5)
    np.testing.assert_array_equal(voxels.dense(low, low + shape[::-1]), before)
    assert questions.known_voxels == np.count_nonzero(~np.isnan(expected(box)))


def test_an_empty_map_asks_nothing():
    assert open_voxel_questions(VoxelMap(), 0.25, 0.65).known_voxels == 0
