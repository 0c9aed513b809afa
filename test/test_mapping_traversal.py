"""Traversal of the grid against exact arithmetic and the symmetries of the square."""

from fsmi_explorer.mapping.traversal import mark, traverse
from mapping_oracle import visited_cells
import numpy as np
import pytest


def traversed(x0, y0, x1, y1):
    """Return the cells of `traverse` as a list of (row, col)."""
    rows, cols = np.empty((2, 4000), np.int64)
    count = traverse(float(x0), float(y0), float(x1), float(y1), rows, cols)
    return list(zip(rows[:count].tolist(), cols[:count].tolist()))


def marked(x0, y0, x1, y1, size=64):
    """Return the cells of `mark` as a set of (row, col)."""
    marks = np.zeros((size, size), np.uint8)
    mark(float(x0), float(y0), float(x1), float(y1), marks)
    return set(zip(*(axis.tolist() for axis in np.nonzero(marks))))


@pytest.mark.parametrize('segment, cells', [
    ((1.5, 1.5, 4.5, 1.5), [(1, 1), (1, 2), (1, 3), (1, 4)]),
    ((1.5, 3.5, 1.5, 1.5), [(3, 1), (2, 1), (1, 1)]),
    ((1.5, 1.5, 1.6, 1.7), [(1, 1)]),
    ((1.5, 1.5, 1.5, 1.5), [(1, 1)]),
    ((1.0, 1.0, 4.0, 4.0), [(1, 1), (2, 2), (3, 3), (4, 4)]),
    ((4.0, 4.0, 1.0, 1.0), [(4, 4), (3, 3), (2, 2), (1, 1)]),
    ((1.5, 3.5, 3.5, 1.5), [(3, 1), (2, 2), (1, 3)]),
    ((1.25, 1.75, 3.25, 2.75), [(1, 1), (2, 1), (2, 2), (2, 3)]),
    ((2.0, 1.5, 2.0, 3.5), [(1, 2), (2, 2), (3, 2)]),
    ((3.0, 2.5, 1.0, 2.5), [(2, 3), (2, 2), (2, 1)]),
])
def test_known_segments(segment, cells):
    """Axis-aligned, diagonal through corners, along a border, from a border, within a cell."""
    assert traversed(*segment) == cells
    assert marked(*segment) == set(cells)


@pytest.mark.parametrize('seed', range(10))
def test_random_segments_against_exact_arithmetic(seed):
    """Both kernels visit the cells that exact arithmetic finds, the walk in the same order."""
    for segment in np.random.default_rng(seed).uniform(1.5, 61.5, (60, 4)):
        expected = visited_cells(*segment)
        assert traversed(*segment) == expected
        assert marked(*segment) == set(expected)


@pytest.mark.parametrize('parts', [1, 2, 4, 8])
def test_segments_through_many_corners(parts):
    """Ends on a fine lattice make exact corners, borders and ties the rule, not the exception."""
    rng = np.random.default_rng(parts)
    for segment in rng.integers(2 * parts, 30 * parts, (150, 4)) / parts:
        expected = visited_cells(*segment)
        assert traversed(*segment) == expected
        assert marked(*segment) == set(expected)


def test_short_segments_around_a_corner():
    """Segments much shorter than a cell, where every rounding shows."""
    rng = np.random.default_rng(0)
    for segment in 5.0 + rng.uniform(-1e-3, 1e-3, (300, 4)):
        expected = visited_cells(*segment)
        assert traversed(*segment) == expected
        assert marked(*segment) == set(expected)


def test_diagonal_with_a_rounded_slope_stays_a_diagonal():
    """A beam at 45 degrees through the corners: the rounding of its slope adds no cells."""
    for quarter in range(4):
        angle = np.pi / 4 + quarter * np.pi / 2
        end = 30.5 + 28.4 * np.array([np.cos(angle), np.sin(angle)])
        cells = traversed(30.5, 30.5, *end)
        assert marked(30.5, 30.5, *end) == set(cells)
        assert len(cells) == 21
        assert (np.abs(np.diff(cells, axis=0)) == 1).all()


@pytest.mark.parametrize('slope', [0.0, 1e-17, -1e-17, 1e-12, -1e-12])
def test_segment_along_a_border_keeps_to_one_side(slope):
    """Whichever side of the border rounding puts a segment on, it takes the cells of one side."""
    assert len(marked(10.5, 30.0, 50.5, 30.0 + 40 * slope)) <= 42
    assert len(marked(30.0, 10.5, 30.0 + 40 * slope, 50.5)) <= 42


def test_walk_is_connected_and_as_long_as_the_borders_crossed():
    """A generic walk steps over one border at a time, and over no border twice."""
    for segment in np.random.default_rng(1).uniform(-900.0, 900.0, (200, 4)):
        cells = np.array(traversed(*segment))
        steps = np.abs(np.diff(cells, axis=0)).sum(axis=1)
        assert (steps == 1).all()
        assert len(steps) == np.abs(cells[-1] - cells[0]).sum()


def test_symmetries_of_the_square():
    """Turning the world by a right angle or mirroring it turns or mirrors the cells."""
    for x0, y0, x1, y1 in np.random.default_rng(2).uniform(-20.0, 20.0, (300, 4)):
        cells = traversed(x0, y0, x1, y1)
        assert traversed(-y0, x0, -y1, x1) == [(col, -row - 1) for row, col in cells]
        assert traversed(-x0, y0, -x1, y1) == [(row, -col - 1) for row, col in cells]
        assert traversed(y0, x0, y1, x1) == [(col, row) for row, col in cells]
        assert traversed(x1, y1, x0, y0) == cells[::-1]


def test_long_segments_keep_to_the_line():
    """After tens of thousands of cells every cell still touches the segment."""
    rows, cols = np.empty((2, 200_000), np.int64)
    x0, y0, x1, y1 = 0.3, 0.7, 61234.4, 41003.9
    count = traverse(x0, y0, x1, y1, rows, cols)
    centres = np.stack([cols[:count] + 0.5, rows[:count] + 0.5], axis=-1)
    direction = np.array([x1 - x0, y1 - y0]) / np.hypot(x1 - x0, y1 - y0)
    offset = (centres - (x0, y0)) @ (-direction[1], direction[0])
    # A line crosses a unit square only within half its width seen from that direction.
    assert abs(offset).max() <= np.abs(direction).sum() / 2 + 1e-6
