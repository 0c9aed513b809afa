"""What a lidar can see from all that a robot can reach, and the share of it that a map knows."""

from math import cos, sin

from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation import coverage, reachable_area, visible_area, World
from numba import njit
import numpy as np
import pytest

EMPTY = World(np.zeros((60, 80), bool), 0.1)  # 8 m x 6 m


def bent_alcove():
    """Make a room with an alcove, too narrow for the robot, that bends round a corner."""
    occupied = np.ones((50, 60), bool)
    occupied[2:48, 2:25] = False
    occupied[20:23, 25:45] = False
    occupied[20:45, 45:48] = False
    return World(occupied, 0.1)


@njit
def look_around(occupied, seats, reach, rays, step, seen):
    """Walk along many rays from every seat by small steps and mark what is passed and met."""
    for index in range(len(seats)):
        for ray in range(rays):
            angle = 2.0 * np.pi * ray / rays
            along = 0.0
            while along <= reach:
                row = int(np.floor(seats[index, 0] + 0.5 + along * np.sin(angle)))
                col = int(np.floor(seats[index, 1] + 0.5 + along * np.cos(angle)))
                if not (0 <= row < occupied.shape[0] and 0 <= col < occupied.shape[1]):
                    break
                if occupied[row, col]:
                    break
                seen[row, col] = True
                along += step


@pytest.mark.parametrize('lidar_range', [10.0, 2.0])
def test_what_is_visible_agrees_with_looking_around_everywhere(lidar_range):
    world = bent_alcove()
    seats = reachable_area(world, 0.2)
    by_looking = np.zeros(world.shape, bool)
    look_around(world.occupied, np.argwhere(seats), lidar_range / 0.1, 1000, 0.05, by_looking)
    visible = visible_area(world, 0.2, lidar_range) & ~world.occupied
    hidden = ~world.occupied & ~visible
    assert hidden[30:].any() and visible[22, 30]
    assert np.array_equal(visible, by_looking)


@pytest.mark.parametrize('seed', range(3))
def test_what_is_visible_in_random_worlds(seed):
    rng = np.random.default_rng(seed)
    occupied = np.zeros((60, 60), bool)
    for row, col in rng.integers(0, 56, (25, 2)):
        occupied[row:row + rng.integers(1, 12), col:col + rng.integers(1, 12)] = True
    world = World(occupied, 0.1)
    seats = reachable_area(world, 0.25)
    by_looking = np.zeros(world.shape, bool)
    look_around(world.occupied, np.argwhere(seats), 40.0, 1000, 0.05, by_looking)
    visible = visible_area(world, 0.25, 4.0) & ~world.occupied
    assert np.count_nonzero(by_looking & ~visible) <= 0.001 * np.count_nonzero(visible)
    # A seat may be a little off the middle of its cell, where a little more can be seen.
    assert np.count_nonzero(visible & ~by_looking) <= 0.01 * np.count_nonzero(visible)


def test_an_empty_room_is_all_visible_and_its_walls_too():
    occupied = np.ones((40, 40), bool)
    occupied[10:30, 10:30] = False
    visible = visible_area(World(occupied, 0.1), 0.2, 5.0)
    expected = ~occupied
    expected[9:31, 10:30] = expected[10:30, 9:31] = True
    assert np.array_equal(visible, expected)


def test_range_ends_what_is_visible():
    occupied = np.ones((50, 200), bool)
    occupied[5:45, 5:45] = False     # the robot's room
    occupied[24:26, 45:195] = False  # a long slit, 0.2 m wide
    visible = visible_area(World(occupied, 0.1), 0.3, 6.0)
    # The nearest seat is 0.3 m before the slit, in column 41; it reaches 60 cells further.
    farthest = np.flatnonzero(visible[24] & ~occupied[24]).max()
    assert 41 + 59 <= farthest <= 41 + 61


