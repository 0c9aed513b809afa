"""Bricks in which maps differ, against a comparison of all voxels."""

from fsmi_explorer.exploration.voxel_changes import changed_bricks
from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
import numpy as np
import pytest


@pytest.mark.parametrize('seed', range(4))
def test_the_bricks_that_differ(seed):
    rng = np.random.default_rng(seed)
    low, shape = np.array([-70, -20, -10]), (25, 40, 90)
    box = rng.choice([0.2, 0.9, np.nan], shape, p=[0.3, 0.2, 0.5]).astype(np.float32)
    box[:, 16:] = 0.2  # whole bricks alike
    before, after = VoxelMap(VoxelMapConfig()), VoxelMap(VoxelMapConfig())
    before.set_dense(low, box)
    changed = box.copy()
    places = tuple(rng.integers(0, shape, (6, 3)).T)
    changed[places] = 0.4
    after.set_dense(low, changed)
    after.set_dense(np.array([300, 5, 5]), np.full((1, 1, 1), 0.2, np.float32))
    size = 8 * after.resolution
    found = np.floor(changed_bricks(before, after) / size).astype(int)
    voxels = np.column_stack(places)[:, ::-1] + low
    expected = {tuple(each) for each in np.vstack([voxels // 8, [[300 // 8, 0, 0]]])}
    assert set(map(tuple, found)) == expected and len(found) == len(expected)
    np.testing.assert_array_equal(changed_bricks(after, before), changed_bricks(before, after))
    assert len(changed_bricks(after, after)) == 0


def test_maps_of_other_resolutions_are_refused():
    with pytest.raises(ValueError, match='resolution'):
        changed_bricks(VoxelMap(), VoxelMap(VoxelMapConfig(resolution=0.3)))
