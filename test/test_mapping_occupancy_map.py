"""The growing map against a dictionary of cells, and its promises."""

import tracemalloc

from fsmi_explorer.mapping import (
    InverseSensorModel,
    LaserScan,
    MappingConfig,
    MapSizeError,
    OccupancyGrid,
    OccupancyMap,
    Rectangle,
    SensorPoses,
)
from fsmi_explorer.mapping.log_odds import log_odds
from mapping_oracle import beam_segments, insert
import numpy as np
import pytest

RESOLUTION = 0.25


def scan_of(ranges, fov=2 * np.pi, range_max=30.0):
    """Make a scan whose beams spread over a field of view."""
    return LaserScan(ranges, -fov / 2, fov / len(ranges), 0.1, range_max)


def at(x, y, yaw=0.0):
    """Return the pose of an upright sensor."""
    return SensorPoses.planar((x, y, yaw))


def lattice_cells(grid):
    """Return a dictionary from lattice cell to probability, known cells only."""
    row0, col0 = (round(grid.origin[axis] / grid.resolution) for axis in (1, 0))
    rows, cols = np.nonzero(grid.known)
    values = grid.probabilities[rows, cols].tolist()
    return dict(zip(zip((rows + row0).tolist(), (cols + col0).tolist()), values))


def random_scan(rng):
    """Make a scan of random readings from random poses in random mountings."""
    knots = rng.integers(1, 4)
    poses = SensorPoses(rng.normal(0, 8, (knots, 3)), rng.normal(0, 1, (knots, 4)))
    readings = rng.uniform(0.0, 8.0, 25)
    readings[rng.random(25) < 0.3] = rng.choice([np.nan, np.inf, -np.inf, 0.0, 7.5])
    return LaserScan(readings, rng.normal(), rng.normal(0, 0.2), 0.1, 7.5), poses


@pytest.mark.parametrize('seed', range(12))
def test_random_scans_against_a_dictionary(seed):
    """Every cell, the rectangle of changes and the union of the rectangles, scan by scan."""
    rng = np.random.default_rng(seed)
    sensor = InverseSensorModel(p_min=0.2, p_max=0.8)
    occupancy = OccupancyMap(MappingConfig(resolution=RESOLUTION, sensor=sensor))
    cells, changed_since = {}, set()
    for _ in range(8):
        scan, poses = random_scan(rng)
        changed = insert(cells, beam_segments(scan, poses), RESOLUTION, sensor)
        rectangle = occupancy.insert_scan(scan, poses)
        found = lattice_cells(occupancy.grid())
        assert found.keys() == cells.keys()
        odds = log_odds(np.array([found[cell] for cell in cells]))
        np.testing.assert_allclose(odds, list(cells.values()), atol=1e-5)
        assert on_lattice(rectangle, occupancy) == bounding(changed)
        changed_since |= changed
    assert on_lattice(occupancy.take_changed(), occupancy) == bounding(changed_since)
    assert occupancy.take_changed() is None


def on_lattice(rectangle, occupancy):
    """Move a rectangle from indices of the array to cells of the lattice."""
    x, y, _ = occupancy.origin
    return rectangle and rectangle.shifted(round(y / RESOLUTION), round(x / RESOLUTION))


def bounding(cells):
    """Return the rectangle around lattice cells, None around none."""
    if not cells:
        return None
    cells = np.array(sorted(cells))
    return Rectangle(*cells.min(axis=0).tolist(), *(cells.max(axis=0) + 1).tolist())


def test_one_beam():
    """Passed cells take p_miss, the cell of the end p_hit, all others stay unknown."""
    occupancy = OccupancyMap(MappingConfig(resolution=1.0))
    rectangle = occupancy.insert_scan(scan_of([3.0], fov=0.0), at(0.5, 0.5))
    grid = occupancy.grid()
    assert rectangle.shape == (1, 4)
    np.testing.assert_allclose(
        grid.probabilities[rectangle.slices], [[0.4, 0.4, 0.4, 0.7]], rtol=1e-6)
    assert np.count_nonzero(grid.known) == 4
    assert grid.world_to_cell((3.5, 0.5)).tolist() == [rectangle.row0, rectangle.col1 - 1]


def test_a_beam_without_return_clears_its_last_cell_too():
    """There is no hit where nothing came back."""
    occupancy = OccupancyMap(MappingConfig(resolution=1.0, max_range=3.0))
    rectangle = occupancy.insert_scan(scan_of([np.inf], fov=0.0), at(0.5, 0.5))
    np.testing.assert_allclose(occupancy.grid().probabilities[rectangle.slices], 0.4, rtol=1e-6)


