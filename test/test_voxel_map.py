"""Maps of voxels against a dictionary, and what holds for all of them."""

from fsmi_explorer.mapping import (
    MappingConfig,
    MapSizeError,
    OccupancyMap,
    SensorPoses,
    VoxelMap,
    VoxelMapConfig,
)
import numpy as np
import pytest
from voxel_oracle import insert

UPRIGHT = [[0.0, 0.0, 0.0, 1.0]]


def dictionary_of(voxels):
    """Return the log-odds of all voxels of a map."""
    if voxels.cell_bounds is None:
        return {}
    low, high = voxels.cell_bounds
    p = voxels.dense(low, high).astype(float)
    with np.errstate(divide='ignore'):
        odds = np.log(p / (1 - p))
    return {tuple(at[::-1] + low): odds[tuple(at)] for at in np.argwhere(~np.isnan(odds))}


@pytest.mark.parametrize('seed', range(12))
def test_random_clouds_equal_a_dictionary(seed):
    rng = np.random.default_rng(seed)
    config = VoxelMapConfig(
        resolution=rng.choice([0.05, 0.3, 0.25, 1.0]), max_range=rng.choice([0.0, 3.0]),
        min_range=rng.choice([0.0, 1.0]))
    voxels, expected = VoxelMap(config), {}
    for _ in range(6):
        origin = rng.normal(0, 2, 3)
        ends = origin + rng.normal(0, rng.choice([0.5, 3.0]), (rng.integers(1, 30), 3))
        if config.resolution in (0.25, 1.0) and not config.max_range:
            # Ends and origins on faces, edges and corners, without any rounding.
            origin, ends = (np.round(each / config.resolution) * config.resolution
                            for each in (origin, ends))
        hits = rng.integers(0, 2, len(ends)).astype(bool)
        assert voxels.insert_rays(origin, ends, hits) == insert(
            expected, origin, ends, hits, config)
    found = dictionary_of(voxels)
    assert found.keys() == expected.keys()
    for voxel, odds in expected.items():
        assert found[voxel] == pytest.approx(odds, abs=1e-5)
    assert voxels.known_voxels == len(expected)
    assert len(voxels.occupied_voxels()) == sum(odds >= 0 for odds in expected.values())
    assert len(voxels.free_voxels()) == sum(odds < 0 for odds in expected.values())


@pytest.mark.parametrize('seed', range(4))
def test_a_flat_cloud_equals_the_map_in_the_plane(seed):
    rng = np.random.default_rng(seed)
    config = VoxelMapConfig(resolution=0.1, max_range=4.0)
    plane = OccupancyMap(MappingConfig(resolution=0.1, max_range=4.0, sensor=config.sensor))
    voxels = VoxelMap(config)
    for _ in range(5):
        origin, ends = rng.normal(0, 3, 3), rng.normal(0, 3, (200, 3))
        origin[2] = ends[:, 2] = 0.05
        plane.insert_endpoints(origin[:2], ends[:, :2], np.ones(200, bool))
        voxels.insert_rays(origin, ends)
    grid, flat = plane.grid(), voxels.project(0.0, 0.1)
    rows, cols = np.argwhere(grid.known).T
    places = flat.world_to_cell(grid.cell_to_world(np.stack([rows, cols], axis=1)))
    assert flat.known.sum() == len(rows)
    np.testing.assert_allclose(flat.probabilities[tuple(places.T)], grid.probabilities[rows, cols])


def test_a_cloud_is_turned_and_moved_with_its_sensor():
    points = np.random.default_rng(0).normal(0, 3, (500, 3)).astype(np.float32)
    # A quarter turn about z: x becomes y, y becomes -x.
    pose = SensorPoses([[1.0, 2.0, 3.0]], [[0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)]])
    turned, moved = VoxelMap(), VoxelMap()
    turned.insert_cloud(points, pose)
    ends = np.stack([-points[:, 1], points[:, 0], points[:, 2]], axis=1) + [1.0, 2.0, 3.0]
    moved.insert_rays([1.0, 2.0, 3.0], ends)
    assert np.isclose(turned.known_voxels, moved.known_voxels, rtol=1e-3)
    assert np.nanmin(turned.probability(ends)) > 0.5


def test_points_that_say_nothing_are_left_out():
    voxels = VoxelMap(VoxelMapConfig(min_range=0.5))
    bad = [[np.nan, 1, 1], [np.inf, 0, 0], [0, -np.inf, 0], [0.1, 0.2, 0.3]]
    pose = SensorPoses([[0, 0, 0]], UPRIGHT)
    for points in (np.empty((0, 3)), np.array(bad), np.float32(bad)):
        assert voxels.insert_cloud(points, pose) == 0
    assert voxels.cell_bounds is None
    assert voxels.memory_bytes == 0


