"""`fsmi_explorer score`: the mutual information of every cell of a saved map."""

from argparse import ArgumentParser, Namespace
from dataclasses import fields
import os
from pathlib import Path
import sys
import time

from fsmi_explorer.cli.pictures import (
    draw_best_pose,
    draw_information,
    draw_legend,
    draw_map,
    new_figure,
    save,
)
from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.files import write_atomically
from fsmi_explorer.information import BeamModel, METHODS, mutual_information_surface, warm_up
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np

_FREE_BELOW = 0.25
_MODEL_OPTIONS = {
    'num_beams': 'beams', 'max_range': 'max-range', 'fov': 'fov', 'sigma': 'sigma',
    'unknown_occupancy': 'unknown-occupancy'}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument('map', type=Path, metavar='MAP.yaml',
                        help='map in the format of map_server')
    parser.add_argument('--out', type=Path, default=Path('output/score'), metavar='DIR',
                        help='folder of the results (default: %(default)s)')
    parser.add_argument('--method', choices=METHODS, default='noise_free',
                        help='how information is computed (default: %(default)s)')
    for field in fields(BeamModel):
        if field.name in _MODEL_OPTIONS:
            facts = field.metadata['parameter']
            unit = f' in {facts.unit}' if facts.unit else ''
            parser.add_argument(
                f'--{_MODEL_OPTIONS[field.name]}', dest=field.name, type=type(field.default),
                default=field.default, metavar='N' if type(field.default) is int else 'X',
                help=f'{facts.description}{unit} (default: %(default)g)')
    parser.add_argument('--threads', type=int, default=os.cpu_count() or 1, metavar='N',
                        help='threads to compute with (default: %(default)s)')


def run(arguments: Namespace) -> int:
    """Compute the information of every cell, write `mi.npy` and `mi.png`, say the best pose."""
    grid = OccupancyGrid.load(arguments.map)
    if arguments.threads < 1:
        raise FsmiExplorerError(f'--threads must be at least 1, got {arguments.threads}')
    try:
        model = BeamModel(**{name: getattr(arguments, name) for name in _MODEL_OPTIONS})
        warm_up(model, arguments.method)
        arguments.out.mkdir(parents=True, exist_ok=True)
        print(f'computing {arguments.method} at {grid.probabilities.size} cells',
              file=sys.stderr, flush=True)
        started = time.perf_counter()
        bits, headings = mutual_information_surface(
            grid, model, arguments.method, threads=arguments.threads, heading=True)
        seconds = time.perf_counter() - started
    except ValueError as error:
        raise FsmiExplorerError(error) from None
    best = _best_cell(grid, bits)
    pose = np.array([*grid.cell_to_world(best), headings[best]])
    with write_atomically(arguments.out / 'mi.npy', 'wb') as file:
        np.save(file, bits)
    _draw(arguments.out / 'mi.png', grid, bits, pose)
    heading = '' if np.isnan(pose[2]) else f', yaw {pose[2]:.2f} rad'
    print(f'best pose x {pose[0]:.2f} m, y {pose[1]:.2f} m{heading}: {bits[best]:.1f} bits; '
          f'{bits.size} cells, {model.num_beams} beams each, in {1e3 * seconds:.0f} ms')
    return 0


def _best_cell(grid: OccupancyGrid, bits: np.ndarray) -> tuple[int, int]:
    """Return (row, column) of most information among the free cells, among all if none is free."""
    free = grid.probabilities < _FREE_BELOW
    where = free if free.any() else np.ones_like(free)
    return np.unravel_index(np.argmax(np.where(where, bits, -1.0)), bits.shape)


def _draw(path: Path, grid: OccupancyGrid, bits: np.ndarray, pose: np.ndarray) -> None:
    figure, (ax,) = new_figure(grid)
    draw_map(ax, grid)
    draw_information(ax, np.where(grid.probabilities < _FREE_BELOW, bits, np.nan), grid)
    draw_best_pose(ax, pose)
    draw_legend(figure)
    save(figure, path)
