"""What surfaces must be like: signs, known maps, turns, thin maps, threads, bad input."""

import math
from types import SimpleNamespace

from fsmi_explorer.information import (
    BeamModel,
    METHODS,
    mutual_information_surface,
    pose_mutual_information,
    warm_up,
)
import numpy as np
import pytest

SWEPT = METHODS[:4]
RESOLUTION = 0.05


def grid_of(probabilities, yaw=0.0):
    return SimpleNamespace(
        probabilities=np.asarray(probabilities, np.float32), resolution=RESOLUTION,
        origin=(2.0, 3.0, yaw))


def rooms(rng, rows=70, cols=90):
    """Return probabilities of walls with doors, a corner of them never observed."""
    p = np.full((rows, cols), 0.02)
    p[:, ::15], p[::12] = 0.97, 1.0
    p[rng.random(p.shape) < 0.1] = 0.3
    p[rows // 2:, cols // 2:] = np.nan
    return p


@pytest.mark.parametrize('method', SWEPT)
@pytest.mark.parametrize('max_range', [0.7, math.inf])
def test_information_is_never_negative(method, max_range):
    grid = grid_of(rooms(np.random.default_rng(1)))
    bits = mutual_information_surface(grid, BeamModel(max_range=max_range), method)
    assert bits.shape == grid.probabilities.shape
    assert np.isfinite(bits).all() and (bits >= 0).all() and bits.max() > 1


@pytest.mark.parametrize('method', SWEPT)
@pytest.mark.parametrize('fov', [1.5, 2 * math.pi])
@pytest.mark.parametrize('max_range', [0.7, math.inf])
def test_a_known_map_holds_no_information(method, fov, max_range):
    certain = (np.random.default_rng(2).random((40, 30)) < 0.1).astype(float)
    model = BeamModel(fov=fov, max_range=max_range)
    assert (mutual_information_surface(grid_of(certain), model, method) == 0).all()


def test_unknown_cells_are_no_walls():
    behind = np.full((41, 60), 0.01)
    behind[:, 30:] = np.nan
    model = BeamModel(unknown_occupancy=0.02)
    bits = mutual_information_surface(grid_of(behind), model)
    behind[:, 35:] = 0.0
    assert bits[20, 5] > 1.2 * mutual_information_surface(grid_of(behind), model)[20, 5]


@pytest.mark.parametrize('method', SWEPT)
@pytest.mark.parametrize('num_beams, max_range', [(12, math.inf), (60, 0.8), (64, math.inf)])
def test_turning_the_map_turns_the_surface(method, num_beams, max_range):
    p = rooms(np.random.default_rng(3), 41, 57)
    model = BeamModel(num_beams=num_beams, max_range=max_range, count_no_hit=False)
    bits = mutual_information_surface(grid_of(p), model, method, dtype=np.float64)
    for quarters in (1, 2, 3):
        np.testing.assert_allclose(
            mutual_information_surface(
                grid_of(np.rot90(p, quarters)), model, method, dtype=np.float64),
            np.rot90(bits, quarters), rtol=1e-12)


@pytest.mark.parametrize('method', SWEPT)
@pytest.mark.parametrize('shape', [(1, 1), (1, 40), (33, 1), (2, 2), (3, 200)])
@pytest.mark.parametrize('max_range', [0.4, math.inf])
def test_thin_maps(method, shape, max_range):
    p = np.random.default_rng(4).uniform(0.01, 0.6, shape)
    model = BeamModel(num_beams=4, max_range=max_range, sigma=0.02)
    bits = mutual_information_surface(grid_of(p), model, method)
    assert bits.shape == shape and (bits > 0).all()


def test_one_cell_holds_one_update_for_each_beam():
    p, model = 0.3, BeamModel(num_beams=4)
    hit, missed = (
        math.log((r + 1) / (r + 1 / d)) - math.log(d) / (d * r + 1)
        for d, r in ((model.delta_occ, p / (1 - p)), (model.delta_emp, p / (1 - p))))
    bits = mutual_information_surface(grid_of([[p]]), model, dtype=np.float64)
    assert bits[0, 0] == pytest.approx(4 * (p * hit + (1 - p) * missed) / math.log(2), rel=1e-6)


@pytest.mark.parametrize('method', SWEPT)
@pytest.mark.parametrize('max_range', [0.7, math.inf])
def test_threads_and_float_types_agree(method, max_range):
    grid = grid_of(rooms(np.random.default_rng(5)), yaw=0.4)
    model = BeamModel(num_beams=30, max_range=max_range)
    exact = mutual_information_surface(grid, model, method, dtype=np.float64)
    for threads in (1, 2, 3, 8):
        np.testing.assert_allclose(
            mutual_information_surface(grid, model, method, threads=threads), exact, rtol=1e-5)


def test_headings_point_at_what_is_unknown():
    p = np.full((21, 61), 0.01)
    p[:, 50:] = np.nan
    for yaw in (0.0, 1.0):
        bits, headings = mutual_information_surface(
            grid_of(p, yaw), BeamModel(num_beams=30, fov=math.pi / 2), heading=True)
        away = np.abs(np.angle(np.exp(1j * (headings[:, :45] - yaw))))
        assert (away < math.pi / 4 + 0.1).all() and (np.abs(headings) <= math.pi + 1e-6).all()
        assert bits[10, 44] > 1.3 * bits[10, 0]


@pytest.mark.parametrize('fov', [math.pi / 2, 2 * math.pi])
@pytest.mark.parametrize('max_range', [0.7, math.inf])
def test_turning_the_origin_turns_the_headings_alone(fov, max_range):
    p, model = rooms(np.random.default_rng(8), 41, 57), BeamModel(fov=fov, max_range=max_range)
    bits, headings = mutual_information_surface(grid_of(p), model, dtype=np.float64, heading=True)
    for yaw in np.radians([36, 90, -144]):  # Whole beams, and whole steps between headings.
        turned_bits, turned = mutual_information_surface(
            grid_of(p, yaw), model, dtype=np.float64, heading=True)
        np.testing.assert_allclose(turned_bits, bits, rtol=1e-6)
        if fov < 2 * math.pi:
            away = np.abs(np.exp(1j * (turned - headings - yaw)) - 1)[bits > 0]
            assert np.mean(away < 1e-5) > 0.99  # Of two that are equally good either may be best.


def test_a_full_turn_has_no_heading():
    bits, headings = mutual_information_surface(
        grid_of(np.full((3, 4), 0.3)), BeamModel(), heading=True)
    assert headings.shape == bits.shape and np.isnan(headings).all()


@pytest.mark.parametrize('method, model', [
    ('csqmi', BeamModel(num_beams=6)), ('numerical', BeamModel(num_beams=5, max_range=0.3)),
    ('approx_fsmi', BeamModel(num_beams=5, max_range=0.04, sigma=0.1))])
def test_what_cannot_be_swept_is_cast(method, model):
    grid = grid_of(rooms(np.random.default_rng(6), 9, 17), yaw=0.3)
    rows, cols = np.indices((9, 17)) + 0.5
    x = 2 + RESOLUTION * (math.cos(0.3) * cols - math.sin(0.3) * rows)
    y = 3 + RESOLUTION * (math.sin(0.3) * cols + math.cos(0.3) * rows)
    poses = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3)
    np.testing.assert_allclose(
        mutual_information_surface(grid, model, method, dtype=np.float64).reshape(-1),
        pose_mutual_information(grid, poses, model, method), rtol=1e-12)


