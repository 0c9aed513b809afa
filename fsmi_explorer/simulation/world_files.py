"""Worlds from files, for driving and for seeing in three dimensions."""

from pathlib import Path

from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.mapping import VoxelMap
from fsmi_explorer.simulation.cloud_configuration import VoxelWorldConfig
from fsmi_explorer.simulation.floor_plan import FloorPlan
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world import World

OCTREE_SUFFIXES = ('.bt', '.ot')
FREE_BELOW = 0.5  # what a map of voxels calls less certain than this is solid


def load_world(path: str | Path, config: VoxelWorldConfig) -> World:
    """
    Read the world that a robot drives in.

    :param path: YAML file of a map, or a file of OctoMap.
    :param config: between what heights the robot meets the voxels of an octree.
    :raises FileFormatError: naming the file and the reason.
    """
    if Path(path).suffix not in OCTREE_SUFFIXES:
        return World.load(path)
    grid = VoxelMap.load(path).project(config.body_low, config.body_high)
    free = grid.probabilities < FREE_BELOW
    if not free.any():
        raise FileFormatError(f'{path}: nothing in it is free between {config.body_low:g} and '
                              f'{config.body_high:g} m')
    return World(~free, grid.resolution, grid.origin)


def load_voxel_world(path: str | Path, config: VoxelWorldConfig) -> VoxelWorld:
    """
    Read the world that 3D sensors see.

    The YAML file of a map may name a `floor_plan`, which map servers ignore; without one, what is
    not free becomes walls. Of an octree, what is not free is solid too.

    :param path: YAML file of a map, or a file of OctoMap.
    :param config: resolution of plans, height of the walls of flat maps.
    :raises FileFormatError: naming the file and the reason.
    """
    if Path(path).suffix in OCTREE_SUFFIXES:
        return _load_octree(path)
    plan = read_yaml(path).get('floor_plan')
    if plan is not None:
        return VoxelWorld.of_plan(
            FloorPlan.load(Path(path).parent / plan), config.resolution)
    try:
        return VoxelWorld.of_world(World.load(path), config.wall_height)
    except ValueError as error:
        raise FileFormatError(f'{path}: {error}') from None


def _load_octree(path: str | Path) -> VoxelWorld:
    """Read the box of what an octree knows."""
    voxels = VoxelMap.load(path)
    bounds = voxels.cell_bounds
    if bounds is None:
        raise FileFormatError(f'{path}: it knows no voxel')
    solid = ~(voxels.dense(*bounds) < FREE_BELOW)
    return VoxelWorld(solid, voxels.resolution, bounds[0] * voxels.resolution)
