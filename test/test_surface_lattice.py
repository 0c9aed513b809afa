"""Lattice rays: octants, steps, lengths."""

import math

from fsmi_explorer.information.lattice import (
    column,
    EARLY,
    LATE,
    octants_of,
    row_steps,
    STEEPEST,
    steps_in_range,
    STRAIGHT,
)
import numpy as np
import pytest


def angle_of(octant, slope):
    """Return the direction of a slope in an octant."""
    forward, aside = -1 if octant.backward else 1, -1 if octant.mirrored else 1
    minor = aside * slope / STEEPEST
    return math.atan2(minor, forward) if octant.transposed else math.atan2(forward, minor)


@pytest.mark.parametrize('count', [1, 4, 7, 8, 60, 360])
def test_octants_hold_all_directions(count):
    angles = (np.arange(count) + 0.5) * 2 * math.pi / count - math.pi
    found = [
        angle_of(octant, slope) for octant, slopes in octants_of(angles).items()
        for slope in slopes]
    distance = np.abs(np.exp(1j * np.array(found)) - np.exp(1j * angles)[:, np.newaxis])
    assert sorted(distance.argmin(axis=1)) == list(range(count))
    assert distance.min(axis=1).max() < 1e-8


def test_quarter_turns_share_their_slopes_to_the_last_bit():
    angles = np.random.default_rng(0).uniform(-3, 3, 50)
    for quarters in range(1, 4):
        first, turned = (
            sorted(slope for slopes in octants_of(a).values() for slope in slopes.tolist())
            for a in (angles, angles + quarters * math.pi / 2))
        assert first == turned


def test_diagonals_step_in_every_row_and_axes_in_none():
    assert set(np.unique(row_steps(np.array([STEEPEST]), 0, 500))) <= {EARLY, LATE}
    assert (row_steps(np.array([0]), 0, 500) == STRAIGHT).all()


@pytest.mark.parametrize('seed', range(5))
def test_steps_follow_the_line(seed):
    slopes = np.random.default_rng(seed).integers(0, STEEPEST, 20)
    steps = row_steps(slopes, 0, 3000)
    columns = np.cumsum(steps != STRAIGHT, axis=0)
    line = np.arange(1, 3001)[:, np.newaxis] * (slopes / STEEPEST)
    assert np.abs(columns - line).max() <= 0.5 + 1e-9
    assert [column(slopes[0], 2 * row) for row in range(1, 3001)] == columns[:, 0].tolist()


def test_a_part_of_the_map_has_the_steps_of_the_whole():
    slopes = np.array([123456789, 987654321])
    np.testing.assert_array_equal(row_steps(slopes, 40, 60), row_steps(slopes, 0, 100)[40:])


@pytest.mark.parametrize('cells', [3.0, 20.0, 200.0])
def test_a_range_holds_as_many_cells_as_beams_from_anywhere(cells):
    slopes = np.linspace(0, STEEPEST, 301).astype(np.int64)
    slope = slopes / STEEPEST
    found = (1 + slope) * steps_in_range(slopes, cells, 10000)
    meant = 1 + (1 + slope) * cells / np.hypot(1, slope)
    assert np.abs(found - meant).max() <= 1.001
    assert abs(np.mean(found - meant)) < 0.1


def test_a_beam_takes_its_own_cell_at_least_and_the_map_at_most():
    slopes = np.array([0, STEEPEST])
    assert steps_in_range(slopes, 1e-6, 50).tolist() == [1, 1]
    assert steps_in_range(slopes, math.inf, 50).tolist() == [50, 50]
