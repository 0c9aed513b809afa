"""The worlds that come with the package: drawn from their plans, buildings a robot can explore."""

from dataclasses import replace
import importlib.util
from pathlib import Path
import shutil

from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation import find_world, reachable_area, Simulator, visible_area, World
from fsmi_explorer.simulation.floor_plan import FloorPlan, Solid
from fsmi_explorer.simulation.reachability import areas
import numpy as np
import pytest

WORLDS = Path(__file__).resolve().parents[1] / 'worlds'
PLANS = WORLDS / 'plans'
NAMES = ('office', 'warehouse', 'flat')
# Square metres of free space, and how many rooms there are at least.
SIZES = {'office': (700.0, 850.0, 19), 'warehouse': (1000.0, 1300.0, 5), 'flat': (55.0, 90.0, 7)}

ROOM = """
catalogue: furniture.yaml
map_height: 0.3
start: [1.0, 1.0, 90]
walls:
  - {thickness: 0.2, height: 2.5, lines: [[[0, 0], [4, 0], [4, 3], [0, 3], [0, 0]]]}
  - {thickness: 0.1, height: 2.5, lines: [[[2, 0], [2, 3]]]}
openings:
  door: {width: 0.9, z: [0.0, 2.0], at: [[2, 1.5]]}
  window: {width: 1.0, z: [0.9, 2.1], at: [[0, 1.5]]}
furniture:
  desk: [[3.0, 2.5, 0]]
  table: [[3.0, 0.9, 90]]
"""
FURNITURE = """
desk:
  - {size: [1.6, 0.8], z: [0.0, 0.7]}
  - {diameter: 0.5, at: [0.0, -0.55], z: [0.0, 0.9]}
table:
  - {size: [1.0, 0.6], z: [0.7, 0.75]}
"""


