"""`mapping_node`: scans and TF in, an occupancy map out."""

from dataclasses import dataclass
from pathlib import Path
import sys

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.errors import ConfigurationError, FsmiExplorerError
from fsmi_explorer.mapping import (
    LaserScan,
    MappingConfig,
    MapSizeError,
    OccupancyGrid,
    OccupancyMap,
    Rectangle,
    SensorPoses,
)
from fsmi_explorer.nodes.base import ExplorerNode, LATCHED, run
from fsmi_explorer.nodes.conversions import cells_to_data, grid_to_message, scan_from_message
from fsmi_explorer.nodes.height_band import band_beams, HeightBandConfig
from fsmi_explorer.nodes.point_clouds import points_from_message
from fsmi_explorer.nodes.scan_queue import ScanQueue
from fsmi_explorer.nodes.transforms import Frames
from fsmi_explorer.nodes.voxel_mapping import VoxelMapping, VoxelMappingConfig
from map_msgs.msg import OccupancyGridUpdate
from nav_msgs.msg import OccupancyGrid as OccupancyGridMessage
import numpy as np
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import LaserScan as LaserScanMessage, PointCloud2
from std_msgs.msg import Header
from std_srvs.srv import Trigger

_RETRY_PERIOD = 0.01
_SILENT_AFTER = 2.0
# Few enough that a node that is late drops some of them, and not all of its scans.
_TRANSFORMS_QUEUED = 30


@dataclass(frozen=True)
class MappingNodeConfig(Configuration):
    """What mapping_node reads."""

    dimension: int = parameter(
        2, '3 keeps a map of voxels beside the grid, from the clouds', low=2, high=3, live=False)
    sensors: str = parameter(
        'all', 'what the map is made of: scans, points of clouds, or all; choose one of them when '
        'a lidar publishes both, as its beams would count twice',
        choices=('all', 'scans', 'points'), live=False)
    scan_topics: tuple = parameter(
        ('scan',), 'topics of the lidars, sensor_msgs/LaserScan', live=False)
    point_topics: tuple = parameter(
        ('points',), 'topics of 3D lidars and depth cameras, sensor_msgs/PointCloud2', live=False)
    map_frame: str = parameter('map', 'frame that the map is kept in', live=False)
    map_rate: float = parameter(
        1.0, 'how often the whole map is published when it has changed', unit='Hz', low=0.01,
        high=50.0, live=False)
    update_rate: float = parameter(
        4.0, 'how often the changed rectangle is published in between; 0 for never', unit='Hz',
        low=0.0, high=50.0, live=False)
    transform_timeout: float = parameter(
        0.5, 'how long a scan waits for the transforms of its time before it is dropped',
        unit='s', low=0.0, high=10.0)
    max_waiting_scans: int = parameter(
        100, 'how many scans may wait for transforms', unit='scans', low=1, high=10000)
    max_points: int = parameter(
        2000000, 'clouds of more points are refused', unit='points', low=1, high=100000000)
    map_directory: str = parameter(
        '~/maps', 'folder that maps are saved in; nothing is ever written outside', live=False)
    map_name: str = parameter('map', 'name of a saved map, without suffix')
    map_mode: str = parameter(
        'trinary', 'what a saved map keeps: trinary occupied, free, unknown; scale and raw the '
        'probabilities', choices=('trinary', 'scale', 'raw'))
    continue_from: str = parameter(
        '', 'YAML file of a saved map to go on with, and in three dimensions the .bt file of the '
        'same name; empty starts with nothing', live=False)
    points: HeightBandConfig = section(HeightBandConfig)
    mapping: MappingConfig = section(MappingConfig)
    voxels: VoxelMappingConfig = section(VoxelMappingConfig)

    @property
    def save_path(self) -> Path:
        """
        Return where maps are saved.

        :raises ConfigurationError: when the name leads out of the folder.
        """
        folder = Path(self.map_directory).expanduser().resolve()
        path = (folder / f'{self.map_name}.yaml').resolve()
        if not path.is_relative_to(folder) or not self.map_name:
            raise ConfigurationError(
                f'map_name must name a file below {folder}, got {self.map_name!r}')
        return path

    def __post_init__(self):
        """Check the name of the map too."""
        super().__post_init__()
        self.save_path  # noqa: B018 - raises


