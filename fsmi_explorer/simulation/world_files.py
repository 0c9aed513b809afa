"""Worlds from files, for driving and for seeing in three dimensions."""

from pathlib import Path

from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.simulation.cloud_configuration import VoxelWorldConfig
from fsmi_explorer.simulation.floor_plan import FloorPlan
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world import World


def load_voxel_world(path: str | Path, config: VoxelWorldConfig) -> VoxelWorld:
    """
    Read the world that 3D sensors see.

    The YAML file of a map may name a `floor_plan`, which map servers ignore; without one, what is
    not free becomes walls.

    :param path: YAML file of a map.
    :param config: resolution of plans, height of the walls of flat maps.
    :raises FileFormatError: naming the file and the reason.
    """
    plan = read_yaml(path).get('floor_plan')
    if plan is not None:
        return VoxelWorld.of_plan(
            FloorPlan.load(Path(path).parent / plan), config.resolution)
    try:
        return VoxelWorld.of_world(World.load(path), config.wall_height)
    except ValueError as error:
        raise FileFormatError(f'{path}: {error}') from None
