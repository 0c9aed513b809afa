"""Surfaces of real maps against beams cast from the middle of the cells."""

import math

from fsmi_explorer.information import (
    BeamModel,
    mutual_information_surface,
    pose_mutual_information,
)
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
import pytest

MAPS = ('building31_incomplete', 'ipa_apartment', 'levine_lobby', 'lab_intel_furnitures')


def load(data_dir, name):
    """Return a real map as a mapping node keeps it: nothing in it is certain."""
    grid = OccupancyGrid.load(data_dir / 'maps2d' / f'{name}.yaml')
    return OccupancyGrid(np.clip(grid.probabilities, 0.03, 0.97), grid.resolution, grid.origin)


def compare(grid, model, method, cells=600):
    """Return Pearson's correlation, and the relative errors in some cells."""
    rng = np.random.default_rng(0)
    picked = np.column_stack([rng.integers(0, size, cells) for size in grid.shape])
    poses = np.column_stack([grid.cell_to_world(picked), np.zeros(cells)])
    cast = pose_mutual_information(grid, poses, model, method)
    swept = mutual_information_surface(grid, model, method)[tuple(picked.T)]
    return np.corrcoef(cast, swept)[0, 1], np.abs(swept - cast) / cast


@pytest.mark.parametrize('name', MAPS)
@pytest.mark.parametrize('method, max_range', [
    ('noise_free', math.inf), ('noise_free', 5.0), ('approx_fsmi', math.inf)])
def test_sweeps_stand_for_beams(data_dir, name, method, max_range):
    correlation, error = compare(
        load(data_dir, name), BeamModel(num_beams=600, max_range=max_range), method)
    assert correlation >= 0.9999
    assert np.median(error) <= 0.005 and np.quantile(error, 0.95) <= 0.1


def test_few_beams_are_followed_less_closely(data_dir):
    grid = load(data_dir, 'building31_incomplete')
    correlation, error = compare(grid, BeamModel(num_beams=60), 'noise_free')
    assert correlation >= 0.999
    assert np.median(error) <= 0.005 and np.quantile(error, 0.95) <= 0.1


@pytest.mark.parametrize('name', ['building31_incomplete', 'lab_intel_furnitures'])
def test_where_only_certain_edges_count_errors_are_a_few_beams(data_dir, name):
    """Relative errors say nothing where few of the beams see anything: take the largest value."""
    grid = OccupancyGrid.load(data_dir / 'maps2d' / f'{name}.yaml')
    model, rng = BeamModel(num_beams=600), np.random.default_rng(1)
    picked = np.column_stack([rng.integers(0, size, 500) for size in grid.shape])
    poses = np.column_stack([grid.cell_to_world(picked), np.zeros(500)])
    cast = pose_mutual_information(grid, poses, model, 'noise_free')
    swept = mutual_information_surface(grid, model)[tuple(picked.T)]
    error = np.abs(swept - cast) / cast.max()
    assert np.corrcoef(cast, swept)[0, 1] >= 0.9998
    assert np.median(error) <= 0.005 and np.quantile(error, 0.95) <= 0.02
