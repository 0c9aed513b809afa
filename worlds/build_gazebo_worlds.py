#!/usr/bin/env python3
"""Build the Gazebo worlds from the floor plans that the maps are drawn from."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, indent, SubElement

from fsmi_explorer.simulation.floor_plan import FloorPlan, Solid
import numpy as np

NAMES = ('office', 'warehouse')
HERE = Path(__file__).parent

SDF_VERSION = '1.8'  # known to every Gazebo since Fortress
STEP = 0.003  # s
GROUND_MARGIN = 5.0  # m of ground around the building
SYSTEMS = {
    'gz-sim-physics-system': 'gz::sim::systems::Physics',
    'gz-sim-user-commands-system': 'gz::sim::systems::UserCommands',
    'gz-sim-scene-broadcaster-system': 'gz::sim::systems::SceneBroadcaster',
    'gz-sim-sensors-system': 'gz::sim::systems::Sensors',
}
GROUND_COLOUR = (0.62, 0.62, 0.60)
WOOD = (0.71, 0.55, 0.38)
COLOURS = {
    'wall': (0.93, 0.92, 0.88), 'column': (0.85, 0.85, 0.83), 'planter': (0.36, 0.54, 0.33),
    'sofa': (0.33, 0.42, 0.55), 'armchair': (0.33, 0.42, 0.55), 'fridge': (0.90, 0.91, 0.92),
    'toilet': (0.95, 0.95, 0.95), 'basins': (0.95, 0.95, 0.95), 'printer': (0.75, 0.76, 0.78),
    'rack': (0.20, 0.36, 0.60), 'empty_rack': (0.20, 0.36, 0.60), 'forklift': (0.92, 0.66, 0.12),
    'bollard': (0.92, 0.66, 0.12), 'conveyor': (0.45, 0.47, 0.50),
}


def build_world(plan: FloorPlan, name: str) -> Element:
    """
    Build the SDF of a world: systems, light, ground, and a still model for each kind of thing.

    :return: root element.
    """
    sdf = Element('sdf', version=SDF_VERSION)
    world = SubElement(sdf, 'world', name=name)
    physics = SubElement(world, 'physics', name='fixed_step', type='ignored')
    _add(physics, 'max_step_size', STEP)
    _add(physics, 'real_time_factor', 1.0)
    for library, system in SYSTEMS.items():
        plugin = SubElement(world, 'plugin', filename=library, name=system)
        if system.endswith('Sensors'):
            _add(plugin, 'render_engine', 'ogre2')
    _add_sun(world)
    _add_ground(world, plan)
    kinds = defaultdict(list)
    for solid in plan.solids:
        kinds[solid.kind].append(solid)
    for kind, solids in kinds.items():
        _add_model(world, kind, solids)
    return sdf


def _add(parent: Element, tag: str, *values: float | str) -> None:
    """Add an element with text: a word, or numbers to a tenth of a millimetre."""
    SubElement(parent, tag).text = ' '.join(
        value if isinstance(value, str) else f'{round(value, 4) + 0.0:g}' for value in values)


def _add_sun(world: Element) -> None:
    sun = SubElement(world, 'light', name='sun', type='directional')
    _add(sun, 'cast_shadows', 'false')
    _add(sun, 'pose', 0, 0, 20, 0, 0, 0)
    _add(sun, 'diffuse', 0.9, 0.9, 0.9, 1)
    _add(sun, 'specular', 0.1, 0.1, 0.1, 1)
    _add(sun, 'direction', -0.4, 0.2, -0.9)


def _add_ground(world: Element, plan: FloorPlan) -> None:
    corners = np.concatenate([each.corners for each in plan.solids])
    low, high = corners.min(axis=0), corners.max(axis=0)
    link = _add_still_model(world, 'ground', *(low + high) / 2)
    for part in ('collision', 'visual'):
        shape = SubElement(link, part, name=part)
        plane = SubElement(SubElement(shape, 'geometry'), 'plane')
        _add(plane, 'normal', 0, 0, 1)
        _add(plane, 'size', *(high - low + 2 * GROUND_MARGIN))
    _add_colour(shape, GROUND_COLOUR)


def _add_model(world: Element, kind: str, solids: Iterable[Solid]) -> None:
    link = _add_still_model(world, kind)
    for number, solid in enumerate(solids):
        for part in ('collision', 'visual'):
            shape = SubElement(link, part, name=f'{part}_{number}')
            _add(shape, 'pose', solid.x, solid.y, (solid.bottom + solid.top) / 2, 0, 0, solid.yaw)
            _add_geometry(shape, solid)
        _add_colour(shape, COLOURS.get(kind, WOOD))


def _add_still_model(world: Element, name: str, x: float = 0.0, y: float = 0.0) -> Element:
    """Add a model that nothing moves; return its only link."""
    model = SubElement(world, 'model', name=name)
    _add(model, 'static', 'true')
    _add(model, 'pose', x, y, 0, 0, 0, 0)
    return SubElement(model, 'link', name='link')


def _add_geometry(shape: Element, solid: Solid) -> None:
    geometry, height = SubElement(shape, 'geometry'), solid.top - solid.bottom
    if solid.is_round:
        cylinder = SubElement(geometry, 'cylinder')
        _add(cylinder, 'radius', solid.length / 2)
        _add(cylinder, 'length', height)
    else:
        _add(SubElement(geometry, 'box'), 'size', solid.length, solid.width, height)


def _add_colour(visual: Element, colour: tuple[float, float, float]) -> None:
    material = SubElement(visual, 'material')
    _add(material, 'ambient', *colour, 1)
    _add(material, 'diffuse', *colour, 1)


def write_world(name: str) -> Path:
    """Write the SDF file of a floor plan next to its map; return its path."""
    tree = ElementTree(build_world(FloorPlan.load(HERE / 'plans' / f'{name}.yaml'), name))
    indent(tree)
    path = HERE / f'{name}.sdf'
    tree.write(path, encoding='utf-8', xml_declaration=True)
    return path


if __name__ == '__main__':
    for each in NAMES:
        print(write_world(each))
