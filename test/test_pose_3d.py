"""Sensors in space: against dense beams, against the plane, and what must hold."""

import math

from fsmi_explorer.information import (
    beam_mutual_information,
    BeamModel,
    best_yaws,
    DepthCamera,
    pose_mutual_information,
    pose_mutual_information_3d,
    SpinningLidar,
)
from fsmi_explorer.information.beam_model import FSMI_FAMILY
from fsmi_explorer.mapping import OccupancyGrid, VoxelMap, VoxelMapConfig
import numpy as np
import pytest

SENSORS = [SpinningLidar(4, 9), SpinningLidar.planar(12, fov=2.0), DepthCamera.with_fov(6, 5, 1.2)]


def random_map(seed, resolution=0.1):
    """Return a map with free space, walls, clutter and unknown space."""
    rng = np.random.default_rng(seed)
    p = np.full((40, 60, 50), 0.15, np.float32)
    p[:, :, 25:] = np.nan
    p[10:20, 20:22] = 0.9
    clutter = rng.random(p.shape) < 0.02
    p[clutter] = rng.choice(np.float32([0.3, 0.6, 0.95]), clutter.sum())
    voxels = VoxelMap(VoxelMapConfig(resolution=resolution))
    voxels.set_dense([-10, -20, -15], p)
    return voxels


def random_poses(seed, count, box):
    """Draw poses x y z and a quaternion within a box."""
    rng = np.random.default_rng(seed)
    return np.hstack([rng.uniform(*box, (count, 3)), rng.normal(size=(count, 4))])


def turned(quaternion, vectors):
    """Turn vectors by a quaternion x y z w of any length: v + 2 w (u x v) + 2 u x (u x v)."""
    u, w = np.split(quaternion / np.linalg.norm(quaternion), [3])
    across = np.cross(u, vectors)
    return vectors + 2 * w * across + 2 * np.cross(u, across)


@pytest.mark.parametrize('method', FSMI_FAMILY)
@pytest.mark.parametrize('count_no_hit', [True, False])
def test_a_pose_is_the_sum_of_its_dense_rays(method, count_no_hit):
    voxels = random_map(0)
    model = BeamModel(
        max_range=4.0, sigma=0.1, count_no_hit=count_no_hit, unknown_occupancy=0.3)
    for sensor in SENSORS:
        poses = random_poses(1, 4, ([-0.9, -1.9, -1.4], [3.9, 3.9, 2.4]))
        found = pose_mutual_information_3d(voxels, poses, sensor, model, method)
        for pose, bits in zip(poses, found):
            expected = 0.0
            for direction in turned(pose[3:], sensor.directions):
                p, lengths = voxels.ray(pose[:3], direction, model.max_range)
                p = np.where(np.isnan(p), model.unknown_occupancy, p)
                expected += beam_mutual_information(np.repeat(p, lengths), 0.1, model, method)
            assert bits == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize('method', FSMI_FAMILY)
def test_an_extruded_map_and_one_ring_are_the_plane(method):
    rng = np.random.default_rng(2)
    p = rng.choice(np.float32([np.nan, 0.12, 0.15, 0.6, 0.9]), (48, 64), p=[.2, .5, .2, .05, .05])
    grid = OccupancyGrid(p, 0.1, (-1.6, 0.8, 0.0))
    voxels = VoxelMap(VoxelMapConfig(resolution=0.1))
    voxels.set_dense([-16, 8, -2], np.repeat(p[None], 5, axis=0))
    within = np.array([[-1.6, 0.8, -10.0], [4.8, 5.6, 10.0]])
    poses = rng.uniform([-1.6, 0.8, -3.0], [4.8, 5.6, 3.0], (20, 3))
    for max_range in (math.inf, 2.5):
        model = BeamModel(max_range=max_range, num_beams=24, fov=4.0, sigma=0.1)
        plane = pose_mutual_information(grid, poses, model, method)
        upright = np.column_stack([poses[:, :2], rng.uniform(-0.2, 0.3, 20), poses[:, 2]])
        space = pose_mutual_information_3d(
            voxels, upright, SpinningLidar.planar(24, 4.0), model, method, within=within)
        np.testing.assert_allclose(space, plane, rtol=1e-6)


def test_poses_of_all_kinds_are_the_same():
    voxels, model, sensor = random_map(3), BeamModel(max_range=3.0), SENSORS[0]
    yaw = 0.7
    quaternion = [0.0, 0.0, 2 * math.sin(yaw / 2), 2 * math.cos(yaw / 2)]
    matrix = np.eye(4)
    matrix[:2, :2] = [[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]]
    matrix[:3, 3] = place = [0.51, 0.32, 0.13]
    kinds = [[[*place, yaw]], [[*place, *quaternion]], [matrix]]
    bits = [pose_mutual_information_3d(voxels, kind, sensor, model)[0] for kind in kinds]
    np.testing.assert_allclose(bits, bits[0], rtol=1e-9)


def test_threads_change_nothing():
    voxels, model = random_map(4), BeamModel(max_range=3.0)
    poses = random_poses(5, 30, ([-1, -2, -1], [4, 4, 2]))
    sensor = SpinningLidar(8, 64)
    alone = pose_mutual_information_3d(voxels, poses, sensor, model, 'approx_fsmi')
    shared = pose_mutual_information_3d(voxels, poses, sensor, model, 'approx_fsmi', threads=3)
    np.testing.assert_array_equal(alone, shared)
    assert pose_mutual_information_3d(voxels, poses[:0], sensor, model).shape == (0,)