def script():
    """Import the script that draws the worlds."""
    spec = importlib.util.spec_from_file_location('draw_worlds', WORLDS / 'draw_worlds.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def room(tmp_path):
    """Give the path of the plan of a small room."""
    (tmp_path / 'furniture.yaml').write_text(FURNITURE)
    path = tmp_path / 'room.yaml'
    path.write_text(ROOM)
    return path


@pytest.mark.parametrize('name', NAMES)
def test_the_map_is_what_the_plan_draws(name, tmp_path):
    path = script().draw_world(PLANS / f'{name}.yaml', tmp_path)
    drawn, shipped = OccupancyGrid.load(path), OccupancyGrid.load(find_world(name))
    assert np.array_equal(drawn.probabilities, shipped.probabilities, equal_nan=True)
    assert (drawn.origin, drawn.resolution) == (shipped.origin, 0.05)
    assert path.read_text() == find_world(name).read_text()


@pytest.mark.parametrize('name', NAMES)
def test_worlds_have_their_size_and_the_outside_is_unknown(name):
    grid, world = OccupancyGrid.load(find_world(name)), World.load(find_world(name))
    free = ~world.occupied
    low, high, _ = SIZES[name]
    assert low < np.count_nonzero(free) * 0.05 ** 2 < high
    assert areas(free)[1] == 1
    edge = np.ones(grid.shape, bool)
    edge[8:-8, 8:-8] = False
    assert np.isnan(grid.probabilities[edge]).all()


@pytest.mark.parametrize('name', NAMES)
def test_every_room_can_be_entered_with_some_space_to_spare(name):
    world, plan = World.load(find_world(name)), FloorPlan.load(PLANS / f'{name}.yaml')
    shut = replace(plan, solids=(*plan.solids, *shut_doors(plan)))
    closed = shut.draw(world.resolution).probabilities == 1.0
    rooms, count = areas(~closed)
    sizes = np.bincount(rooms.ravel()) * world.resolution ** 2
    reachable = reachable_area(world, 0.3)
    real = [each for each in range(1, count + 1)
            if sizes[each] > 1.0 and not world.occupied[rooms == each].all()
            and not touches_edge(rooms == each)]
    assert len(real) >= SIZES[name][2]
    for each in real:
        assert reachable[rooms == each].any(), np.argwhere(rooms == each).mean(axis=0)


def shut_doors(plan):
    """Make walls where lintels say that doors are."""
    return [replace(each, bottom=0.0) for each in plan.solids
            if each.kind == 'wall' and each.bottom > 0.0]


def touches_edge(mask):
    """Tell whether a mask reaches the edge of the map."""
    return mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()


@pytest.mark.parametrize('name', NAMES)
def test_nearly_all_is_visible_and_no_gap_is_a_mere_crack(name):
    world = World.load(find_world(name))
    free = ~world.occupied
    visible = visible_area(world, 0.2, 10.0)
    assert np.count_nonzero(free & ~visible) <= 0.0005 * np.count_nonzero(free)
    # What squares of 0.2 m of free space do not cover are notches beside chairs, not rooms.
    squares = np.lib.stride_tricks.sliding_window_view(free, (4, 4)).all(axis=(2, 3))
    covered = np.zeros_like(free)
    for row, col in np.argwhere(squares):
        covered[row:row + 4, col:col + 4] = True
    assert np.count_nonzero(free & ~covered) <= 0.0005 * np.count_nonzero(free)


@pytest.mark.parametrize('name', NAMES)
def test_robots_start_where_the_world_says(name):
    world = World.load(find_world(name))
    simulator = Simulator(world)
    assert simulator.pose == pytest.approx(world.start)
    assert np.isfinite(simulator.scan().ranges).any()


def test_a_plan_makes_walls_with_lintels_and_sills(room):
    plan = FloorPlan.load(room)
    assert plan.start == pytest.approx((1.0, 1.0, np.pi / 2))
    assert Solid('wall', 2.0, 1.5, np.pi / 2, 0.9, 0.1, 2.0, 2.5) in [
        replace(each, x=round(each.x, 9), y=round(each.y, 9), length=round(each.length, 9))
        for each in plan.solids]
    sill = [each for each in plan.solids if each.top == 0.9 and each.kind == 'wall']
    assert len(sill) == 1 and (sill[0].bottom, sill[0].length) == pytest.approx((0.0, 1.0))
    assert sill[0].corners.mean(axis=0) == pytest.approx((0.0, 1.5))


def test_a_map_is_a_cut_through_the_plan(room):
    grid = FloorPlan.load(room).draw(0.05)
    assert grid.origin == pytest.approx((-0.6, -0.6, 0.0)) and grid.shape == (84, 104)

    def at(*point):
        return grid.probabilities[tuple(grid.world_to_cell(np.array(point)))]

    assert at(2.0, 1.5) == 0.0    # the door
    assert at(2.0, 0.9) == 1.0    # the wall beside it
    assert at(0.0, 1.5) == 1.0    # the sill of the window
    assert at(3.0, 2.5) == 1.0    # the desk
    assert at(3.0, 1.95 - 0.2) == 1.0  # its chair
    assert at(3.0, 0.9) == 0.0    # under the top of the table
    assert np.isnan(at(-0.4, 1.5))
    counts = [np.count_nonzero(each) for each in (
        grid.probabilities == 0.0, grid.probabilities == 1.0, ~grid.known)]
    assert sum(counts) == 84 * 104 and counts[2] == 84 * 104 - 64 * 84
    higher = replace(FloorPlan.load(room), map_height=1.5).draw(0.05)
    assert higher.probabilities[tuple(grid.world_to_cell(np.array([3.0, 2.5])))] == 0.0


@pytest.mark.parametrize('old, new, words', [
    ('start: [1.0, 1.0, 90]', '', "'start' is missing"),
    ('[[2, 1.5]]', '[[3, 1.5]]', r'the opening at \(3.0, 1.5\) lies on no wall'),
    ('  table:', '  throne:', "'throne' is missing"),
    ('map_height: 0.3', 'map_height: low', 'could not convert'),
    ('walls:', 'walls: [', 'room.yaml:')])
def test_a_bad_plan_is_one_line_with_the_file(room, old, new, words):
    room.write_text(ROOM.replace(old, new))
    with pytest.raises(FileFormatError, match=words) as error:
        FloorPlan.load(room)
    assert str(error.value).startswith(str(room)) and '\n' not in str(error.value)


def test_a_missing_catalogue_is_named(room):
    shutil.move(room.parent / 'furniture.yaml', room.parent / 'other.yaml')
    with pytest.raises(FileFormatError, match='furniture.yaml: No such file'):
        FloorPlan.load(room)
