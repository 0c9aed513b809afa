"""Surfaces against the same lattice rays cast one by one, over many seeds."""

import math
from types import SimpleNamespace

from fsmi_explorer.information import BeamModel, mutual_information_surface
from fsmi_explorer.information.noise import noise_kernel
import numpy as np
import pytest
import surface_oracle as oracle

RESOLUTION = 0.05
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-12}


def random_map(rng, rows, cols, dtype=np.float32):
    """Return probabilities of every kind: certain, likely, open, never observed."""
    return rng.choice(
        [0, 0.001, 0.01, 0.3, 0.5, 0.9, 1, np.nan], (rows, cols),
        p=[0.2, 0.3, 0.28, 0.05, 0.05, 0.04, 0.03, 0.05]).astype(dtype)


def grid_of(probabilities, yaw=0.0):
    return SimpleNamespace(
        probabilities=probabilities, resolution=RESOLUTION, origin=(1.0, -2.0, yaw))


def check(seed, method, model, dtype, size=18):
    rng = np.random.default_rng(seed)
    grid = grid_of(random_map(rng, *rng.integers(1, size, 2), dtype), rng.uniform(-4, 4))
    expected = oracle.surface(
        grid.probabilities, RESOLUTION, model.beam_angles - grid.origin[2], model,
        noise_kernel(method, model, RESOLUTION))
    bits = mutual_information_surface(grid, model, method, dtype=dtype)
    assert bits.dtype == dtype
    np.testing.assert_allclose(bits, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] / 1e3)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('seed', range(12))
def test_noise_free_beams_are_exact(seed, dtype):
    check(seed, 'noise_free', BeamModel(num_beams=5 + seed, unknown_occupancy=0.2), dtype)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('seed', range(12))
def test_a_range_limit_is_exact(seed, dtype):
    max_range = np.random.default_rng(seed).uniform(0.01, 1.0)
    check(seed, 'noise_free', BeamModel(num_beams=5 + seed, max_range=max_range), dtype)


@pytest.mark.parametrize('seed, max_range', [(1, 0.8), (2, 1.3), (3, 2.0)])
def test_long_maps_and_many_blocks_are_exact(seed, max_range):
    rng = np.random.default_rng(seed)
    model = BeamModel(num_beams=4, max_range=max_range)
    for shape in ((90, 7), (8, 75)):
        grid = grid_of(random_map(rng, *shape, np.float64), 0.3)
        np.testing.assert_allclose(
            mutual_information_surface(grid, model, dtype=np.float64),
            oracle.surface(grid.probabilities, RESOLUTION, model.beam_angles - 0.3, model),
            rtol=1e-12)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('count_no_hit', [False, True])
@pytest.mark.parametrize('method', ['fsmi', 'approx_fsmi', 'uniform_fsmi', 'noise_free'])
@pytest.mark.parametrize('sigma, max_range', [
    (0.05, math.inf), (0.12, math.inf), (0.02, 0.4), (0.03, 0.7)])
def test_noise_and_both_conventions_are_exact(sigma, max_range, method, count_no_hit, dtype):
    model = BeamModel(
        num_beams=5, sigma=sigma, count_no_hit=count_no_hit, max_range=max_range, delta_occ=2.3)
    check(int(1000 * sigma), method, model, dtype, size=14)


@pytest.mark.parametrize('fov, num_beams, max_range', [
    (1.0, 1, math.inf), (2.0, 7, math.inf), (4.5, 20, 0.4), (6.0, 3, math.inf)])
def test_a_window_of_directions_is_exact_at_the_best_heading(fov, num_beams, max_range):
    rng = np.random.default_rng(num_beams)
    grid = grid_of(random_map(rng, 7, 9, np.float64), 0.7)
    model = BeamModel(fov=fov, num_beams=num_beams, max_range=max_range)
    bits, headings = mutual_information_surface(grid, model, dtype=np.float64, heading=True)
    best = np.zeros(bits.shape)
    for yaw in np.unique(headings):
        at_yaw = oracle.surface(
            grid.probabilities, RESOLUTION, model.beam_angles + yaw - 0.7, model)
        chosen = headings == yaw
        np.testing.assert_allclose(bits[chosen], at_yaw[chosen], rtol=1e-6, atol=1e-9)
        best = np.maximum(best, at_yaw)
    np.testing.assert_allclose(bits, best, rtol=1e-6, atol=1e-9)
