"""`mi_node`: the map in, the information of every pose that the robot can reach out."""

import sys

from fsmi_explorer.nodes.base import ExplorerNode, LATCHED, run
from fsmi_explorer.nodes.conversions import origin_of, percent_from_message, resolution_of
from fsmi_explorer.nodes.markers import candidate_markers
from fsmi_explorer.nodes.scoring import MiNodeConfig, Scored, Snapshot, SnapshotScorer
from fsmi_explorer.nodes.transforms import Frames
from fsmi_explorer.nodes.voxel_scoring import NewestVoxels, VoxelSnapshotScorer
from map_msgs.msg import OccupancyGridUpdate
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage
import numpy as np
from sensor_msgs.msg import PointCloud2
from tf2_ros import TransformException
from visualization_msgs.msg import MarkerArray

_RETRY_PERIOD = 0.2
_UPDATES_QUEUED = 20


class MiNode(ExplorerNode):
    """Scores the newest map whenever there is one."""

    def __init__(self):
        """Wire the topics."""
        super().__init__('mi_node', MiNodeConfig)
        self._snapshot: Snapshot | None = None
        self._frames = Frames(self)
        in_3d = self.config.dimension == 3
        scorer = VoxelSnapshotScorer() if in_3d else SnapshotScorer()
        with self.preparing():
            scorer.warm_up(self.config)
        self._scoring = self.background(scorer.score, self._publish)
        self._information_publisher = self.create_publisher(
            OccupancyGridMessage, 'mi_map', LATCHED)
        self._candidate_publisher = self.create_publisher(PointCloud2, 'candidates', LATCHED)
        self._marker_publisher = self.create_publisher(MarkerArray, 'candidate_markers', LATCHED)
        self._voxels = NewestVoxels(self.diagnostics, self._score) if in_3d else None
        self.diagnostics.subscribe(OccupancyGridMessage, 'map', self._on_map, LATCHED)
        if self.config.use_updates:
            self.diagnostics.listen(
                OccupancyGridUpdate, 'map_updates', self._on_update, _UPDATES_QUEUED)
        self._retry = self.create_timer(_RETRY_PERIOD, self._score)
        self._retry.cancel()
        self.diagnostics.need(self._missing_pose)

    def _on_map(self, message: OccupancyGridMessage) -> bool:
        try:
            snapshot = Snapshot(
                percent_from_message(message), resolution_of(message), origin_of(message),
                message.header)
            snapshot.check()
        except ValueError as error:
            self.diagnostics.drop('malformed map', str(error))
            return False
        self._snapshot = snapshot
        if self._voxels is None:  # else the next map of voxels is waited for
            self._score()
        return True

    def _on_update(self, message: OccupancyGridUpdate) -> None:
        if self._snapshot is None:
            return
        height, width = self._snapshot.percent.shape
        right, top = message.x + message.width, message.y + message.height
        if (min(message.x, message.y) < 0 or right > width or top > height
                or len(message.data) != message.width * message.height):
            self.diagnostics.drop(
                'malformed map update', f'{message.width} x {message.height} cells at '
                f'{message.x}, {message.y} with {len(message.data)} values for a map of '
                f'{width} x {height}')
            return
        percent = self._snapshot.percent.copy()
        percent[message.y:top, message.x:right] = np.frombuffer(
            message.data, np.int8).reshape(message.height, message.width)
        self._snapshot = self._snapshot._replace(percent=percent, header=message.header)
        self._score()

    def _score(self) -> None:
        """Have the newest map scored; try again soon while the robot's pose is unknown."""
        snapshot = self._snapshot
        if snapshot is not None and self._voxels is not None:
            snapshot = self._voxels.join(snapshot)
        if snapshot is None:
            return
        try:
            pose = self._frames.pose(snapshot.header.frame_id, self.config.base_frame)
        except TransformException:
            self._retry.reset()
            return
        self._retry.cancel()
        self._scoring.request(snapshot, pose, self.config)

    def _publish(self, scored: Scored) -> None:
        self.diagnostics.latency('score a map', scored.duration)
        self.diagnostics.count('maps scored')
        self._information_publisher.publish(scored.information)
        self._candidate_publisher.publish(scored.cloud)
        if self._marker_publisher.get_subscription_count():
            self._marker_publisher.publish(
                candidate_markers(scored.candidates, scored.cloud.header))

    def _missing_pose(self) -> str:
        if self._snapshot is None:
            return ''
        return self._frames.missing(self._snapshot.header.frame_id, self.config.base_frame)


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run(MiNode, args)


if __name__ == '__main__':
    sys.exit(main())
