"""Maps of voxels as octomap_msgs/Octomap and back."""

from array import array
from dataclasses import replace

from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
import numpy as np
from octomap_msgs.msg import Octomap
from std_msgs.msg import Header

_TREE = 'OcTree'


def octomap_from_voxels(voxels: VoxelMap, header: Header) -> Octomap:
    """
    Return the message of a map, which says of each voxel whether it is free or occupied.

    :raises ValueError: for a map too large for OctoMap.
    """
    return Octomap(
        header=header, binary=True, id=_TREE, resolution=voxels.resolution,
        data=array('b', voxels.to_octree()))


def voxels_from_octomap(message: Octomap, config: VoxelMapConfig) -> VoxelMap:
    """
    Return the map of a message.

    :param config: whose resolution is replaced by that of the message.
    :raises ValueError: saying what is wrong with the message.
    """
    if not message.header.frame_id:
        raise ValueError('its header.frame_id is empty')
    return VoxelMap.from_octree(
        np.frombuffer(message.data, np.int8), replace(config, resolution=message.resolution),
        binary=message.binary, tree=message.id)
