#!/usr/bin/env python3
"""
What single beams cost: every method, against length and noise, runs of equal cells, any pose.

One thread, float64. Beams are free space with nothing that ends them early, sigma is one cell
unless said otherwise. `run` returns rows as `measuring.row` makes them.
"""

import argparse
from functools import partial
from pathlib import Path

from fsmi_explorer.information import (
    beam_mutual_information,
    BeamModel,
    METHODS,
    pose_mutual_information,
    rle_mutual_information,
)
from fsmi_explorer.information.beam import beam_sum, BeamCells
from fsmi_explorer.information.cell_information import cell_planes
from fsmi_explorer.mapping import OccupancyGrid
from measuring import best_seconds, DATA, plot, row
import numpy as np

WIDTH = 0.1
MAP = DATA / 'maps2d' / 'building31_incomplete.yaml'


def run(quick: bool = False) -> list[dict]:
    """Measure everything; quick takes few repetitions."""
    seconds = 0.02 if quick else 0.2
    return [*methods(seconds), *against_length(seconds), *against_noise(seconds),
            *run_lengths(seconds), *poses(seconds)]


def free_beams(cells: int, method: str) -> np.ndarray:
    """Return beams (b, n) through free space, about a millisecond of work."""
    beams = 3 if method == 'numerical' else 1 + 20_000 // cells
    return np.random.default_rng(0).choice([0.01, 0.02, 0.03], (beams, cells))


def beam_seconds(method: str, cells: int, model: BeamModel, seconds: float) -> float:
    """Return the time per beam of the sum alone, cell information being there."""
    occupancy = free_beams(cells, method)
    beams = BeamCells(*cell_planes(occupancy, model), np.full(len(occupancy), cells))
    return best_seconds(
        partial(beam_sum(method, model, WIDTH, cells), beams), seconds) / len(occupancy)


def methods(seconds: float) -> list[dict]:
    """Measure every method on beams of 100 cells."""
    rows = []
    for method in METHODS:
        model = BeamModel(sigma=WIDTH, truncation=3)
        note = 'D = 3' if method == 'approx_fsmi' else ''
        spent = beam_seconds(method, 100, model, seconds)
        rows.append(row(f'beam, n = 100, {method}', spent * 1e6, 'us', note))
        batch = free_beams(100, method)
        whole = best_seconds(
            partial(beam_mutual_information, batch, WIDTH, model, method), seconds) / len(batch)
        rows.append(row(f'beam, n = 100, {method}, all', whole * 1e6, 'us',
                        'checks and cell information included'))
    return rows


def against_length(seconds: float) -> list[dict]:
    """Measure the cost against the number of cells."""
    model = BeamModel(sigma=WIDTH, truncation=3)
    return [
        row(f'beam, n = {cells}, {method}', beam_seconds(method, cells, model, seconds) * 1e6,
            'us', series=method, x=cells, against='cells n of a beam')
        for method in METHODS for cells in (10, 30, 100, 300, 1000)
        if method != 'numerical' or cells <= 100]


def against_noise(seconds: float) -> list[dict]:
    """Measure the cost against the half width D of the noise kernel, n = 100."""
    rows = []
    for cells in (1, 2, 3, 4, 8, 16, 32):
        model = BeamModel(sigma=cells * WIDTH / 3, truncation=3)
        for method in ('fsmi', 'approx_fsmi', 'uniform_fsmi'):
            spent = beam_seconds(method, 100, model, seconds) * 1e6
            rows.append(row(f'beam, 3 sigma = {cells} cells, {method}', spent, 'us',
                            series=method, x=cells,
                            against='noise, 3 sigma in cells (n = 100)'))
    return rows


def run_lengths(seconds: float) -> list[dict]:
    """Measure beams of eight runs against the same beams cell by cell."""
    rows, model = [], BeamModel(sigma=WIDTH, truncation=3)
    occupancy = np.array([0.02, 0.5, 0.01, 0.3, 0.02, 0.1, 0.03, 0.5])
    for length in (10, 100, 1000, 100_000):
        lengths, dense = np.full(8, length), np.repeat(occupancy, length)
        for method in ('noise_free', 'approx_fsmi'):
            runs = best_seconds(partial(
                rle_mutual_information, occupancy, lengths, WIDTH, model, method), seconds)
            cells = best_seconds(partial(
                beam_mutual_information, dense, WIDTH, model, method), seconds)
            rows.append(row(f'8 runs of {length} cells, {method}', runs * 1e6, 'us',
                            f'cell by cell {cells * 1e6:.1f} us, one call each'))
    return rows


def poses(seconds: float) -> list[dict]:
    """Measure beams cast from poses in a real map."""
    if not MAP.exists():
        return []
    grid = OccupancyGrid.load(MAP)
    free = np.argwhere(grid.probabilities < 0.25)
    cells = free[np.random.default_rng(1).integers(len(free), size=200)]
    where = np.column_stack([grid.cell_to_world(cells), np.zeros(len(cells))])
    rows = []
    for beams, method in ((60, 'noise_free'), (60, 'approx_fsmi'), (60, 'fsmi'),
                          (60, 'csqmi'), (600, 'noise_free')):
        model = BeamModel(num_beams=beams)
        spent = best_seconds(
            partial(pose_mutual_information, grid, where, model, method), seconds)
        rows.append(row(f'pose, {beams} beams, {method}', spent / len(where) / beams * 1e6,
                        'us per beam', f'{MAP.stem}, 200 poses, map prepared once'))
    return rows


def main() -> None:
    """Print the table, draw the curves where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[1])
    parser.add_argument('--quick', action='store_true', help='few repetitions')
    parser.add_argument('--plots', type=Path, metavar='FOLDER', help='draw the curves there')
    options = parser.parse_args()
    rows = run(options.quick)
    for each in rows:
        print(f'{each["name"]:45s} {each["value"]:12.3f} {each["unit"]:12s} {each["note"]}')
    if options.plots:
        plot(rows, options.plots, 'beams')


if __name__ == '__main__':
    main()
