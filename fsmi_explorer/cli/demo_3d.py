"""What `fsmi_explorer demo --dimension 3` does besides: it watches the map of voxels grow."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from fsmi_explorer.cli.node_parameters import node_parameters
from fsmi_explorer.cli.record import RunRecord, Summary
from fsmi_explorer.cli.voxel_record import VisibleSpace, VoxelRecorder
from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.mapping import VoxelMapConfig
from fsmi_explorer.nodes.voxel_mapping import VoxelMappingConfig
from fsmi_explorer.simulation import SimulationConfig, World
from fsmi_explorer.simulation.voxel_visibility import sensor_seats
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world_files import load_voxel_world


class VoxelDemo:
    """
    Keeps the maps of voxels of a run, and draws and judges them at its end.

    What can be seen at all is found out meanwhile, in a thread of its own.

    :param path: file of the world.
    :param world: the same in two dimensions.
    :param parameter_files: those of the nodes, later ones win.
    """

    def __init__(self, path: Path, world: World, parameter_files: list[Path]):
        """Load the world and begin to find out what of it can be seen."""
        simulation = SimulationConfig.from_mapping(
            node_parameters(parameter_files, 'simulator_node')['simulation'])
        mapping = VoxelMappingConfig.from_mapping(
            node_parameters(parameter_files, 'mapping_node')['voxels'])
        self._world = load_voxel_world(path, simulation.voxels)
        self._recorder: VoxelRecorder | None = None
        self._thread = ThreadPoolExecutor(1)
        self._visible: Future[VisibleSpace] = self._thread.submit(
            _find_visible, self._world, world, simulation, mapping)

    def make_recorder(self) -> VoxelRecorder:
        """Return the node that keeps the maps."""
        self._recorder = VoxelRecorder()
        return self._recorder

    def write_results(self, out: Path, record: RunRecord, summary: Summary) -> dict[str, float]:
        """
        Write `voxels.png`, `voxels.gif` and `map.bt`.

        :return: what summary.json says besides.
        :raises FsmiExplorerError: when no map of voxels came.
        """
        from fsmi_explorer.cli.pictures import save
        from fsmi_explorer.cli.voxel_picture import draw_voxels, write_voxel_animation
        frames, visible = self._recorder.frames, self._visible.result()
        self._thread.shutdown()
        if not frames:
            raise FsmiExplorerError('no map of voxels came from mapping_node')
        voxels = frames[-1].unpack()
        voxels.save(out / 'map.bt')
        space, surface = visible.coverage(voxels)
        headline = (f'{summary.world.rsplit("/", 1)[-1]} in three dimensions: {space:.1%} of the '
                    f'space that can be seen, in {summary.path_length_m:.0f} m and '
                    f'{summary.duration_s:.0f} s')
        save(draw_voxels(self._world, record, frames, visible, headline), out / 'voxels.png')
        write_voxel_animation(self._world, record, frames, out / 'voxels.gif')
        return {'voxel_coverage': round(space, 4), 'surface_coverage': round(surface, 4),
                'known_m3': round(voxels.known_voxels * voxels.resolution ** 3, 1)}


def _find_visible(voxel_world: VoxelWorld, world: World, simulation: SimulationConfig,
                  mapping: VoxelMapConfig) -> VisibleSpace:
    """Find out what the lidar of the robot can see, in voxels as large as those of the map."""
    lidar, mount = simulation.lidar_3d, simulation.lidar_3d.mount
    seats = sensor_seats(world, simulation.robot.radius, (mount.x, mount.y, mount.z))
    reach = min(lidar.range_max, mapping.max_range or lidar.range_max)
    return VisibleSpace.of(
        voxel_world, mapping.resolution, seats, reach, (lidar.lowest, lidar.highest))