def test_a_hit_wins_and_a_cell_changes_once():
    """Fifty beams end in one cell, fifty pass through it: one hit."""
    occupancy = OccupancyMap(MappingConfig(resolution=1.0))
    ends = np.array([[5.5, 0.5], [9.5, 0.5]] * 50)
    occupancy.insert_endpoints((0.5, 0.5), ends, np.ones(100, bool))
    grid = occupancy.grid()
    row, col = grid.world_to_cell((0.0, 0.0))
    np.testing.assert_allclose(
        grid.probabilities[row, col:col + 10],
        [0.4] * 5 + [0.7] + [0.4] * 3 + [0.7], rtol=1e-6)


def test_clamping():
    """However often a cell is seen, its probability stays within p_min and p_max, exactly."""
    sensor = InverseSensorModel(p_min=0.12, p_max=0.97)
    occupancy = OccupancyMap(MappingConfig(sensor=sensor))
    for _ in range(50):
        rectangle = occupancy.insert_scan(scan_of(np.full(90, 2.0)), at(0, 0))
    assert rectangle is None
    values = np.unique(occupancy.grid().probabilities)
    np.testing.assert_allclose(values[~np.isnan(values)], [0.12, 0.97], rtol=1e-6)


def test_a_map_can_change_its_mind():
    """A door that was closed for long is seen open after a bounded number of scans."""
    occupancy = OccupancyMap(MappingConfig(resolution=1.0))
    for _ in range(1000):
        occupancy.insert_endpoints((0.5, 0.5), [[5.5, 0.5]], [True])
    scans = 0
    row, col = occupancy.grid().world_to_cell((5.5, 0.5))
    while occupancy.grid().probabilities[row, col] > 0.25:
        occupancy.insert_endpoints((0.5, 0.5), [[9.5, 0.5]], [True])
        scans += 1
    sensor = occupancy.config.sensor.log_odds
    assert scans == np.ceil((sensor[3] + np.log(3)) / -sensor[1])


def test_growth_keeps_every_cell_in_place():
    """Scans ever farther out in all directions leave the cells before them as they were."""
    rng = np.random.default_rng(3)
    occupancy = OccupancyMap(MappingConfig(resolution=0.1))
    before, shapes = {}, set()
    for reach in (0, 9, 20, 45):
        for x, y in rng.permutation([(1, 0), (0, 1), (-1, 0), (0, -1)]) * reach:
            occupancy.insert_scan(scan_of(rng.uniform(0.2, 3.0, 20)), at(x, y))
            after = lattice_cells(occupancy.grid())
            if reach:
                assert all(after[cell] == value for cell, value in before.items())
            before, shapes = after, shapes | {occupancy.shape}
    assert len(shapes) > 4


def test_origin_is_a_multiple_of_the_resolution():
    """The lattice does not depend on where the first scan was taken."""
    for resolution in (0.05, 0.03, 0.1):
        occupancy = OccupancyMap(MappingConfig(resolution=resolution))
        occupancy.insert_scan(scan_of([1.0]), at(-17.123, 5.377))
        cells = np.array(occupancy.origin[:2]) / resolution
        np.testing.assert_allclose(cells, np.rint(cells), atol=1e-9)


def test_growth_is_amortised():
    """A long straight drive makes the map anew only now and then."""
    occupancy = OccupancyMap()
    shapes = set()
    for x in np.arange(0, 400, 0.5):
        occupancy.insert_scan(scan_of([5.0] * 8), at(x, 0.0))
        shapes.add(occupancy.shape)
    assert len(shapes) < 40


def test_too_large_a_map_is_refused():
    """The message names the limit; map, changes and later scans are as if nothing had been."""
    occupancy = OccupancyMap(MappingConfig(max_cells=500_000))
    occupancy.insert_scan(scan_of(np.full(90, 8.0)), at(0, 0))
    before, origin = occupancy.grid().probabilities, occupancy.origin
    for reading in (200.0, 1e30):
        with pytest.raises(MapSizeError, match='max_cells = 500000'):
            occupancy.insert_scan(scan_of([1.0, reading], range_max=np.inf), at(0, 0))
        np.testing.assert_array_equal(occupancy.grid().probabilities, before)
        assert occupancy.origin == origin
    assert occupancy.insert_scan(scan_of(np.full(90, 8.0)), at(0, 0)) is not None


def test_the_limit_can_be_filled():
    """Where the limit leaves no room for slack the map grows without."""
    occupancy = OccupancyMap(MappingConfig(resolution=1.0, max_cells=128 * 64))
    occupancy.insert_endpoints((5.5, 5.5), [[40.5, 40.5]], [True])
    occupancy.insert_endpoints((5.5, 5.5), [[120.5, 40.5]], [True])
    assert occupancy.shape == (64, 128)