def test_unknown_space_has_no_end_but_that_of_the_range():
    voxels = VoxelMap(VoxelMapConfig(resolution=0.1))
    model = BeamModel(max_range=2.0, unknown_occupancy=0.02)
    ray = beam_mutual_information(np.full(21, 0.02), 0.1, model, 'noise_free')
    sensor = SpinningLidar.planar(4)
    found = pose_mutual_information_3d(
        voxels, [[500.05, 0.05, 0.05, math.pi / 4]], sensor, model)
    assert found[0] == pytest.approx(4 * ray, rel=1e-9)


def test_the_best_yaw_of_a_lidar_is_that_of_a_search():
    voxels, model = random_map(6), BeamModel(max_range=3.0)
    sensor = SpinningLidar(3, 30, fov=math.pi / 3)
    positions = random_poses(7, 4, ([-1, -2, -1], [4, 4, 2]))[:, :3]
    bits, yaws = best_yaws(voxels, positions, sensor, model)
    columns = 2 * math.pi / 180 * np.arange(180)
    for position, most, yaw in zip(positions, bits, yaws):
        poses = np.column_stack([np.tile(position, (180, 1)), columns])
        scores = pose_mutual_information_3d(voxels, poses, sensor, model)
        assert most == pytest.approx(scores.max(), rel=1e-6)
        at = pose_mutual_information_3d(voxels, [[*position, yaw]], sensor, model)
        assert at[0] == pytest.approx(most, rel=1e-6)


def test_the_best_yaw_of_a_camera_comes_near_that_of_a_search():
    voxels, model = random_map(8), BeamModel(max_range=3.0)
    sensor = DepthCamera.with_fov(24, 18, 1.1)
    positions = random_poses(9, 4, ([-1, -2, -1], [4, 4, 2]))[:, :3]
    bits, yaws = best_yaws(voxels, positions, sensor, model)
    for position, most, yaw in zip(positions, bits, yaws):
        poses = np.column_stack([np.tile(position, (90, 1)), np.linspace(-3.14, 3.14, 90)])
        scores = pose_mutual_information_3d(voxels, [*poses, [*position, yaw]], sensor, model)
        assert most == pytest.approx(scores[-1], rel=0.05)
        assert scores[-1] > 0.95 * scores.max()


def test_directions_point_where_they_should():
    lidar = SpinningLidar(3, 4, fov_down=-0.5, fov_up=0.7)
    assert lidar.directions.shape == (12, 3)
    np.testing.assert_allclose(lidar.directions[::4, 2], np.sin([-0.5, 0.1, 0.7]))
    np.testing.assert_allclose(np.linalg.norm(lidar.directions, axis=1), 1)
    azimuths = np.arctan2(lidar.directions[:4, 1], lidar.directions[:4, 0])
    np.testing.assert_allclose(azimuths, math.pi * np.array([-0.75, -0.25, 0.25, 0.75]))
    assert (SpinningLidar.planar(5).directions[:, 2] == 0).all()
    camera = DepthCamera.with_fov(4, 2, math.pi / 2)
    x, y, z = camera.directions.T
    np.testing.assert_allclose(np.arctan2(y, x)[:4], np.arctan([0.75, 0.25, -0.25, -0.75]))
    np.testing.assert_allclose((z / x).reshape(2, 4), [[0.25] * 4, [-0.25] * 4])
    for sensor in SENSORS:
        assert sensor.yaw_grid().weights.sum() == len(sensor.directions)


@pytest.mark.parametrize(('changes', 'named'), [
    ({'poses': np.zeros((2, 3))}, 'poses.*2, 3'), ({'poses': [[0, 0, np.nan, 0]]}, 'poses.*nan'),
    ({'poses': np.zeros((1, 7))}, 'quaternions'), ({'method': 'csqmi'}, 'method.*csqmi'),
    ({'threads': 0}, 'threads.*0'), ({'model': BeamModel()}, 'max_range.*inf'),
    ({'model': BeamModel(max_range=3.0, sigma=0.0), 'method': 'fsmi'}, 'sigma'),
    ({'within': [0, 1]}, 'within'), ({'within': [[1, 1, 1], [0, 2, 2]]}, 'within'),
    ({'within': [[1, 1, 1], [2, 2, 2]]}, 'poses must lie within.*row 0')])
def test_bad_input_is_named(changes, named):
    arguments = {'poses': np.zeros((1, 4)), 'sensor': SENSORS[0],
                 'model': BeamModel(max_range=3.0), 'method': 'noise_free', **changes}
    with pytest.raises(ValueError, match=named):
        pose_mutual_information_3d(VoxelMap(), **arguments)


def test_a_real_map_is_worth_most_where_little_was_seen(data_dir):
    voxels = VoxelMap.load(data_dir / 'd3' / 'la3dm_sim_structured.bt')
    model = BeamModel(max_range=5.0, unknown_occupancy=0.05)
    poses = np.array([[4.0, 4.0, 1.0, 0.0], [4.0, 4.0, 3.8, 0.0]])
    low, high = pose_mutual_information_3d(voxels, poses, SpinningLidar(16, 64), model)
    assert np.isfinite([low, high]).all()
    assert high > low > 0
