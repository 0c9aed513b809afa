"""`fsmi_explorer replay`: a recorded lidar log, mapped and scored by the real nodes."""

from argparse import ArgumentParser, Namespace
import json
import math
from pathlib import Path
import sys
import time

from fsmi_explorer.cli.pictures import (
    draw_best_pose,
    draw_information,
    draw_legend,
    draw_map,
    draw_path,
    new_figure,
    save,
)
from fsmi_explorer.cli.processes import NodeProcesses
from fsmi_explorer.cli.progress import ProgressLine
from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.files import write_atomically
from fsmi_explorer.logs import Log, read_log
from fsmi_explorer.mapping import MappingConfig
from fsmi_explorer.shared_files import find_shared
import numpy as np

_SHORTEST_MAP_PERIOD, _LONGEST_MAP_PERIOD = 1.0, 100.0


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        'log', type=Path, metavar='LOG',
        help='CARMEN log (.log, .clf, .gfs, also .gz, .bz2) or ROS 2 bag (folder, .mcap, .db3)')
    parser.add_argument('--out', type=Path, default=Path('output/replay'), metavar='DIR',
                        help='folder of the results (default: %(default)s)')
    parser.add_argument('--rate', type=float, default=0.0, metavar='X',
                        help='speed in times of real time; 0, the default, as fast as the nodes '
                        'can follow')
    parser.add_argument('--scan-topic', metavar='TOPIC',
                        help='topic of a bag to map; by default the one with most scans')
    parser.add_argument('--resolution', type=float, default=0.05, metavar='M',
                        help='side of a cell of the map in m (default: %(default)s)')
    parser.add_argument('--max-range', type=float, default=0.0, metavar='M',
                        help='cut beams here, in m; 0, the default, where the lidar ends')
    parser.add_argument('--no-return', choices=('free', 'skip'),
                        help='whether a beam without return shows free space or nothing; by '
                        'default nothing for CARMEN logs and lidars of more than 30 m')


def run(arguments: Namespace) -> int:
    """Replay the log and write `map.pgm`, `map.yaml`, `mi.png`, `summary.json`."""
    if not 0.0 <= arguments.rate < math.inf:
        raise FsmiExplorerError(f'--rate must be 0 or more, got {arguments.rate:g}')
    MappingConfig(resolution=arguments.resolution, max_range=arguments.max_range)
    started = time.monotonic()
    log = read_log(arguments.log, arguments.scan_topic)
    period = _map_period(arguments.rate)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with NodeProcesses(arguments.out / 'logs') as nodes:
        for name, parameters in _parameters(log, period, arguments).items():
            nodes.start(name, parameters={'use_sim_time': True, **parameters},
                        parameter_files=[find_shared('config', 'fsmi_explorer.yaml')])
        player, results = _play(log, nodes, period, arguments.rate)
    _write(arguments, player, *results, time.monotonic() - started)
    return 0


def _map_period(rate: float) -> float:
    """Return the time between two maps, s of the log: a second of a spectator, or few of them."""
    if rate == 0.0:
        return _LONGEST_MAP_PERIOD
    return min(max(rate, _SHORTEST_MAP_PERIOD), _LONGEST_MAP_PERIOD)


def _parameters(log: Log, map_period: float, arguments: Namespace) -> dict[str, dict]:
    """Return the parameters of the nodes that this log calls for."""
    scan = next(log.scans()).scan
    fov = min(math.tau, abs(scan.angle_increment) * len(scan.ranges))
    free = log.no_return_is_free if arguments.no_return is None else arguments.no_return == 'free'
    return {
        'mapping_node': {
            'map_rate': 1.0 / map_period, 'update_rate': 0.0,
            'mapping': {'resolution': arguments.resolution, 'max_range': arguments.max_range,
                        'inf_is_free': free}},
        'mi_node': {
            'base_frame': log.base_frame,
            'scoring': {'model': {'fov': fov}}},
    }


def _play(log: Log, nodes: NodeProcesses, map_period: float, rate: float):
    """Play the log to the nodes; return the player and its results."""
    from fsmi_explorer.cli.log_player import LogPlayer
    import rclpy
    from rclpy.signals import SignalHandlerOptions
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    player = LogPlayer(log, nodes)
    try:
        with ProgressLine(sys.stderr) as progress:
            progress.show('starting the nodes; they compile when they run for the first time')
            player.wait_for_listeners()
            for count in player.play(rate):
                progress.show(f'{count} of {log.scan_count} scans, '
                              f'{sum(player.dropped.values())} dropped')
            progress.show('scoring the map')
            player.finish(map_period)
        return player, player.results()
    finally:
        player.destroy_node()  # what it has latched must not outlive it
        rclpy.try_shutdown()


def path_length(path: np.ndarray) -> float:
    """Return the length in m of a path of poses (k, 3) x, y, yaw."""
    return float(np.hypot(*np.diff(path[:, :2], axis=0).T).sum())


def _write(arguments: Namespace, player, grid, bits, candidates, wall_s: float) -> None:
    grid.save(arguments.out / 'map.yaml')
    path = np.reshape(player.path, (-1, 3))
    _draw(arguments.out / 'mi.png', grid, bits, candidates.poses, path)
    dropped = sum(player.dropped.values())
    summary = {
        'log': str(arguments.log),
        'scans_read': player.played,
        'scans_inserted': player.played - dropped,
        'scans_dropped': player.dropped,
        'map_rows': grid.shape[0],
        'map_columns': grid.shape[1],
        'resolution_m': grid.resolution,
        'known_area_m2': grid.known_area_m2,
        'path_length_m': path_length(path),
        'map_entropy_bits': grid.entropy_bits(unknown_occupancy=0.0),
        'best_mi_bits': float(candidates.bits.max(initial=0.0)),
        'wall_s': wall_s,
    }
    with write_atomically(arguments.out / 'summary.json') as file:
        json.dump(summary, file, indent=2)
        file.write('\n')
    print(f'{player.played} scans, {dropped} dropped, {summary["path_length_m"]:.1f} m driven, '
          f'{grid.known_area_m2:.0f} m² known, in {wall_s:.1f} s. '
          f'Look at {arguments.out / "mi.png"}')


def _draw(file: Path, grid, bits: np.ndarray, candidates: np.ndarray, path: np.ndarray) -> None:
    figure, (ax,) = new_figure(grid)
    draw_map(ax, grid)
    draw_information(ax, bits, grid)
    draw_path(ax, path[:, :2])
    if len(candidates):
        draw_best_pose(ax, candidates[0])
    draw_legend(figure)
    save(figure, file)
