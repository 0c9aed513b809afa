"""Worlds from maps, where a robot starts in them, and how far a point is from their walls."""

from math import cos, pi, sin

from fsmi_explorer.errors import ConfigurationError, FileFormatError
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation import find_world, reachable_area, SimulationConfig, Simulator, World
from fsmi_explorer.simulation.clearance import chebyshev_distance, clearance
import numpy as np
import pytest

TWO_ROOMS = np.ones((60, 100), bool)
TWO_ROOMS[5:55, 5:40] = False    # 1.75 m x 2.5 m
TWO_ROOMS[20:40, 45:95] = False  # 2.5 m x 1.0 m


def write_map(folder, probabilities, extra='', **options):
    """Write a map of 0.1 m cells with a line more in its YAML; return the path of that."""
    grid = OccupancyGrid(np.array(probabilities, np.float32), 0.1, (1.0, 2.0, 0.0))
    path = grid.save(folder / 'world.yaml', **options)
    path.write_text(path.read_text() + extra)
    return path


def start_pose(world, seed=0, **start):
    """Return the pose that a simulator starts from."""
    return Simulator(world, SimulationConfig.from_mapping({'start': start}), seed).pose


def test_what_a_map_does_not_call_free_is_wall(tmp_path):
    nan = np.nan
    world = World.load(write_map(tmp_path, [[0.0, 1.0, nan], [nan, 0.0, 0.0]]))
    assert world.occupied.tolist() == [[False, True, True], [True, False, False]]
    assert (world.resolution, world.origin, world.start) == (0.1, (1.0, 2.0, 0.0), None)


def test_graded_maps_are_free_where_they_are_sure(tmp_path):
    probabilities = [[0.0, 0.2, 0.4, 0.6, 1.0]]
    for mode in ('scale', 'raw'):
        world = World.load(write_map(tmp_path, probabilities, mode=mode))
        assert world.occupied.tolist() == [[False, False, True, True, True]]


def test_a_world_can_name_its_start(tmp_path):
    world = World.load(write_map(tmp_path, np.zeros((30, 30)), 'start: [2.5, 3, 1.5]\n'))
    assert world.start == (2.5, 3.0, 1.5)
    assert start_pose(world) == pytest.approx((2.5, 3.0, 1.5))
    assert start_pose(world, choice='open') == pytest.approx((2.45, 3.45, 0.0), abs=0.11)


@pytest.mark.parametrize('line, words', [
    ('start: [1, 2]\n', r'start must be \[x, y, yaw\]'),
    ('start: here\n', r'start must be \[x, y, yaw\]'),
    ('start: [1, .nan, 0]\n', 'start must be finite'),
    ('start: [1, 2\n', 'world.yaml:')])
def test_a_bad_start_is_one_line_with_the_file(tmp_path, line, words):
    path = write_map(tmp_path, np.zeros((30, 30)), line)
    with pytest.raises(FileFormatError, match=words) as error:
        World.load(path)
    assert str(error.value).startswith(str(path)) and '\n' not in str(error.value)


def test_a_map_without_free_space_or_file_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match='world.yaml: no cell of this map is free'):
        World.load(write_map(tmp_path, np.full((4, 4), np.nan)))
    with pytest.raises(FileFormatError, match='missing.yaml: No such file'):
        World.load(tmp_path / 'missing.yaml')


def test_worlds_are_found_by_name_and_by_path(tmp_path):
    for name in ('office', 'warehouse', 'flat'):
        assert find_world(name).name == f'{name}.yaml'
    path = write_map(tmp_path, np.zeros((4, 4)))
    assert find_world(str(path)) == path
    with pytest.raises(FileFormatError, match='moon: .* flat, office, warehouse'):
        find_world('moon')
    with pytest.raises(FileFormatError, match='nowhere.yaml: no such file'):
        find_world(tmp_path / 'nowhere.yaml')


def test_misuse_of_a_world_is_refused():
    with pytest.raises(ValueError, match=r'occupied must have shape \(H, W\)'):
        World(np.zeros(5, bool), 0.05)
    with pytest.raises(ValueError, match='resolution'):
        World(TWO_ROOMS, 0.0)
    with pytest.raises(ValueError, match='origin must be'):
        World(TWO_ROOMS, 0.05, (0.0, 0.0))


def test_a_world_does_not_follow_the_array_it_was_made_from():
    occupied = TWO_ROOMS.copy()
    world = World(occupied, 0.05)
    occupied[:] = True
    assert not world.occupied.all()
    with pytest.raises(ValueError):
        world.occupied[0, 0] = False


