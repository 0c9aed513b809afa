"""Travel costs against a plain Dijkstra, and what any metric must obey."""

import heapq
from math import sqrt

from fsmi_explorer.exploration import travel_costs
import numpy as np
import pytest

MOVES = [(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1) if (dr, dc) != (0, 0)]
TOLERANCE = 5e-4  # relative: 41 / 29 stands for the square root of 2


def dijkstra(free, start, weight=None):
    """Return the costs in cells from the start, by a heap and real numbers."""
    weight = np.ones(free.shape) if weight is None else weight
    cost = np.full(free.shape, np.inf)
    cost[start] = 0.0
    heap = [(0.0, start)]
    while heap:
        reached, (row, col) = heapq.heappop(heap)
        if reached > cost[row, col]:
            continue
        for dr, dc in MOVES:
            r, c = row + dr, col + dc
            if not (0 <= r < free.shape[0] and 0 <= c < free.shape[1] and free[r, c]):
                continue
            if not (free[row, c] and free[r, col]):
                continue
            total = reached + sqrt(dr * dr + dc * dc) * (weight[row, col] + weight[r, c]) / 2
            if total < cost[r, c] - 1e-12:
                cost[r, c] = total
                heapq.heappush(heap, (total, (r, c)))
    return cost


def random_world(seed):
    """Return a random free mask and a free start in it."""
    rng = np.random.default_rng(seed)
    free = rng.random(rng.integers(2, 45, 2)) > rng.choice([0.0, 0.15, 0.35])
    start = tuple(int(each) for each in rng.integers(0, free.shape))
    free[start] = True
    return rng, free, start


@pytest.mark.parametrize('seed', range(40))
def test_agrees_with_dijkstra(seed):
    """Costs over random grids, and which cells have a way at all."""
    _, free, start = random_world(seed)
    field = travel_costs(free, 0.05, start)
    expected = dijkstra(free, start) * 0.05
    np.testing.assert_array_equal(np.isfinite(field.cost), np.isfinite(expected))
    np.testing.assert_allclose(field.cost, expected, rtol=TOLERANCE)


@pytest.mark.parametrize('seed', range(20))
def test_agrees_with_dijkstra_when_weighted(seed):
    """Weights in whole quarters are met up to the rounding of each step."""
    rng, free, start = random_world(seed)
    weight = 1.0 + rng.integers(0, 21, free.shape) / 4.0
    field = travel_costs(free, 1.0, start, weight=weight)
    expected = dijkstra(free, start, weight)
    reached = np.isfinite(expected)
    assert (np.isfinite(field.cost) == reached).all()
    np.testing.assert_allclose(field.cost[reached], expected[reached], rtol=0.03, atol=1e-3)


@pytest.mark.parametrize('seed', range(20))
def test_paths_lead_from_start_to_cell_and_cost_what_they_say(seed):
    """A path is a chain of free neighbours as long as its cost."""
    rng, free, start = random_world(seed)
    field = travel_costs(free, 0.1, start)
    cells = np.argwhere(field.reachable)
    for cell in rng.choice(cells, min(20, len(cells)), replace=False):
        path = field.path_to(cell)
        assert tuple(path[0]) == start
        assert tuple(path[-1]) == tuple(cell)
        steps = np.abs(np.diff(path, axis=0))
        assert (steps.max(axis=1) == 1).all() if len(steps) else True
        assert free[path[:, 0], path[:, 1]].all()
        length = 0.1 * np.sqrt((steps ** 2).sum(1)).sum()
        assert field.cost[tuple(cell)] == pytest.approx(length, rel=TOLERANCE)


@pytest.mark.parametrize('seed', range(10))
def test_costs_are_a_metric(seed):
    """There and back cost the same, and no detour is cheaper than the way."""
    rng, free, start = random_world(seed + 100)
    cells = np.argwhere(travel_costs(free, 1.0, start).reachable)
    a, b, c = (tuple(each) for each in cells[rng.integers(0, len(cells), 3)])
    from_a, from_b = travel_costs(free, 1.0, a).cost, travel_costs(free, 1.0, b).cost
    assert from_a[b] == from_b[a]
    assert from_a[c] <= from_a[b] + from_b[c] + 1e-4
    assert from_a[a] == 0.0


def test_no_way_slips_through_a_diagonal_wall():
    """Two obstacles that touch at their corners close the way."""
    free = np.ones((4, 4), bool)
    free[[0, 1, 2, 3], [3, 2, 1, 0]] = False
    field = travel_costs(free, 1.0, (0, 0))
    assert not field.reachable[3, 3]
    assert not len(field.path_to((3, 3)))


def test_escape_comes_before_the_start():
    """The way begins with the escape, whose length counts."""
    escape = np.array([(0, 0), (0, 1)])
    field = travel_costs(np.ones((1, 6), bool), 0.5, (0, 2), escape=escape)
    assert field.cost[0, 4] == pytest.approx(2.0)
    assert field.path_to((0, 4)).tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [0, 4]]


def test_arrival_heading():
    """The heading of the last stretch: along the columns, the rows, a diagonal; none at home."""
    field = travel_costs(np.ones((20, 20), bool), 0.1, (10, 10))
    headings = field.arrival_heading([(10, 18), (18, 10), (3, 3), (10, 10)])
    np.testing.assert_allclose(headings, [0.0, np.pi / 2, -3 * np.pi / 4, np.nan], atol=1e-6)


@pytest.mark.parametrize('start', [(-1, 0), (0, 3), (3, 0)])
def test_start_outside_is_refused(start):
    """The message names the argument."""
    with pytest.raises(ValueError, match='start'):
        travel_costs(np.ones((3, 3), bool), 0.1, start)


def test_weight_of_another_shape_is_refused():
    """The message names the argument."""
    with pytest.raises(ValueError, match='weight'):
        travel_costs(np.ones((3, 3), bool), 0.1, (0, 0), weight=np.ones((2, 3)))
