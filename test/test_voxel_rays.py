"""Rays as runs against walks from voxel to voxel."""

from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
import numpy as np
import pytest
from voxel_oracle import ray_voxels

VALUES = np.float32([np.nan, 0.2, 0.4, 0.9])


def blocky_map(seed, resolution=0.5):
    """Return a map of uniform regions, bricks and single voxels, and its voxels (z, y, x)."""
    rng = np.random.default_rng(seed)
    p = rng.choice(VALUES, (12, 12, 12)).repeat(8, 0).repeat(8, 1).repeat(8, 2)
    p[64:, :40] = np.nan
    for _ in range(60):
        z, y, x = rng.integers(0, 88, 3)
        p[z:z + 8, y:y + 8, x:x + 8] = rng.choice(VALUES, (8, 8, 8))
    low = rng.integers(-60, 0, 3)
    voxels = VoxelMap(VoxelMapConfig(resolution=resolution))
    voxels.set_dense(low, p)
    return voxels, p, low


def walk(voxels, start, direction, max_range):
    """Return the occupancy of the voxels of a ray, one by one."""
    taken = np.array(ray_voxels(start, direction, max_range))
    return voxels.probability((taken + 0.5) * voxels.resolution)


def rays(seed, count):
    """Draw starts in voxels, directions and ranges, also along diagonals and from centres."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        start, direction = rng.uniform(-60, 60, 3), rng.normal(size=3)
        kind = rng.integers(5)
        if kind == 0:
            direction = rng.integers(-1, 2, 3).astype(float)
            direction[rng.integers(3)] = rng.choice([-1.0, 1.0])
        elif kind == 1:
            direction[rng.integers(3)] *= 1e-4
        if rng.integers(2):
            start = np.floor(start) + 0.5
        yield start, direction / np.linalg.norm(direction), rng.choice([0.3, 5.0, 60.0, 200.0])


@pytest.mark.parametrize('seed', range(4))
def test_runs_are_those_of_a_walk(seed):
    voxels, _, _ = blocky_map(seed)
    for start, direction, max_range in rays(seed, 120):
        p, lengths = voxels.ray(start * 0.5, direction, max_range * 0.5)
        np.testing.assert_allclose(
            np.repeat(p, lengths), walk(voxels, start, direction, max_range), rtol=1e-6)
        neighbours = np.nan_to_num(p[1:], nan=-1) != np.nan_to_num(p[:-1], nan=-1)
        assert neighbours.all()


def test_uniform_space_is_one_run():
    voxels = VoxelMap(VoxelMapConfig(resolution=0.1))
    voxels.set_dense([0, 0, 0], np.full((64, 64, 640), 0.2))
    p, lengths = voxels.ray([0.05, 3.2, 3.2], [1.0, 0.0, 0.0], 100.0)
    assert lengths.tolist() == [640, 361]
    assert p[0] == pytest.approx(0.2)
    assert np.isnan(p[1])


def test_distances_are_those_of_the_faces_of_walls():
    voxels = VoxelMap(VoxelMapConfig(resolution=0.1))
    voxels.set_dense([30, -50, -50], np.full((100, 100, 2), 0.9))
    rng = np.random.default_rng(0)
    directions = np.column_stack([np.ones(200), rng.uniform(-1, 1, (200, 2))])
    found = voxels.cast([0.0, 0.0, 0.0], 7 * directions, 20.0)
    np.testing.assert_allclose(found, 3 * np.linalg.norm(directions, axis=1), rtol=1e-9)
    assert np.isinf(voxels.cast([0, 0, 0], [[-1.0, 0, 0], [1.0, 3.0, 0]], 20.0)).all()
    assert np.isinf(voxels.cast([0, 0, 0], [[1.0, 0, 0]], 3.0)).all()
    assert voxels.cast([3.05, 0.0, 0.0], [[1.0, 0.0, 0.0]], 3.0) == [0.0]


@pytest.mark.parametrize(('origin', 'directions', 'max_range', 'named'), [
    ([0, 0, 0], [1, 0, 0], 1.0, 'directions'), ([0, 0, 0], [[0, 0, 0]], 1.0, 'zero'),
    ([0, 0, np.nan], [[1, 0, 0]], 1.0, 'finite'), ([0, 0, 0], [[1, 0, 0]], 0.0, 'max_range'),
    ([0, 0, 0], [[1, 0, 0]], np.inf, 'max_range.*inf')])
def test_bad_input_is_named(origin, directions, max_range, named):
    with pytest.raises(ValueError, match=named):
        VoxelMap().cast(origin, directions, max_range)


def test_rays_through_a_real_map(data_dir):
    voxels = VoxelMap.load(data_dir / 'd3' / 'freiburg1_360.bt')
    rng = np.random.default_rng(1)
    free = voxels.free_voxels()[::200_000]
    for origin in free:
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        p, lengths = voxels.ray(origin, direction, 6.0)
        np.testing.assert_allclose(
            np.repeat(p, lengths), walk(voxels, origin / 0.02, direction, 300.0), rtol=1e-6)
