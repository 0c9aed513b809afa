"""Sensors at any pose: the cells of beams, sums over beams, turned worlds, bad input."""

from dataclasses import replace
import math
from types import SimpleNamespace

from fsmi_explorer.information import (
    beam_mutual_information,
    BeamModel,
    METHODS,
    pose_mutual_information,
)
from fsmi_explorer.information.pose import beam_cells
import information_oracles as oracle
import numpy as np
import pytest

RESOLUTION = 0.1


def grid_of(probabilities, origin=(0.0, 0.0, 0.0), resolution=RESOLUTION):
    return SimpleNamespace(
        probabilities=np.asarray(probabilities, np.float32), resolution=resolution, origin=origin)


def rooms(rng, rows=41, cols=60):
    """Return probabilities of walls with doors, half of them never observed."""
    p = np.full((rows, cols), 0.02)
    p[:, ::15], p[::12] = 0.97, 1.0
    p[rng.random(p.shape) < 0.1] = 0.3
    p[rows // 2:, cols // 2:] = np.nan
    return p


def random_poses(rng, rows, cols, count):
    return np.column_stack([
        rng.uniform(0, cols * RESOLUTION, count), rng.uniform(0, rows * RESOLUTION, count),
        rng.uniform(-7, 7, count)])


def gathered(shape, start, angle, max_range=math.inf):
    """Return the cells (row, col) of a beam as the package finds them, lengths in cells."""
    cells = beam_cells(grid_of(np.zeros(shape), resolution=1.0), (*start, angle), max_range)
    return [tuple(cell) for cell in cells.tolist()]


def test_beams_cross_the_cells_between_sorted_crossings():
    rng = np.random.default_rng(1)
    for _ in range(1000):
        shape = tuple(rng.integers(1, 40, 2))
        start = rng.random(2) * (shape[1], shape[0])
        angle, max_range = rng.uniform(-7, 7), rng.choice([0.01, 3.3, 15.0, math.inf])
        expected = oracle.cells_of_beam(shape, *start, angle, max_range)
        assert gathered(shape, start, angle, max_range) == expected


@pytest.mark.parametrize(('angle', 'expected'), [
    (0, [(2, 1), (2, 2), (2, 3)]), (math.pi, [(2, 1), (2, 0)]),
    (math.pi / 2, [(2, 1), (3, 1)]), (-math.pi / 2, [(2, 1), (1, 1), (0, 1)]),
    (3 * math.pi / 2, [(2, 1), (1, 1), (0, 1)])])
def test_beams_along_an_axis_stay_in_their_row_or_column(angle, expected):
    assert gathered((4, 4), (1.5, 2.5), angle) == expected
    assert gathered((4, 4), (1.0, 2.0), angle) == expected


def test_beams_through_corners_go_by_the_cell_on_their_right():
    assert gathered((3, 3), (0.5, 0.5), math.pi / 4) == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]
    for quarter in range(4):
        cells = np.array(gathered((3, 3), (1.5, 1.5), math.pi / 4 + quarter * math.pi / 2))
        right = -math.pi / 4 + quarter * math.pi / 2 + math.pi / 4
        step = cells[1] - cells[0]
        assert step.tolist() == [round(math.sin(right)), round(math.cos(right))]


def test_range_ends_a_beam_at_the_cell_not_entered_before():
    along = [gathered((1, 9), (0.5, 0.5), 0.0, r)[-1][1] for r in (0.1, 0.5, 0.6, 1.5, 1.51)]
    assert along == [0, 0, 1, 1, 2]


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('max_range', [1.3, math.inf])
def test_a_pose_is_the_sum_of_its_beams(method, max_range):
    rng = np.random.default_rng(2)
    p = rooms(rng)
    model = BeamModel(num_beams=7, fov=4.0, sigma=0.07, max_range=max_range,
                      unknown_occupancy=0.1, count_no_hit=method != 'fsmi')
    occupancy = np.where(np.isnan(p), 0.1, p).astype(np.float32).astype(float)
    occupancy[np.isnan(p)] = 0.1
    poses = random_poses(rng, *p.shape, 12)
    found = pose_mutual_information(grid_of(p), poses, model, method)
    for pose, bits in zip(poses, found):
        beams = [oracle.cells_of_beam(
            p.shape, *pose[:2] / RESOLUTION, pose[2] - 2 + (i + 0.5) * 4 / 7,
            max_range / RESOLUTION) for i in range(7)]
        expected = sum(beam_mutual_information(
            occupancy[tuple(np.array(beam).T)], RESOLUTION, model, method) for beam in beams)
        assert bits == pytest.approx(expected, rel=1e-9)


