"""The map of voxels as it grew in one exploration, and how much of what can be seen it knows."""

from array import array
from dataclasses import dataclass
from typing import NamedTuple
import zlib

from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
from fsmi_explorer.nodes.octomap_messages import voxels_from_octomap
from fsmi_explorer.simulation.voxel_visibility import visible_space
from fsmi_explorer.simulation.voxel_world import VoxelWorld
import numpy as np
from octomap_msgs.msg import Octomap
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_MOST_FRAMES = 120


class VoxelFrame(NamedTuple):
    """
    A map at one moment, kept compressed.

    :param time_s: stamp of the map.
    :param message: the map without its data.
    :param packed: the data.
    """

    time_s: float
    message: Octomap
    packed: bytes

    def unpack(self) -> VoxelMap:
        """Return the map."""
        message = Octomap(
            header=self.message.header, binary=self.message.binary, id=self.message.id,
            resolution=self.message.resolution, data=array('b', zlib.decompress(self.packed)))
        return voxels_from_octomap(message, VoxelMapConfig())


class VoxelRecorder(Node):
    """Keeps maps of voxels while the nodes explore: a bounded number, evenly over the run."""

    def __init__(self):
        """Subscribe."""
        super().__init__(
            'voxel_recorder', parameter_overrides=[Parameter('use_sim_time', value=True)])
        self._frames: list[VoxelFrame] = []
        self._newest: Octomap | None = None
        self._received, self._stride = 0, 1
        self.create_subscription(Octomap, 'octomap', self._on_octomap, LATCHED)

    @property
    def frames(self) -> list[VoxelFrame]:
        """Return the frames, the newest map last."""
        newest = [] if self._newest is None else [_pack(self._newest)]
        return [each for each in self._frames
                if not newest or each.time_s < newest[0].time_s] + newest

    def _on_octomap(self, message: Octomap) -> None:
        self._newest = message
        if self._received % self._stride == 0:
            self._frames.append(_pack(message))
            if len(self._frames) > _MOST_FRAMES:  # however long the run, memory stays bounded
                del self._frames[1::2]
                self._stride *= 2
        self._received += 1


def _pack(message: Octomap) -> VoxelFrame:
    stamp = message.header.stamp
    return VoxelFrame(
        stamp.sec + 1e-9 * stamp.nanosec,
        Octomap(header=message.header, binary=message.binary, id=message.id,
                resolution=message.resolution),
        zlib.compress(message.data.tobytes(), 1))


@dataclass(frozen=True, eq=False)
class VisibleSpace:
    """
    What of a world a robot's 3D sensor can see, from wherever it can be.

    :param free: (n, 3) m, centres of the free voxels of a map.
    :param surface: (k, 3) m, centres of the voxels beside them that hold something solid.
    """

    free: np.ndarray
    surface: np.ndarray

    @classmethod
    def of(cls, world: VoxelWorld, resolution: float, seats: np.ndarray, range_max: float,
           elevations: tuple[float, float]) -> 'VisibleSpace':
        """Measure a world; arguments as of `visible_space`."""
        return cls(*visible_space(world, resolution, seats, range_max, elevations))

    def coverage(self, voxels: VoxelMap) -> tuple[float, float]:
        """Return the shares of the free voxels, and of those of surfaces, that a map observed."""
        return tuple(float(np.isfinite(voxels.probability(each)).mean())
                     for each in (self.free, self.surface))