def test_it_grows_in_every_direction_and_forgets_nothing():
    rng, voxels = np.random.default_rng(1), VoxelMap(VoxelMapConfig(resolution=0.1))
    centres = rng.uniform(-60, 60, (40, 3))
    for centre in centres:
        voxels.insert_rays(centre, [centre + [0.5, 0.0, 0.0]])
    assert (voxels.probability(centres) < 0.5).all()
    assert (voxels.probability(centres + [0.5, 0.0, 0.0]) > 0.5).all()
    assert np.isnan(voxels.probability([1000.0, 0.0, 0.0]))
    low, high = voxels.bounds
    assert (low <= centres.min(axis=0)).all() and (high >= centres.max(axis=0)).all()


def test_uniform_space_costs_little():
    voxels = VoxelMap()
    low, ray = voxels.config.sensor.p_min, [np.zeros(3), [[3.0, 2.0, 1.0]]]
    voxels.set_dense([0, 0, 0], np.full((128, 128, 128), low))
    uniform = voxels.memory_bytes
    assert uniform < 128 ** 3 / 50
    assert voxels.insert_rays(*ray, False) == 0
    assert voxels.insert_rays(*ray) == 1
    assert voxels.memory_bytes > uniform
    while voxels.insert_rays(*ray, False):
        pass
    assert voxels.memory_bytes == uniform
    assert np.allclose(voxels.probability([[3.0, 2.0, 1.0]]), low)


def test_a_box_can_be_set_and_read():
    rng, voxels = np.random.default_rng(3), VoxelMap()
    p = rng.choice(np.float32([np.nan, 0.2, 0.5, 0.9]), (21, 13, 37))
    low = np.array([-20, 5, -3])
    voxels.set_dense(low, p)
    np.testing.assert_allclose(voxels.dense(low, low + p.shape[::-1]), p, rtol=1e-6)
    assert voxels.known_voxels == np.isfinite(p).sum()
    voxels.reset()
    assert voxels.known_voxels == 0


def test_a_projection_takes_the_most_occupied_voxel_of_the_band():
    rng, voxels = np.random.default_rng(4), VoxelMap(VoxelMapConfig(resolution=0.1))
    p = rng.choice(np.float32([np.nan, np.nan, 0.2, 0.9]), (30, 20, 25))
    voxels.set_dense([-10, 3, -5], p)
    grid = voxels.project(0.0, 0.7)
    rows, cols = np.indices((20, 25))
    points = np.stack([(cols - 9.5) * 0.1, (rows + 3.5) * 0.1], axis=-1)
    found = grid.probabilities[tuple(np.moveaxis(grid.world_to_cell(points), -1, 0))]
    band = p[5:12]
    expected = np.where(np.isnan(band).all(0), np.nan, np.nanmax(
        np.where(np.isnan(band), -1, band), axis=0))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert np.isnan(voxels.project(50.0, 60.0).probabilities).all()
    assert np.nanmax(voxels.project(-np.inf, np.inf).probabilities) == pytest.approx(0.9)


def test_a_cloud_too_large_is_refused_and_the_map_stays():
    voxels = VoxelMap(VoxelMapConfig(max_memory=1.0))
    voxels.insert_rays(np.zeros(3), [[1.0, 0.0, 0.0]])
    known = voxels.known_voxels
    with pytest.raises(MapSizeError, match='max_memory'):
        voxels.insert_rays(np.zeros(3), np.random.default_rng(5).normal(0, 20, (5000, 3)))
    with pytest.raises(MapSizeError, match='within'):
        voxels.insert_rays(np.zeros(3), [[1e9, 0.0, 0.0]])
    assert voxels.known_voxels == known
    assert voxels.insert_rays(np.zeros(3), [[0.0, 1.0, 0.0]]) > 0


@pytest.mark.parametrize(('ends', 'hits', 'named'), [
    (np.zeros((3, 2)), True, 'points.*3, 2'), (np.zeros(3), True, 'points'),
    (np.zeros((2, 3), complex), True, 'points'), (np.zeros((2, 3)), [True] * 3, 'hits')])
def test_bad_input_is_named(ends, hits, named):
    with pytest.raises(ValueError, match=named):
        VoxelMap().insert_rays(np.zeros(3), ends, hits)


def test_a_real_scan_is_where_its_points_are(data_dir):
    scan = np.load(data_dir / 'd3' / 'octomap_scan.npz')
    voxels = VoxelMap(VoxelMapConfig(resolution=0.1))
    voxels.insert_cloud(scan['points'], SensorPoses([[0, 0, 0]], UPRIGHT))
    assert (voxels.probability(scan['points']) > 0.65).all()
    high = scan['points'][scan['points'][:, 2] > 1.0]
    assert (voxels.probability(0.8 * high) < 0.5).mean() > 0.9
