"""`fsmi_explorer demo`: the five nodes explore a simulated building, watched and recorded."""

from argparse import ArgumentParser, Namespace
import json
import math
from pathlib import Path
import time

from fsmi_explorer.cli.node_parameters import node_parameters
from fsmi_explorer.cli.processes import NodeProcesses
from fsmi_explorer.cli.progress import ProgressLine
from fsmi_explorer.cli.record import Canvas, RunRecord, Summary
from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.exploration.config import POLICIES
from fsmi_explorer.files import write_atomically
from fsmi_explorer.shared_files import find_shared
from fsmi_explorer.simulation import find_world, SimulationConfig, visible_area, World
from fsmi_explorer.simulation.cloud_configuration import VoxelWorldConfig
from fsmi_explorer.simulation.world_files import load_world
import numpy as np

PARAMETERS = ('fsmi_explorer.yaml', 'simulation.yaml')
NODES = ('simulator_node', 'mapping_node', 'mi_node', 'navigator_node', 'goal_node')
_WALL_SECONDS_TO_START = 180.0
_SPIN_SECONDS = 0.5
_LIMIT_REACHED = 1
_PARAMETERS_3D = 'simulation_3d.yaml'


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        '--world', default='office', metavar='NAME_OR_YAML',
        help='office, warehouse, flat, the YAML file of a map, or in three dimensions a file of '
        'OctoMap (default: %(default)s)')
    parser.add_argument('--dimension', type=int, default=2, choices=(2, 3),
                        help='3 maps in voxels with a 3D lidar (default: %(default)s)')
    parser.add_argument('--policy', default=POLICIES[0], choices=POLICIES,
                        help='how goals are chosen (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0,
                        help='seed of the noise (default: %(default)s)')
    parser.add_argument('--rate', type=float, default=8.0, metavar='X',
                        help='how many times faster than real time, less where the machine '
                        'cannot keep up (default: %(default)s)')
    parser.add_argument('--time-limit', type=float, default=3600.0, metavar='S',
                        help='simulated seconds after which to give up (default: %(default)s)')
    parser.add_argument('--out', type=Path, default=Path('output/demo'), metavar='DIR',
                        help='folder of the results (default: %(default)s)')


def run(arguments: Namespace) -> int:
    """Explore, write the results; return 0 if exploration ended by its own rule, else 1."""
    for name in ('rate', 'time_limit'):
        if not 0.0 < getattr(arguments, name) < math.inf:
            raise FsmiExplorerError(f'--{name.replace("_", "-")} must be positive, '
                                    f'got {getattr(arguments, name):g}')
    world = load_world(find_world(arguments.world), VoxelWorldConfig())
    arguments.out.mkdir(parents=True, exist_ok=True)
    voxels = None
    if arguments.dimension == 3:
        from fsmi_explorer.cli.demo_3d import VoxelDemo
        voxels = VoxelDemo(find_world(arguments.world), world, _parameter_files(arguments))
    with NodeProcesses(arguments.out / 'logs') as nodes:
        record, summary, grid = _explore(nodes, world, arguments, voxels)
    _write_results(arguments.out, record, summary, grid, voxels)
    print(f'{summary.reason}\n{summary.coverage:.1%} explored in {summary.path_length_m:.0f} m '
          f'and {summary.duration_s:.0f} s, {summary.wall_s:.0f} s of yours. '
          f'Look at {arguments.out / "exploration.png"}')
    return 0 if summary.finished else _LIMIT_REACHED


def _start_nodes(nodes: NodeProcesses, world: World, arguments: Namespace) -> None:
    own = {
        'simulator_node': {
            'world': str(find_world(arguments.world).resolve()), 'seed': arguments.seed,
            'real_time_factor': arguments.rate},
        'mapping_node': {'mapping': {'resolution': world.resolution}},
        # The recorder has it begin: nothing of the way may be missed.
        'goal_node': {
            'autostart': False, 'exploration': {'utility': {'policy': arguments.policy}}},
    }
    for name in NODES:
        nodes.start(name, parameters={'use_sim_time': True, **own.get(name, {})},
                    parameter_files=_parameter_files(arguments))