def test_a_turning_robot_does_not_smear_walls():
    """Beams from their own poses hit the wall; all from one pose, they hit beside it."""
    truth, speed = 4.0, 2.0
    angles = np.linspace(-np.pi / 3, np.pi / 3, 720)
    yaws = speed * np.linspace(0, 0.1, 720)
    ranges = truth / np.cos(angles + yaws)
    scan = LaserScan(ranges, angles[0], angles[1] - angles[0], 0.1, 30.0, 0.1 / 719)

    def wall_columns(poses):
        occupancy = OccupancyMap()
        occupancy.insert_scan(scan, poses)
        grid = occupancy.grid()
        hits = np.argwhere(grid.probabilities > 0.65)
        return np.ptp(grid.cell_to_world(hits)[:, 0])

    moving = SensorPoses.planar([[0.02, 0, yaws[0]], [0.02, 0, yaws[-1]]])
    assert wall_columns(moving) < 0.051
    assert wall_columns(at(0.02, 0, 0.1)) > 0.5


def test_upside_down_and_clockwise_make_the_same_map():
    """A lidar on the ceiling, and one that turns the other way round, see the same room."""
    angles = np.linspace(-2.0, 2.0, 300)
    ranges = np.minimum(3.3 / abs(np.cos(angles)), 2.2 / (0.2 + abs(np.sin(angles))))
    step = angles[1] - angles[0]
    upright = OccupancyMap()
    upright.insert_scan(LaserScan(ranges, -2.0, step, 0.1, 30.0), at(0.01, 0.02, 0.3))
    clockwise = OccupancyMap()
    clockwise.insert_scan(LaserScan(ranges[::-1], 2.0, -step, 0.1, 30.0), at(0.01, 0.02, 0.3))
    hanging = OccupancyMap()
    half = 0.3 / 2
    hanging.insert_scan(
        LaserScan(ranges[::-1], -2.0, step, 0.1, 30.0),
        SensorPoses([[0.01, 0.02, 2.5]], [[np.cos(half), np.sin(half), 0.0, 0.0]]))
    for other in (clockwise, hanging):
        assert lattice_cells(other.grid()) == lattice_cells(upright.grid())


def test_turning_the_world_turns_the_map():
    """A world turned by a right angle gives the map turned by a right angle."""
    rng = np.random.default_rng(5)
    level, turned = OccupancyMap(), OccupancyMap()
    for _ in range(20):
        starts, ends = rng.uniform(-9, 9, (2, 30, 2))
        hits = rng.random(30) < 0.7
        level.insert_endpoints(starts, ends, hits)
        turned.insert_endpoints(starts[:, ::-1] * (-1, 1), ends[:, ::-1] * (-1, 1), hits)
    cells = lattice_cells(level.grid())
    assert lattice_cells(turned.grid()) == {
        (col, -row - 1): value for (row, col), value in cells.items()}


def test_order_of_scans_does_not_matter_unclamped():
    """Log-odds add up: any order gives the same map."""
    rng = np.random.default_rng(6)
    sensor = InverseSensorModel(p_min=1e-6, p_max=1 - 1e-6)
    scans = [random_scan(rng) for _ in range(6)]
    maps = []
    for order in (scans, scans[::-1]):
        occupancy = OccupancyMap(MappingConfig(resolution=RESOLUTION, sensor=sensor))
        for scan, poses in order:
            occupancy.insert_scan(scan, poses)
        maps.append(lattice_cells(occupancy.grid()))
    assert maps[0].keys() == maps[1].keys()
    np.testing.assert_allclose(
        list(maps[0].values()), [maps[1][cell] for cell in maps[0]], atol=1e-6)


def test_entropy_falls_as_scans_agree():
    """Each scan of a still world tells something, until the bounds of the probabilities."""
    occupancy = OccupancyMap()
    scan = scan_of(np.full(360, 3.0))
    entropies = []
    for _ in range(20):
        occupancy.insert_scan(scan, at(0.0, 0.0))
        entropies.append(occupancy.grid().entropy_bits())
    assert all(np.diff(entropies) <= 0)
    assert entropies[-1] < entropies[0]


def test_scans_that_say_nothing():
    """No beams, or none valid: nothing changes, not even from an empty map."""
    occupancy = OccupancyMap()
    for ranges in ([], [np.nan, 0.01, -np.inf]):
        assert occupancy.insert_scan(LaserScan(ranges, 0.0, 0.1, 0.1, 30.0), at(0, 0)) is None
    assert occupancy.insert_endpoints((0, 0), np.empty((0, 2)), np.empty(0, bool)) is None
    assert occupancy.shape == (0, 0)
    assert occupancy.take_changed() is None
    assert occupancy.grid().shape == (1, 1)
    assert occupancy.percent().tolist() == [[-1]]