def test_casting_finds_headings_too():
    p = np.full((5, 12), 0.01)
    p[:, 9:] = np.nan
    bits, headings = mutual_information_surface(
        grid_of(p), BeamModel(num_beams=4, fov=1.0), 'csqmi', heading=True)
    assert bits.shape == (5, 12) and np.isfinite(bits).all()
    assert np.abs(headings[:, :8]).max() < 0.8


@pytest.mark.parametrize('arguments, words', [
    ({'threads': 0}, 'threads must be at least 1, got 0'),
    ({'dtype': np.int32}, 'dtype must be numpy.float32 or numpy.float64'),
    ({'method': 'best'}, "method must be one of .*, got 'best'")])
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        mutual_information_surface(grid_of(np.full((3, 3), 0.5)), BeamModel(), **arguments)


@pytest.mark.parametrize('probabilities, words', [
    (np.zeros(4), '2D'), (np.zeros((0, 4)), '2D'), (np.full((2, 2), 1.5), '1.5'),
    (np.full((2, 2), -0.1), '-0.1')])
def test_bad_maps_are_named(probabilities, words):
    with pytest.raises(ValueError, match=words):
        mutual_information_surface(grid_of(probabilities), BeamModel())


@pytest.mark.parametrize('method', ['noise_free', 'approx_fsmi'])
def test_warming_up_changes_nothing(method):
    warm_up(BeamModel(num_beams=3), method)
    warm_up(BeamModel(num_beams=3, sigma=0.4), method)