class MappingNode(ExplorerNode):
    """Keeps the map."""

    def __init__(self):
        """Wire the topics."""
        super().__init__('mapping_node', MappingNodeConfig)
        self._map = OccupancyMap(self.config.mapping)
        self._stamp = self.get_clock().now().to_msg()
        self._is_published = True
        self._published: tuple | None = None
        self._frames = Frames(self, self._on_clock_jump, _TRANSFORMS_QUEUED)
        self._queue = ScanQueue(self._frames, self.diagnostics.drop)
        self._voxels = VoxelMapping(self) if self.config.dimension == 3 else None
        self._prepare()
        self._map_publisher = self.create_publisher(OccupancyGridMessage, 'map', LATCHED)
        self._update_publisher = self.create_publisher(OccupancyGridUpdate, 'map_updates', 10)
        self._inlets = [
            self.diagnostics.listen(
                kind, topic, callback, qos_profile_sensor_data, silent_after=_SILENT_AFTER)
            for sensor, kind, topics, callback in (
                ('scans', LaserScanMessage, self.config.scan_topics, self._on_scan),
                ('points', PointCloud2, self.config.point_topics, self._on_points))
            for topic in topics if self.config.sensors in ('all', sensor)]
        self.diagnostics.need(self._missing_lidar)
        self.create_timer(1.0 / self.config.map_rate, self._publish_map)
        if self.config.update_rate > 0.0:
            self.create_timer(1.0 / self.config.update_rate, self._publish_update)
        if self._voxels is not None:
            self.create_timer(1.0 / self.config.voxels.rate, self._publish_voxels)
        self._retry = self.create_steady_timer(_RETRY_PERIOD, self._insert_ready)
        self._retry.cancel()
        self.create_service(Trigger, '~/save_map', self._on_save_map)
        self.create_service(Trigger, '~/reset', self._on_reset)
        self.diagnostics.value('map (cells)', lambda: 'x'.join(map(str, self._map.shape)))
        self.diagnostics.value('waiting scans', lambda: len(self._queue))

    def _prepare(self) -> None:
        """Compile the kernels, and load the map to go on with."""
        with self.preparing():
            OccupancyMap(self.config.mapping).insert_scan(
                LaserScan(np.ones(1), 0.0, 0.0, 0.0, 2.0), SensorPoses.planar(np.zeros(3)))
            if self._voxels is not None:
                self._voxels.warm_up()
        if self.config.continue_from:
            path = Path(self.config.continue_from).expanduser()
            try:
                self._map.continue_from(OccupancyGrid.load(path))
                if self._voxels is not None:
                    self._voxels.continue_from(path.with_suffix('.bt'))
            except ValueError as error:
                raise ConfigurationError(f'continue_from: {error}') from None
            self._is_published = False

    def _on_scan(self, message: LaserScanMessage) -> bool:
        try:
            scan = scan_from_message(message)
        except ValueError as error:
            self.diagnostics.drop('malformed scan', str(error))
            return False
        self._queue.put(
            scan, message.header, self.config.max_waiting_scans,
            scan.time_increment * (len(scan.ranges) - 1))
        self._insert_ready()
        return True

    def _on_points(self, message: PointCloud2) -> bool:
        try:
            points = points_from_message(message, self.config.max_points)
        except ValueError as error:
            self.diagnostics.drop('malformed cloud', str(error))
            return False
        self._queue.put(points, message.header, self.config.max_waiting_scans)
        self._insert_ready()
        return True

    def _missing_lidar(self) -> str:
        """Say what is wrong with the lidars; one that is heard is enough."""
        missing = [each.missing() for each in self._inlets]
        return '; '.join(missing) if all(missing) else ''

    def _insert_ready(self) -> None:
        """Put the scans whose poses are known into the map; come back soon for the others."""
        self._map.config = self.config.mapping
        for waiting, poses in self._queue.ready(
                self.config.map_frame, self.config.transform_timeout):
            try:
                with self.diagnostics.timed('insert a scan'):
                    changed = self._insert(waiting.content, poses)
            except MapSizeError as error:
                self.diagnostics.drop('the map would grow too large', str(error))
                continue
            self.diagnostics.latency('scan to map', waiting.waited.real)
            self.diagnostics.count('scans inserted')
            self._stamp = waiting.header.stamp
            self._is_published = self._is_published and changed is None
        if len(self._queue) and self._retry.is_canceled():
            self._retry.reset()
        elif not len(self._queue):
            self._retry.cancel()

    def _insert(self, content: LaserScan | np.ndarray, poses: SensorPoses) -> Rectangle | None:
        """Put a scan or a cloud into the map."""
        if isinstance(content, LaserScan):
            return self._map.insert_scan(content, poses)
        if self._voxels is not None:
            self._voxels.insert(content, poses)
        return self._map.insert_endpoints(*band_beams(
            content, poses, self.config.points, self.config.mapping.resolution))

    def _publish_map(self) -> None:
        """Publish the whole map if it has changed."""
        if self._is_published:
            return
        with self.diagnostics.timed('publish the map'):
            grid = self._map.grid()
            self._map.take_changed()
            self._map_publisher.publish(
                grid_to_message(grid.percent(), grid.resolution, grid.origin, self._header()))
        self._published = (grid.shape, grid.origin)
        self._is_published = True
        self.diagnostics.count('maps published')

    def _publish_update(self) -> None:
        """Publish what has changed, unless the map has outgrown the one that was published."""
        if (self._published != (self._map.shape, self._map.origin)
                or not self._update_publisher.get_subscription_count()):
            return
        changed = self._map.take_changed()
        if changed is None:
            return
        rows, columns = changed.shape
        percent = self._map.grid().window(changed).percent()
        self._update_publisher.publish(OccupancyGridUpdate(
            header=self._header(), x=changed.col0, y=changed.row0, width=columns, height=rows,
            data=cells_to_data(percent)))

    def _publish_voxels(self) -> None:
        """Publish the map of voxels if it has changed."""
        self._voxels.publish(self._header())

    def _header(self) -> Header:
        return Header(frame_id=self.config.map_frame, stamp=self._stamp)

    def _on_clock_jump(self) -> None:
        self._queue.forget('a jump of the clock', jumped=True)

    def _on_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._map.reset()
        if self._voxels is not None:
            self._voxels.reset()
        self._queue.forget('the reset')
        self._stamp = self.get_clock().now().to_msg()
        self._is_published = False
        self._publish_map()
        if self._voxels is not None:
            self._publish_voxels()
        response.success, response.message = True, 'The map is empty.'
        return response

    def _on_save_map(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """Save the map as map_server would."""
        if not self._map.grid().known.any():
            response.message = 'There is nothing in the map yet.'
            return response
        path = self.config.save_path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path = self._map.grid().save(path, mode=self.config.map_mode)
            if self._voxels is not None:
                self._voxels.save(path.with_suffix('.bt'))
        except (OSError, FsmiExplorerError) as error:
            response.message = f'The map could not be saved: {error}'
            return response
        response.success, response.message = True, f'Saved {path}.'
        return response


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run(MappingNode, args)


if __name__ == '__main__':
    sys.exit(main())
