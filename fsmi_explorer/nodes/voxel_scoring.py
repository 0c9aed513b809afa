"""What mi_node does in three dimensions: it scores maps of voxels, received as octomaps."""

from time import perf_counter
from typing import Callable

from fsmi_explorer.exploration.voxel_scoring import VoxelScorer
from fsmi_explorer.mapping import OccupancyGrid, VoxelMap, VoxelMapConfig
from fsmi_explorer.nodes.base import LATCHED
from fsmi_explorer.nodes.conversions import candidates_to_message, grid_to_message
from fsmi_explorer.nodes.diagnostics import Diagnostics
from fsmi_explorer.nodes.octomap_messages import voxels_from_octomap
from fsmi_explorer.nodes.scoring import (
    MiNodeConfig,
    relative_percent,
    Scored,
    small_example,
    Snapshot,
)
import numpy as np
from octomap_msgs.msg import Octomap


class NewestVoxels:
    """
    Keeps what comes on `octomap`, which is waited for.

    :param diagnostics: those of the node.
    :param on_voxels: called when there is a new map.
    """

    def __init__(self, diagnostics: Diagnostics, on_voxels: Callable[[], None]):
        """Subscribe."""
        self._diagnostics, self._tell = diagnostics, on_voxels
        self._message: Octomap | None = None
        self._voxels: VoxelMap | None = None
        diagnostics.subscribe(Octomap, 'octomap', self._on_octomap, LATCHED)

    def join(self, snapshot: Snapshot) -> Snapshot | None:
        """Return a snapshot with the newest voxels and their stamp; None when they do not suit."""
        if self._message is None:
            return None
        header = self._message.header
        if header.frame_id != snapshot.header.frame_id:
            self._diagnostics.drop('octomap in another frame than the map',
                                   f'{header.frame_id}, not {snapshot.header.frame_id}')
            return None
        return snapshot._replace(voxels=self._voxels, header=header)

    def _on_octomap(self, message: Octomap) -> bool:
        try:
            self._voxels = voxels_from_octomap(message, VoxelMapConfig())
        except ValueError as error:
            self._diagnostics.drop('malformed octomap', str(error))
            return False
        self._message = message
        self._tell()
        return True


class VoxelSnapshotScorer:
    """Scores maps of voxels, one after another, with the grids that belong to them."""

    def __init__(self):
        """Start without a map."""
        self._scorer: VoxelScorer | None = None
        self._config: MiNodeConfig | None = None

    def warm_up(self, config: MiNodeConfig) -> None:
        """Compile what scoring needs."""
        snapshot, pose = small_example()
        voxels = VoxelMap(VoxelMapConfig(resolution=1.0))
        voxels.set_dense(np.zeros(3, int), np.full((4, 8, 4), 0.1, np.float32))
        self.score(snapshot._replace(voxels=voxels), pose, config)

    def score(self, snapshot: Snapshot, pose: np.ndarray, config: MiNodeConfig) -> Scored:
        """
        Score the places that the robot can reach.

        :param pose: (3,) x, y, yaw of the robot.
        """
        start = perf_counter()
        if config != self._config:
            self._scorer, self._config = VoxelScorer(config.scoring, config.voxels), config
        percent, resolution, origin, header, voxels = snapshot
        grid = OccupancyGrid.from_percent(percent, resolution, origin)
        scores = self._scorer.score(grid, voxels, pose)
        relative = relative_percent(scores.bits, scores.field.reachable)
        return Scored(
            scores.candidates, grid_to_message(relative, resolution, origin, header),
            candidates_to_message(scores.candidates, header), perf_counter() - start)