def test_wrong_endpoints_are_refused():
    """Shapes that disagree and coordinates that are not finite change nothing."""
    occupancy = OccupancyMap()
    with pytest.raises(ValueError, match='shapes'):
        occupancy.insert_endpoints((0, 0), [[1.0, 1.0]], [True, False])
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match='finite'):
            occupancy.insert_endpoints((0, 0), [[1.0, 1.0], [bad, 1.0]], [True, True])
        with pytest.raises(ValueError, match='finite'):
            occupancy.insert_endpoints((0, bad), [[1.0, 1.0]], [True])
    assert occupancy.shape == (0, 0)


def test_endpoints_beyond_max_range_are_cut():
    """Long beams clear up to max_range without a hit."""
    occupancy = OccupancyMap(MappingConfig(resolution=1.0, max_range=3.0))
    rectangle = occupancy.insert_endpoints((0.5, 0.5), [[9.5, 0.5], [0.5, 3.5]], [True, True])
    assert rectangle.shape == (4, 4)
    assert np.count_nonzero(occupancy.grid().probabilities > 0.5) == 1


def test_percent_is_that_of_the_grid():
    """The quick way to percent and the way over probabilities agree, in any part."""
    occupancy = OccupancyMap()
    rng = np.random.default_rng(8)
    for _ in range(30):
        occupancy.insert_scan(scan_of(rng.uniform(0.5, 4.0, 200)), at(*rng.normal(0, 1, 2)))
    percent = occupancy.grid().percent()
    np.testing.assert_array_equal(occupancy.percent(), percent)
    part = Rectangle(10, 20, 90, 70)
    np.testing.assert_array_equal(occupancy.percent(part), percent[part.slices])


def test_grid_is_a_copy():
    """A grid does not change with the map."""
    occupancy = OccupancyMap()
    occupancy.insert_scan(scan_of(np.full(90, 3.0)), at(0, 0))
    grid = occupancy.grid()
    before = grid.probabilities.copy()
    occupancy.insert_scan(scan_of(np.full(90, 3.0)), at(0, 0))
    np.testing.assert_array_equal(grid.probabilities, before)


def test_reset_forgets_everything():
    """After a reset a map is as good as new."""
    occupancy = OccupancyMap()
    occupancy.insert_scan(scan_of(np.full(90, 3.0)), at(0, 0))
    occupancy.reset()
    assert occupancy.shape == (0, 0)
    assert occupancy.take_changed() is None


@pytest.mark.parametrize('origin', [(-3.0, 5.0, 0.0), (-2.9875, 5.02, 0.0), (0.15, -12.35, 0.0)])
def test_continue_from_a_grid(origin):
    """Old cells keep their places and values, new scans add to them, on or off the lattice."""
    p = np.random.default_rng(9).choice(np.float32([np.nan, 0.02, 0.4, 0.9]), (80, 120))
    occupancy = OccupancyMap()
    occupancy.continue_from(OccupancyGrid(p, 0.05, origin))
    np.testing.assert_allclose(occupancy.grid().probabilities, p, atol=1e-6)
    np.testing.assert_allclose(occupancy.origin, origin, atol=1e-12)
    assert occupancy.take_changed() == Rectangle(0, 0, 80, 120)
    occupancy.insert_scan(scan_of(np.full(4, 20.0)), at(origin[0] + 60.0, origin[1] + 30.0))
    grid = occupancy.grid()
    row, col = grid.world_to_cell(np.array(origin[:2]) + 0.025)
    np.testing.assert_allclose(
        grid.probabilities[row:row + 80, col:col + 120], p, atol=1e-6)


def test_continue_from_certainty():
    """Cells of a saved map that are 0 or 1 can still change their minds."""
    occupancy = OccupancyMap()
    occupancy.continue_from(OccupancyGrid(np.array([[0.0, 1.0]], np.float32), 0.05))
    np.testing.assert_allclose(occupancy.grid().probabilities, [[0.001, 0.999]], atol=1e-6)


@pytest.mark.parametrize('resolution, yaw', [(0.1, 0.0), (0.05, 0.2)])
def test_continue_from_a_grid_that_does_not_fit(resolution, yaw):
    """Another resolution or turned axes would move cells: refused."""
    grid = OccupancyGrid(np.zeros((2, 2)), resolution, (0.0, 0.0, yaw))
    with pytest.raises(ValueError, match='resolution'):
        OccupancyMap().continue_from(grid)


def test_no_allocation_that_grows_with_time():
    """A thousand scans in a known world leave the memory as it was."""
    occupancy = OccupancyMap()
    rng = np.random.default_rng(10)
    scans = [(scan_of(rng.uniform(1, 5, 100)), at(*rng.normal(0, 0.1, 2))) for _ in range(10)]
    for scan, poses in scans * 3:
        occupancy.insert_scan(scan, poses)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for scan, poses in scans * 100:
        occupancy.insert_scan(scan, poses)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 4096
