"""The Gazebo worlds: built from the floor plans, the same as the maps, and what Gazebo takes."""

from collections.abc import Iterator
from pathlib import Path
import shutil
import subprocess
import sys
from xml.etree import ElementTree

from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation.floor_plan import FloorPlan, Solid
import numpy as np
import pytest

WORLDS = Path(__file__).resolve().parents[1] / 'worlds'
NAMES = ('office', 'warehouse')
CIRCLE = np.exp(2j * np.pi * np.arange(60) / 60)


@pytest.fixture(params=NAMES)
def name(request) -> str:
    """Give the name of each world."""
    return request.param


def world_element(name: str) -> ElementTree.Element:
    """Return the world of an SDF file."""
    return ElementTree.parse(WORLDS / f'{name}.sdf').getroot().find('world')


def solids(name: str) -> Iterator[Solid]:
    """Yield what robots collide with, but the ground."""
    for shape in world_element(name).iter('collision'):
        if shape.find('geometry/plane') is not None:
            continue
        x, y, z, _, _, yaw = map(float, shape.findtext('pose').split())
        is_round = shape.find('geometry/cylinder') is not None
        if is_round:
            length = width = 2 * float(shape.findtext('geometry/cylinder/radius'))
            height = float(shape.findtext('geometry/cylinder/length'))
        else:
            length, width, height = map(float, shape.findtext('geometry/box/size').split())
        yield Solid(
            'any', x, y, yaw, length, width, z - height / 2, z + height / 2, is_round)


def test_worlds_are_what_the_floor_plans_say(name, monkeypatch):
    monkeypatch.syspath_prepend(WORLDS)
    monkeypatch.setattr(sys, 'dont_write_bytecode', True)
    from build_gazebo_worlds import build_world
    built = build_world(FloorPlan.load(WORLDS / 'plans' / f'{name}.yaml'), name)
    ElementTree.indent(built)
    kept = ElementTree.parse(WORLDS / f'{name}.sdf').getroot()
    assert ElementTree.tostring(kept) == ElementTree.tostring(built)


def test_a_lidar_meets_the_same_walls_as_on_the_map(name):
    height = FloorPlan.load(WORLDS / 'plans' / f'{name}.yaml').map_height
    grid = OccupancyGrid.load(WORLDS / f'{name}.yaml')
    x, y = np.moveaxis(grid.cell_to_world(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    met = np.logical_or.reduce([
        each.covers(x, y) for each in solids(name) if each.bottom <= height < each.top])
    differ = met[grid.known] != (grid.probabilities[grid.known] > 0.5)
    # Where the middle of a cell lies on the very side of a solid, rounding decides.
    assert differ.sum() < 0.003 * met.sum()


def test_a_robot_stands_free_at_the_start(name):
    start_x, start_y, _ = FloorPlan.load(WORLDS / 'plans' / f'{name}.yaml').start
    x, y = start_x + 0.25 * CIRCLE.real, start_y + 0.25 * CIRCLE.imag
    assert not any(each.covers(x, y).any() for each in solids(name) if each.bottom < 0.5)


def test_worlds_have_the_systems_that_robot_and_bridge_need(name):
    world = world_element(name)
    assert world.get('name') == name
    systems = {each.get('name').split('::')[-1] for each in world.findall('plugin')}
    assert systems == {'Physics', 'UserCommands', 'SceneBroadcaster', 'Sensors'}
    models = world.findall('model')
    assert len({each.get('name') for each in models}) == len(models)
    assert all(each.findtext('static') == 'true' for each in models)
    for link in world.iter('link'):
        shapes = [each.get('name') for each in link]
        assert len(set(shapes)) == len(shapes)


def test_gazebo_accepts_the_worlds(name):
    program = shutil.which('gz') or shutil.which('ign')
    if program is None:
        pytest.skip('Gazebo is not installed: neither gz nor ign is there')
    checked = subprocess.run([program, 'sdf', '-k', WORLDS / f'{name}.sdf'], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert checked.returncode == 0 and 'Valid' in checked.stdout, checked.stdout