def _parameter_files(arguments: Namespace) -> list[Path]:
    """Return the files of parameters, of which later ones win."""
    names = PARAMETERS + ((_PARAMETERS_3D,) if arguments.dimension == 3 else ())
    return [find_shared('config', each) for each in names]


def _explore(nodes: NodeProcesses, world: World, arguments: Namespace, voxels):
    """Start and watch the nodes until exploration ends; return record, summary and last map."""
    from fsmi_explorer.cli.recorder import Recorder
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.signals import SignalHandlerOptions
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor()
    try:
        recorder = Recorder(
            RunRecord(Canvas(world)), world, _visible(world, arguments), arguments.rate)
        executor.add_node(recorder)
        if voxels is not None:
            executor.add_node(voxels.make_recorder())
        _start_nodes(nodes, world, arguments)
        started = time.monotonic()
        with ProgressLine() as progress:
            while not _is_over(recorder, arguments.time_limit, started):
                _spin(executor, _SPIN_SECONDS)
                nodes.check()
                progress.show(_progress(recorder), now=recorder.ended)
        summary = _summarise(recorder, arguments, time.monotonic() - started)
        return recorder.record, summary, recorder.grid
    finally:
        for each in executor.get_nodes():
            each.destroy_node()
        executor.shutdown()
        rclpy.try_shutdown()


def _spin(executor, seconds: float) -> None:
    """Let the recorder work for a while: looking at the nodes each time would cost as much."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0.0:
        executor.spin_once(left)


def _visible(world: World, arguments: Namespace) -> np.ndarray:
    """Return the cells (H, W) bool that the simulated lidar can see from where the robot fits."""
    parameters = node_parameters(_parameter_files(arguments), 'simulator_node')
    config = SimulationConfig.from_mapping(parameters['simulation'])
    lidar = config.lidar
    return visible_area(world, config.robot.radius, lidar.range_max, mount=(lidar.x, lidar.y))


def _is_over(recorder, time_limit: float, started: float) -> bool:
    """
    Tell whether exploration has ended or its time is over.

    :raises FsmiExplorerError: when the nodes do not get going.
    """
    if recorder.sample is None and time.monotonic() - started > _WALL_SECONDS_TO_START:
        raise FsmiExplorerError(f'nothing was mapped within {_WALL_SECONDS_TO_START:g} s; '
                                f'last heard: {recorder.sentence}')
    return recorder.ended or recorder.elapsed_s >= time_limit


def _progress(recorder) -> str:
    sample = recorder.sample
    if sample is None:
        return f'{recorder.state}: {recorder.sentence}'
    return (f'explored {sample.explored:6.1%}  information left {sample.entropy_bits:7.0f} bits  '
            f'driven {sample.distance_m:6.1f} m  {recorder.elapsed_s:5.0f} s  {recorder.state}')


def _summarise(recorder, arguments: Namespace, wall_s: float) -> Summary:
    samples, last = recorder.record.samples, recorder.sample
    finished = recorder.state == 'done'
    reason = recorder.sentence if recorder.ended else (
        f'The time limit of {arguments.time_limit:g} s was reached.')
    return Summary(
        reason=reason, path_length_m=last.distance_m, duration_s=recorder.elapsed_s,
        coverage=last.explored, entropy_bits_start=recorder.entropy_bits_start,
        entropy_bits_end=last.entropy_bits, goals_reached=recorder.count('goals_reached'),
        goals_failed=recorder.count('goals_failed'), policy=arguments.policy,
        world=str(arguments.world), seed=arguments.seed, finished=finished,
        collisions=recorder.collisions, wall_s=wall_s, samples=len(samples))


def _write_results(out: Path, record: RunRecord, summary: Summary, grid,
                   voxels) -> None:
    from fsmi_explorer.cli.exploration_animation import write_animation
    from fsmi_explorer.cli.exploration_picture import draw_exploration
    from fsmi_explorer.cli.pictures import save
    grid.save(out / 'map.yaml')
    record.write_csv(out / 'run.csv')
    save(draw_exploration(record, summary), out / 'exploration.png')
    write_animation(record, out / 'exploration.gif')
    in_3d = {} if voxels is None else voxels.write_results(out, record, summary)
    with write_atomically(out / 'summary.json') as file:
        json.dump({**summary.as_dict(), **in_3d}, file, indent=2)
