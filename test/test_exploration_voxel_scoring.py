"""Places are spread over what can be reached and score what a 3D sensor would see there."""

from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.exploration.scoring import ScoringConfig
from fsmi_explorer.exploration.voxel_scoring import spread_places, VoxelScorer, VoxelScoringConfig
from fsmi_explorer.mapping import OccupancyGrid, VoxelMap, VoxelMapConfig
import numpy as np
import pytest


def half_known_hall(height=2.0):
    """
    Return the maps of a hall of 8 m x 4 m of which the right half was never seen.

    It has walls, floor and ceiling, but none on the right.
    """
    box = np.full((round(height / 0.1) + 2, 42, 41), 0.1, np.float32)
    box[[0, -1]] = box[:, [0, -1]] = box[:, :, 0] = 0.9
    voxels = VoxelMap(VoxelMapConfig(resolution=0.1))
    voxels.set_dense(np.array([-1, -1, -1]), box)
    grid = np.full((84, 160), np.nan)
    grid[:, :80] = 0.0
    grid[[0, 1, -1, -2], :80] = grid[:, :2] = 1.0
    return OccupancyGrid(grid, 0.05, (-0.1, -0.1, 0.0)), voxels


def scorer(**voxel_config):
    config = ScoringConfig.from_mapping({'model': {'max_range': 3.0}})
    return VoxelScorer(config, VoxelScoringConfig.from_mapping(
        {'lidar': {'rings': 4, 'azimuths': 24}, **voxel_config}))


def test_what_is_near_the_unseen_half_promises_most():
    grid, voxels = half_known_hall()
    scores = scorer().score(grid, voxels, (1.0, 2.0, 0.0))
    candidates = scores.candidates
    assert (np.diff(candidates.bits) <= 0).all() and not candidates.heights.any()
    assert candidates.poses[0, 0] > 3.3 and candidates.poses[:, 0].max() < 3.9
    assert candidates.poses[:, 0].min() > 0.7  # further away nothing unseen is in range
    row, col = grid.world_to_cell(candidates.poses[0, :2])
    assert scores.bits[row, col] == pytest.approx(candidates.bits[0])
    assert not scores.bits[~scores.field.reachable].any()


def test_nothing_is_left_in_a_hall_that_is_all_known():
    grid, voxels = half_known_hall()
    voxels.set_dense(np.array([40, -1, -1]), np.full((22, 42, 1), 0.9, np.float32))
    assert len(scorer().score(grid, voxels, (1.0, 2.0, 0.0)).candidates) == 0


def test_a_camera_is_turned_to_what_is_unseen():
    grid, voxels = half_known_hall()
    candidates = scorer(sensor='camera').score(grid, voxels, (1.0, 2.0, 0.0)).candidates
    best = candidates.poses[:5]
    assert (np.abs(best[:, 2]) < 0.8).all()


def test_flying_robots_look_from_where_a_voxel_map_has_room():
    grid, voxels = half_known_hall()
    # A thick board at 0.8 m above all of the floor: only 1.4 m has room for a ball of 0.2 m.
    voxels.set_dense(np.array([0, 0, 8]), np.full((2, 40, 40), 0.9, np.float32))
    heights = {'lowest': 0.8, 'highest': 1.4, 'height_step': 0.3}
    scores = scorer(vehicle='flying', sensor_height=0.0, **heights).score(
        grid, voxels, (1.0, 2.0, 0.0))
    assert len(scores.candidates) and set(np.round(scores.candidates.heights, 6)) == {1.4}


def test_of_the_heights_the_one_that_sees_most_counts():
    grid, voxels = half_known_hall(height=3.0)
    # Up to 1.5 m the unseen half is walled off.
    voxels.set_dense(np.array([40, -1, -1]), np.full((16, 42, 1), 0.9, np.float32))
    low, high, both = (scorer(
        vehicle='flying', sensor_height=0.0, lowest=a, highest=b, height_step=1.5,
        lidar={'rings': 1, 'azimuths': 24, 'fov_down': 0.0, 'fov_up': 0.0}).score(
            grid, voxels, (1.0, 2.0, 0.0)).candidates for a, b in ((1, 1), (2.5, 2.5), (1, 2.5)))
    assert len(low) == 0 and len(high) > 10
    np.testing.assert_array_equal(both.bits, high.bits)
    assert set(both.heights) == {2.5}


def test_places_stay_where_they_are_as_the_map_grows():
    reachable = np.zeros((60, 60), bool)
    reachable[5:50, 7:55] = True
    small = OccupancyGrid(np.zeros((60, 60)), 0.05, (0.0, 0.0, 0.0))
    large = OccupancyGrid(np.zeros((90, 80)), 0.05, (-0.5, -1.0, 0.0))
    grown = np.zeros((90, 80), bool)
    grown[20:80, 10:70] = reachable
    first, second = (spread_places(grid, mask, 0.4) for grid, mask in (
        (small, reachable), (large, grown)))
    np.testing.assert_allclose(
        small.cell_to_world(first.cells), large.cell_to_world(second.cells), atol=1e-9)
    away = np.abs(first.cells[first.nearest] - first.reachable).max()
    assert away <= 8 and len(first.reachable) == 45 * 48 and len(first.cells) == 7 * 7


def test_what_a_change_cannot_reach_is_not_scored_again():
    grid, voxels = half_known_hall()
    seen, looked = [], VoxelScorer._look

    def look(self, questions, points, height):
        seen.append(points)
        return looked(self, questions, points, height)

    with pytest.MonkeyPatch.context() as context:
        context.setattr(VoxelScorer, '_look', look)
        again = scorer()
        again.score(grid, voxels, (1.0, 2.0, 0.0))
        again.score(grid, voxels, (1.0, 2.0, 0.0))
        assert len(seen[1]) == 0
        # A pillar by the left wall appears, and a corner of the unseen half is seen.
        voxels.set_dense(np.array([2, 10, 0]), np.full((20, 2, 2), 0.9, np.float32))
        voxels.set_dense(np.array([40, 30, 3]), np.full((2, 2, 2), 0.1, np.float32))
        changed = again.score(grid, voxels, (1.0, 2.0, 0.0))
    anew = scorer().score(grid, voxels, (1.0, 2.0, 0.0))
    np.testing.assert_array_equal(changed.bits, anew.bits)
    np.testing.assert_array_equal(changed.candidates.poses, anew.candidates.poses)
    assert 0 < len(seen[2]) <= len(seen[0])


def test_heights_in_the_wrong_order_are_refused():
    with pytest.raises(ConfigurationError, match='lowest'):
        VoxelScoringConfig(lowest=2.0, highest=1.0)