def test_poses_go_to_the_walled_grid_and_back():
    world = World(TWO_ROOMS, 0.05, (3.0, -1.0, 0.6))
    assert world.to_walled(3.0, -1.0, 0.6) == pytest.approx((1.0, 1.0, 0.0))
    assert world.to_walled(3.0 + cos(0.6), -1.0 + sin(0.6), 1.0) == pytest.approx((21.0, 1.0, 0.4))
    assert world.to_world(*world.to_walled(0.3, 0.4, 0.5)) == pytest.approx((0.3, 0.4, 0.5))
    grid = OccupancyGrid(TWO_ROOMS.astype(np.float32), 0.05, world.origin)
    cells = np.argwhere(TWO_ROOMS)
    assert world.cell_centres(cells) == pytest.approx(grid.cell_to_world(cells))


def test_the_most_open_point_is_in_the_larger_area():
    world = World(TWO_ROOMS, 0.05)
    x, y, yaw = start_pose(world)
    assert x == pytest.approx(22.5 * 0.05) and 1.1 < y < 1.9 and yaw == 0.0
    assert start_pose(world).tolist() == [x, y, yaw]


def test_a_random_start_is_reachable_and_follows_the_seed():
    world = World(TWO_ROOMS, 0.05, start=(3.5, 1.5, 0.0))
    reachable = reachable_area(world, 0.2)
    poses = [start_pose(world, seed, choice='random') for seed in range(20)]
    for x, y, _ in poses:
        assert reachable[int(y / 0.05), int(x / 0.05)] and x > 2.0
    assert len({tuple(pose) for pose in poses}) == 20
    assert start_pose(world, 7, choice='random').tolist() == poses[7].tolist()


@pytest.mark.parametrize('start', [(2.1, 1.5), (0.4, 1.0), (-3.0, 0.0)])
def test_a_start_in_or_at_a_wall_is_refused(start):
    with pytest.raises(ConfigurationError, match='0.2 m radius cannot stand at the start'):
        start_pose(World(TWO_ROOMS, 0.05), choice='pose', x=start[0], y=start[1])


def test_a_robot_that_fits_nowhere_is_refused():
    config = SimulationConfig.from_mapping({'robot': {'radius': 1.5}})
    with pytest.raises(ConfigurationError, match='1.5 m radius fits nowhere'):
        Simulator(World(TWO_ROOMS, 0.05), config)


@pytest.mark.parametrize('seed', range(10))
def test_distances_agree_with_a_slow_search(seed):
    rng = np.random.default_rng(seed)
    occupied = rng.random((23, 31)) < rng.choice([0.01, 0.1, 0.4])
    occupied[[0, -1]] = occupied[:, [0, -1]] = True
    walls = np.argwhere(occupied)
    distance = chebyshev_distance(occupied)
    for cell in np.ndindex(occupied.shape):
        assert distance[cell] == np.abs(walls - cell).max(axis=1).min()
    for x, y in rng.uniform((0, 0), (31, 23), (200, 2)):
        across = np.maximum(np.maximum(walls[:, 1] - x, x - walls[:, 1] - 1), 0.0)
        up = np.maximum(np.maximum(walls[:, 0] - y, y - walls[:, 0] - 1), 0.0)
        for limit in (0.7, 3.0, 50.0):
            assert clearance(distance, x, y, limit) == pytest.approx(
                min(np.hypot(across, up).min(), limit))
    assert clearance(distance, -0.1, 5.0, 3.0) == clearance(distance, 5.0, 23.0, 3.0) == 0.0


def test_reachable_area_ends_at_what_is_too_narrow():
    rooms = TWO_ROOMS.copy()
    rooms[26:34, 40:45] = False  # a door of 0.4 m
    world = World(rooms, 0.05, start=(1.0, 1.5, pi))
    through, not_through = reachable_area(world, 0.17), reachable_area(world, 0.21)
    assert through[30, 20] and through[30, 42] and through[30, 70]
    assert not_through[30, 20] and not not_through[:, 40:].any()
    assert reachable_area(world, 0.21, (3.5, 1.5))[30, 70]
    expected = np.zeros_like(rooms)
    expected[9:51, 9:36] = True  # cells whose middle is 0.21 m and more from the walls
    assert np.array_equal(not_through[:, :36], expected[:, :36])


def test_reachable_area_needs_a_start_to_stand_at():
    with pytest.raises(ConfigurationError, match='cannot stand at 2.1, 1.5'):
        reachable_area(World(TWO_ROOMS, 0.05), 0.2, (2.1, 1.5, 0.0))
    with pytest.raises(ValueError, match='robot_radius'):
        reachable_area(World(TWO_ROOMS, 0.05), -0.2)
