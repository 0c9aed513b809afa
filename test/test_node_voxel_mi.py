"""mi_node in three dimensions, with hand-made maps."""

from array import array

from node_messages import grid_message, Health, LATCHED, stamp, TransformSource
import numpy as np
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.exploration.voxel_scoring import VoxelScorer  # noqa: E402
from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig  # noqa: E402
from fsmi_explorer.nodes.conversions import candidates_from_message, grid_from_message  # noqa: E402
from fsmi_explorer.nodes.octomap_messages import octomap_from_voxels  # noqa: E402
from fsmi_explorer.nodes.scoring import MiNodeConfig  # noqa: E402
from nav_msgs.msg import OccupancyGrid  # noqa: E402
from octomap_msgs.msg import Octomap  # noqa: E402
from sensor_msgs.msg import PointCloud2  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

FLYING = {'vehicle': 'flying', 'sensor_height': 0.1, 'lowest': 0.5, 'highest': 1.5,
          'lidar': {'rings': 4, 'azimuths': 24}}
PARAMETERS = {'dimension': 3, 'voxels': FLYING, 'scoring': {'model': {'max_range': 3.0}}}


def half_seen_hall():
    """Return a grid message and the voxels of a hall whose right half was never seen."""
    box = np.full((22, 42, 41), 0.1, np.float32)
    box[[0, -1]] = box[:, [0, -1]] = box[:, :, 0] = 0.9
    voxels = VoxelMap(VoxelMapConfig(resolution=0.1))
    voxels.set_dense(np.array([-1, -1, -1]), box)
    percent = np.full((42, 80), -1)
    percent[:, :41] = 0
    percent[[0, -1], :41] = percent[:, 0] = 100
    return grid_message(percent, origin=(-0.1, -0.1)), voxels


def test_it_scores_the_map_of_voxels(nodes, probe):
    health, clouds = Health(probe), probe.collect(PointCloud2, 'candidates', LATCHED)
    surfaces = probe.collect(OccupancyGrid, 'mi_map', LATCHED)
    maps = probe.node.create_publisher(OccupancyGrid, 'map', LATCHED)
    octomaps = probe.node.create_publisher(Octomap, 'octomap', LATCHED)
    nodes.start('mi_node', parameters=PARAMETERS)
    TransformSource(probe.node, (1.0, 2.0, 0.0), child='base_link')
    grid, voxels = half_seen_hall()
    maps.publish(grid)
    health.wait_for_message('mi_node', '/octomap: no usable')
    octomaps.publish(Octomap(
        header=Header(frame_id='map'), binary=True, id='OcTree', resolution=0.1,
        data=array('b', bytes(3))))
    health.wait_for_value('mi_node', 'dropped: malformed octomap')
    octomaps.publish(octomap_from_voxels(voxels, Header(frame_id='elsewhere')))
    health.wait_for_value('mi_node', 'dropped: octomap in another frame than the map')
    assert not clouds
    octomaps.publish(octomap_from_voxels(voxels, Header(frame_id='map', stamp=stamp(5.5))))
    probe.wait_for(lambda: clouds and surfaces)
    assert clouds[-1].header.stamp == surfaces[-1].header.stamp == stamp(5.5)
    found = candidates_from_message(clouds[-1])
    config = MiNodeConfig.from_mapping(PARAMETERS)
    expected = VoxelScorer(config.scoring, config.voxels).score(
        grid_from_message(grid), voxels, (1.0, 2.0, 0.0)).candidates
    np.testing.assert_allclose(found.bits, expected.bits, rtol=1e-6)
    np.testing.assert_allclose(found.poses, expected.poses, atol=1e-6)
    np.testing.assert_allclose(found.heights, expected.heights, atol=1e-6)
    assert set(found.heights) <= {0.5, 1.0, 1.5} and len(found) > 10


@pytest.mark.parametrize('scoring, word', [
    ({'method': 'csqmi'}, 'csqmi'), ({'model': {'max_range': float('inf')}}, 'finite')])
def test_what_cannot_be_scored_in_voxels_is_refused(scoring, word):
    with pytest.raises(ValueError, match=word):
        MiNodeConfig.from_mapping({'dimension': 3, 'scoring': scoring})