def test_a_hand_counted_scan():
    # One unknown cell to the east behind two free ones; the free cells are certain.
    p = np.zeros((1, 3))
    p[0, 2] = 0.5
    expected = 0.020135513550688877 / math.log(2)
    model = BeamModel(num_beams=4)
    # Beams to the four diagonals leave the single row at once.
    assert pose_mutual_information(
        grid_of(p), [[0.05, 0.05, 0.0]], model, 'noise_free')[0] == 0
    east = pose_mutual_information(
        grid_of(p), [[0.05, 0.05, 0.0]], replace(model, num_beams=1, fov=0.1), 'noise_free')
    assert east[0] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize('method', METHODS)
def test_turning_the_world_changes_nothing(method):
    rng = np.random.default_rng(3)
    p, model = rooms(rng), BeamModel(num_beams=12, sigma=0.06, max_range=2.5)
    rows, cols = p.shape
    poses = random_poses(rng, rows, cols, 10)
    # Beams of 45 degrees from cell centres pass exactly through corners.
    poses[5:, :2] = (np.floor(poses[5:, :2] / RESOLUTION) + 0.5) * RESOLUTION
    poses[5:, 2] = 0
    expected = pose_mutual_information(grid_of(p), poses, model, method)
    for origin in ((0.0, 0.0, 0.0), (13.7, -4.2, 0.7), (-300.0, 40.0, -2.5)):
        turned = moved(poses, origin)
        found = pose_mutual_information(grid_of(p, origin), turned, model, method)
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    quarter = poses[:, [1, 0, 2]] * (-1, 1, 1) + (rows * RESOLUTION, 0, math.pi / 2)
    found = pose_mutual_information(grid_of(np.rot90(p, -1)), quarter, model, method)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def moved(poses, origin):
    """Return poses of a map's own frame in the world where the map lies at origin."""
    cos, sin = math.cos(origin[2]), math.sin(origin[2])
    turn = np.array([[cos, sin], [-sin, cos]])
    return np.column_stack([poses[:, :2] @ turn + origin[:2], poses[:, 2] + origin[2]])


def test_a_longer_range_never_tells_less():
    rng = np.random.default_rng(4)
    p = rooms(rng)
    poses = random_poses(rng, *p.shape, 30)
    scores = [pose_mutual_information(
        grid_of(p), poses, BeamModel(num_beams=16, max_range=r), 'noise_free')
        for r in (0.05, 0.4, 1.0, 2.0, 5.0, math.inf)]
    assert (np.diff(scores, axis=0) >= -1e-12).all()
    assert scores[-1].sum() > 2 * scores[0].sum()


@pytest.mark.parametrize('method', METHODS)
def test_nothing_is_learnt_where_all_is_known(method):
    rng = np.random.default_rng(5)
    p = (rng.random((30, 30)) < 0.1).astype(float)
    poses = random_poses(rng, 30, 30, 5)
    found = pose_mutual_information(grid_of(p), poses, BeamModel(num_beams=9), method)
    assert (found == 0).all()


