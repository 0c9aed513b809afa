"""The map of voxels that mapping_node keeps beside the grid, and its topics."""

from dataclasses import dataclass
from pathlib import Path

from fsmi_explorer.configuration import parameter
from fsmi_explorer.mapping import SensorPoses, VoxelMap, VoxelMapConfig
from fsmi_explorer.nodes.base import ExplorerNode, LATCHED
from fsmi_explorer.nodes.octomap_messages import octomap_from_voxels
from fsmi_explorer.nodes.point_clouds import cloud_to_message
import numpy as np
from octomap_msgs.msg import Octomap
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header


@dataclass(frozen=True)
class VoxelMappingConfig(VoxelMapConfig):
    """What mapping_node does in three dimensions."""

    resolution: float = parameter(
        0.1, 'side of a voxel', unit='m', low=0.001, high=10.0, live=False)
    rate: float = parameter(
        1.0, 'how often the map of voxels is published when it has changed', unit='Hz', low=0.01,
        high=50.0, live=False)
    occupied_threshold: float = parameter(
        0.5, 'a voxel of at least this probability is published as occupied', low=0.01, high=0.99)


class VoxelMapping:
    """
    Keeps a map of voxels and publishes it.

    :param node: the node that publishes.
    """

    def __init__(self, node: ExplorerNode):
        """Start empty, with kernels that are ready."""
        self._node = node
        self._map = VoxelMap(node.config.voxels)
        self._is_published = True
        self._octomap_publisher = node.create_publisher(Octomap, 'octomap', LATCHED)
        self._occupied_publisher = node.create_publisher(PointCloud2, 'occupied_voxels', LATCHED)
        node.diagnostics.value('map of voxels (MB)', lambda: f'{self._map.memory_bytes / 1e6:.1f}')

    def warm_up(self) -> None:
        """Compile the kernels."""
        trial = VoxelMap(self._node.config.voxels)
        trial.insert_cloud(np.ones((1, 3), np.float32), SensorPoses.planar(np.zeros(3)))
        trial.occupied_voxels()
        trial.to_octree()

    def insert(self, points: np.ndarray, pose: SensorPoses) -> None:
        """
        Put a cloud into the map.

        :param points: (n, 3) in the frame of the sensor.
        :param pose: where that was in the frame of the map.
        :raises MapSizeError: when the map would grow too large; it stays as it was.
        """
        self._map.config = self._node.config.voxels
        if self._map.insert_cloud(points, pose):
            self._is_published = False

    def continue_from(self, path: Path) -> None:
        """
        Go on with a saved map.

        :raises FileFormatError: when the file cannot be read.
        :raises ValueError: when its voxels are of another size.
        """
        config = self._node.config.voxels
        saved = VoxelMap.load(path, config)
        if saved.resolution != config.resolution:
            raise ValueError(f'{path} has voxels of {saved.resolution:g} m, voxels.resolution is '
                             f'{config.resolution:g} m')
        self._map, self._is_published = saved, False

    def publish(self, header: Header) -> None:
        """Publish the map if it has changed."""
        if self._is_published:
            return
        self._is_published = True
        with self._node.diagnostics.timed('publish the map of voxels'):
            occupied = self._map.occupied_voxels(self._node.config.voxels.occupied_threshold)
            self._occupied_publisher.publish(cloud_to_message(occupied, header))
            self._octomap_publisher.publish(octomap_from_voxels(self._map, header))
        self._node.diagnostics.count('maps of voxels published')

    def reset(self) -> None:
        """Forget everything; the empty map is published next."""
        self._map.reset()
        self._is_published = False

    def save(self, path: Path) -> None:
        """
        Save the map as a file of OctoMap.

        :param path: ends with .bt.
        :raises FsmiExplorerError: when the file cannot be written.
        """
        self._map.save(path)
