"""Mapping: lidar scans and point clouds in, occupancy out."""

from fsmi_explorer.mapping.laser_scan import LaserScan, SensorPoses
from fsmi_explorer.mapping.occupancy_grid import OccupancyGrid
from fsmi_explorer.mapping.occupancy_map import KERNELS, MapSizeError, OccupancyMap, warm_up
from fsmi_explorer.mapping.rectangle import Rectangle
from fsmi_explorer.mapping.sensor_model import InverseSensorModel, MappingConfig, VoxelMapConfig
from fsmi_explorer.mapping.voxel_map import VoxelMap

__all__ = [
    'InverseSensorModel',
    'KERNELS',
    'LaserScan',
    'MapSizeError',
    'MappingConfig',
    'OccupancyGrid',
    'OccupancyMap',
    'Rectangle',
    'SensorPoses',
    'VoxelMap',
    'VoxelMapConfig',
    'warm_up',
]
