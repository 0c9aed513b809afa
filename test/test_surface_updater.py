"""Surfaces kept up to date, against those made anew."""

import math
from types import SimpleNamespace

from fsmi_explorer.information import (
    BeamModel,
    incremental,
    mutual_information_surface,
    SurfaceUpdater,
)
from fsmi_explorer.mapping import Rectangle
import numpy as np
import pytest

KINDS = [0, 0.001, 0.01, 0.3, 0.5, 0.9, 1, np.nan]
SHARES = [0.2, 0.3, 0.28, 0.05, 0.05, 0.04, 0.03, 0.05]


def grid_of(probabilities, origin=(0.0, 0.0, 0.2)):
    return SimpleNamespace(
        probabilities=np.asarray(probabilities, np.float32), resolution=0.05, origin=origin)


def random_change(rng, probabilities):
    """Return a map that differs from another in a rectangle, and the rectangle."""
    rows, cols = probabilities.shape
    row0, row1 = np.sort(rng.choice(rows + 1, 2, replace=False)).tolist()
    col0, col1 = np.sort(rng.choice(cols + 1, 2, replace=False)).tolist()
    changed = probabilities.copy()
    changed[row0:row1, col0:col1] = rng.choice(KINDS, (row1 - row0, col1 - col0), p=SHARES)
    return changed, Rectangle(row0, col0, row1, col1)


def assert_same(found, grid, model, method='noise_free'):
    expected = mutual_information_surface(grid, model, method, heading=True)
    tolerance = 1e-5 * expected[0].max() + 1e-12
    np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=tolerance)
    assert (found[0] >= 0).all() and found[1].shape == expected[1].shape


@pytest.fixture
def never_all_anew(monkeypatch):
    """Make every change go the way of small ones."""
    monkeypatch.setattr(incremental, '_LARGE_CHANGE', math.inf)
    monkeypatch.setattr(incremental, '_LARGE_PART', math.inf)


@pytest.mark.parametrize('seed', range(8))
def test_rays_through_the_change_are_all_that_changes(seed, never_all_anew):
    rng = np.random.default_rng(seed)
    p = rng.choice(KINDS, rng.integers(1, 80, 2), p=SHARES)
    model = BeamModel(num_beams=int(rng.integers(3, 40)))
    updater = SurfaceUpdater(model, threads=1 + seed % 2)
    updater.update(grid_of(p))
    for _ in range(6):
        p, changed = random_change(rng, p)
        assert_same(updater.update(grid_of(p), changed), grid_of(p), model)


@pytest.mark.parametrize('method, model', [
    ('noise_free', BeamModel(num_beams=12, max_range=0.4)),
    ('noise_free', BeamModel(num_beams=12, max_range=0.6, count_no_hit=False)),
    ('noise_free', BeamModel(num_beams=7, max_range=0.4, fov=1.2)),
    ('approx_fsmi', BeamModel(num_beams=9, max_range=0.6)),
    ('uniform_fsmi', BeamModel(num_beams=9, max_range=0.6, fov=4.0)),
    ('csqmi', BeamModel(num_beams=4, max_range=0.2))])
def test_cells_in_range_of_the_change_are_made_anew(method, model, never_all_anew):
    rng = np.random.default_rng(11)
    p = rng.choice(KINDS, (20, 25) if method == 'csqmi' else (70, 60), p=SHARES)
    updater = SurfaceUpdater(model, method)
    updater.update(grid_of(p))
    for _ in range(5):
        p, changed = random_change(rng, p)
        before = updater.update(grid_of(p), Rectangle(0, 0, 0, 0))[0]
        found = updater.update(grid_of(p), changed)
        assert_same(found, grid_of(p), model, method)
        far = np.ones(p.shape, bool)
        far[changed.expand(int(model.max_range / 0.05) + 3, p.shape).slices] = False
        np.testing.assert_array_equal(found[0][far], before[far])


def test_many_small_changes_add_up():
    rng = np.random.default_rng(5)
    p = np.full((150, 160), np.nan)
    model = BeamModel(num_beams=40)
    updater = SurfaceUpdater(model)
    updater.update(grid_of(p))
    for _ in range(120):
        row, col = rng.integers(0, 130, 2)
        p = p.copy()
        p[row:row + 15, col:col + 15] = rng.choice([0.01, 0.01, 0.01, 0.97], (15, 15))
        found = updater.update(grid_of(p), Rectangle(row, col, row + 15, col + 15))
    assert_same(found, grid_of(p), model)


def test_a_map_that_becomes_known_ends_without_information():
    p = np.full((60, 60), np.nan)
    updater = SurfaceUpdater(BeamModel(num_beams=24))
    assert updater.update(grid_of(p))[0].min() > 0
    for row in range(0, 60, 15):
        for col in range(0, 60, 15):
            p = p.copy()
            p[row:row + 15, col:col + 15] = 0.0
            bits, _ = updater.update(grid_of(p), Rectangle(row, col, row + 15, col + 15))
    assert (bits >= 0).all() and bits.max() < 1e-5


def test_a_grown_or_moved_map_is_made_anew():
    rng = np.random.default_rng(6)
    model = BeamModel(num_beams=8)
    updater = SurfaceUpdater(model)
    for shape, origin in (((20, 30), (0, 0, 0)), ((25, 30), (0, 0, 0)), ((25, 30), (1, 0, 0))):
        grid = grid_of(rng.choice(KINDS, shape, p=SHARES), origin)
        assert_same(updater.update(grid, Rectangle(1, 1, 3, 3)), grid, model)


def test_earlier_surfaces_stay_as_they_were():
    p = np.full((90, 90), 0.05)
    updater = SurfaceUpdater(BeamModel(num_beams=8))
    first, _ = updater.update(grid_of(p))
    kept = first.copy()
    p[4:8, 5:9] = 0.5
    second, _ = updater.update(grid_of(p), Rectangle(4, 5, 8, 9))
    np.testing.assert_array_equal(first, kept)
    assert (second != first).any()


def test_after_bad_input_all_is_made_anew():
    p, model = np.full((90, 90), 0.05), BeamModel(num_beams=8)
    updater = SurfaceUpdater(model)
    updater.update(grid_of(p))
    p[3, 3] = 1.5
    with pytest.raises(ValueError, match='1.5'):
        updater.update(grid_of(p), Rectangle(3, 3, 4, 4))
    p[3, 3], p[80, 80] = 0.05, 0.5
    assert_same(updater.update(grid_of(p), Rectangle(3, 3, 4, 4)), grid_of(p), model)


def test_methods_are_checked():
    with pytest.raises(ValueError, match='method must be one of'):
        SurfaceUpdater(BeamModel(), 'best')