def test_what_is_walled_off_is_not_visible():
    occupied = np.zeros((40, 80), bool)
    occupied[:, 50] = True
    visible = visible_area(World(occupied, 0.1), 0.2, np.inf)
    assert visible[:, :50].all() and visible[:, 50].all() and not visible[:, 51:].any()


def test_a_lidar_ahead_of_the_robot_looks_deeper_into_a_slit():
    occupied = np.ones((50, 100), bool)
    occupied[5:45, 5:45] = False
    occupied[24:26, 45:95] = False
    world = World(occupied, 0.1)
    columns = [np.flatnonzero((visible_area(world, 0.3, 2.0, mount=mount) & ~occupied)[24]).max()
               for mount in ((0.0, 0.0), (0.2, 0.0), (0.0, -0.2))]
    assert columns[1] == columns[2] == columns[0] + 2


def test_misuse_is_refused():
    with pytest.raises(ValueError, match='lidar_range must be positive'):
        visible_area(EMPTY, 0.2, 0.0)
    with pytest.raises(ValueError, match='visible must have the shape'):
        coverage(OccupancyGrid(np.zeros((3, 3), np.float32), 0.1), EMPTY, np.ones((3, 3), bool))


def map_of(world, known, resolution=None, origin=None):
    """Make a map that knows some of its cells as free."""
    probabilities = np.where(known, 0.1, np.nan).astype(np.float32)
    return OccupancyGrid(probabilities, resolution or world.resolution, origin or world.origin)


def test_coverage_of_known_shares():
    visible = np.ones(EMPTY.shape, bool)
    known = np.zeros(EMPTY.shape, bool)
    assert coverage(map_of(EMPTY, known), EMPTY, visible) == 0.0
    known[:, :20] = True
    assert coverage(map_of(EMPTY, known), EMPTY, visible) == 0.25
    visible[:, 40:] = False
    assert coverage(map_of(EMPTY, known), EMPTY, visible) == 0.5
    visible[:] = False
    assert coverage(map_of(EMPTY, known), EMPTY, visible) == 0.0


def test_coverage_counts_free_cells_only():
    occupied = np.zeros((60, 80), bool)
    occupied[:, 40:60] = True
    known = ~occupied
    known[:, 60:] = False
    world = World(occupied, 0.1)
    assert coverage(map_of(world, known), world, np.ones((60, 80), bool)) == pytest.approx(2 / 3)


@pytest.mark.parametrize('turn', [0.0, 0.4])
def test_coverage_meets_in_the_common_frame(turn):
    world = World(EMPTY.occupied, 0.1, (2.0, -1.0, turn))
    # A map of the left half of the world: finer cells, another corner, another shape.
    corner = (2.0 - cos(turn) + sin(turn), -1.0 - sin(turn) - cos(turn))
    fine = map_of(world, np.ones((160, 100), bool), 0.05, (*corner, turn))
    assert coverage(fine, world, np.ones(world.shape, bool)) == pytest.approx(0.5)


def test_coverage_of_a_map_that_is_turned_against_the_world():
    # The map knows the square from (-1, -1) to (9, 9) in a frame turned by a right angle.
    known = np.ones((100, 100), bool)
    turned = map_of(EMPTY, known, origin=(9.0, -1.0, np.pi / 2))
    assert coverage(turned, EMPTY, np.ones(EMPTY.shape, bool)) == 1.0
    turned = map_of(EMPTY, known, origin=(4.0, -1.0, np.pi / 2))
    assert coverage(turned, EMPTY, np.ones(EMPTY.shape, bool)) == pytest.approx(0.5)


def test_real_maps_are_nearly_all_visible(data_dir):
    for name, least in [('office_b_furnitures', 0.999), ('lab_intel', 0.98), ('NLB', 0.999)]:
        world = World.load(data_dir / 'maps2d' / f'{name}.yaml')
        free = ~world.occupied
        visible = visible_area(world, 0.2, 10.0)
        assert least < np.count_nonzero(visible & free) / np.count_nonzero(free) <= 1.0
        assert not (reachable_area(world, 0.2) & ~visible).any()