def test_cells_never_observed_are_seen_through_as_the_prior_says():
    p = np.full((1, 60), np.nan)
    pose = [[0.05, 0.05, 0.0]]
    model = BeamModel(num_beams=1, fov=0.01)
    seen = [pose_mutual_information(
        grid_of(p), pose, replace(model, unknown_occupancy=u), 'noise_free')[0]
        for u in (0.01, 0.1, 0.5)]
    expected = [beam_mutual_information(np.full(60, u), 1.0, model, 'noise_free')
                for u in (0.01, 0.1, 0.5)]
    assert seen == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize('shape', [(1, 1), (1, 30), (30, 1)])
@pytest.mark.parametrize('method', METHODS)
def test_maps_of_one_row_column_or_cell(shape, method):
    poses = [[shape[1] * RESOLUTION / 2, shape[0] * RESOLUTION / 2, 0.3]]
    bits = pose_mutual_information(
        grid_of(np.full(shape, np.nan)), poses, BeamModel(num_beams=5), method)
    assert bits.shape == (1,) and bits[0] > 0


def test_threads_and_batches_give_the_same_digits():
    rng = np.random.default_rng(6)
    p, model = rooms(rng), BeamModel(num_beams=50)
    poses = random_poses(rng, *p.shape, 41)
    one = pose_mutual_information(grid_of(p), poses, model, 'fsmi')
    three = pose_mutual_information(grid_of(p), poses, model, 'fsmi', threads=3)
    single = [pose_mutual_information(grid_of(p), [pose], model, 'fsmi')[0] for pose in poses]
    assert one.tolist() == three.tolist() == single


def test_more_beams_than_fit_a_batch():
    p = rooms(np.random.default_rng(7))
    model = BeamModel(num_beams=1001)
    pose = [[1.23, 2.34, 0.0]]
    whole = pose_mutual_information(grid_of(p), pose, model, 'noise_free')[0]
    step = 2 * math.pi / 1001
    parts = [[1.23, 2.34, -math.pi + (i + 0.5) * step] for i in range(1001)]
    single = pose_mutual_information(
        grid_of(p), parts, replace(model, num_beams=1, fov=1e-3), 'noise_free')
    assert whole == pytest.approx(single.sum(), rel=1e-12)


def test_no_poses_no_bits():
    assert pose_mutual_information(
        grid_of([[0.5]]), np.empty((0, 3)), BeamModel(), 'fsmi').shape == (0,)


@pytest.mark.parametrize(('poses', 'named'), [
    ([[0.05, 0.05]], 'poses.*shape'), ([0.05, 0.05, 0.0], 'poses.*shape'),
    ([[0.05, math.nan, 0]], 'poses must be finite'), ([[0.05, 0.05, math.inf]], 'finite'),
    ([[-0.01, 0.05, 0]], 'poses must lie on the map.*-0.01'),
    ([[0.05, 0.05, 0], [0.05, 0.1, 0]], 'poses must lie.*row 1')])
def test_bad_poses_are_named(poses, named):
    with pytest.raises(ValueError, match=named):
        pose_mutual_information(grid_of([[0.5]]), poses, BeamModel(), 'fsmi')


@pytest.mark.parametrize(('grid', 'options', 'named'), [
    (grid_of([[0.5, 1.5]]), {}, 'probabilities.*1.5.*column 1'),
    (grid_of([0.5]), {}, 'probabilities.*2D'), (grid_of(np.empty((0, 3))), {}, 'probabilities'),
    (grid_of([[0.5]], resolution=0.0), {}, 'resolution'),
    (grid_of([[0.5]], origin=(0, math.nan, 0)), {}, 'origin'),
    (grid_of([[0.5]]), {'threads': 0}, 'threads.*0')])
def test_bad_maps_and_options_are_named(grid, options, named):
    with pytest.raises(ValueError, match=named):
        pose_mutual_information(grid, [[0.05, 0.05, 0]], BeamModel(), 'noise_free', **options)


def test_sensor_without_noise_needs_the_method_without_it():
    with pytest.raises(ValueError, match='sigma'):
        pose_mutual_information(
            grid_of([[0.5]]), [[0.05, 0.05, 0]], BeamModel(sigma=0.0), 'csqmi')
