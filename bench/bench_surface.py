#!/usr/bin/env python3
"""
What surfaces cost: the information of every cell of a map, preparation included.

float32, one thread unless said otherwise, times per cell and beam. `run` returns rows as
`measuring.row` makes them.
"""

import argparse
from dataclasses import replace
import math
from pathlib import Path
import tempfile

from fsmi_explorer.information import (
    BeamModel,
    mutual_information_surface,
    pose_mutual_information,
    SurfaceUpdater,
)
from fsmi_explorer.mapping import OccupancyGrid, Rectangle
from measuring import best_seconds, DATA, fresh_process, plot, row
import numpy as np

MAPS = ('building31_incomplete', 'ipa_apartment', 'levine_lobby')
RESOLUTION = 0.05
BUILDING = (648, 693)
_COMPILE = """
import time
start = time.perf_counter()
from types import SimpleNamespace
import numpy as np
from fsmi_explorer.information import *
for method, count in (('noise_free', True), ('approx_fsmi', True)):
    warm_up(BeamModel(count_no_hit=count), method)
grid = SimpleNamespace(
    probabilities=np.full((40, 40), 0.5, np.float32), resolution=1.0, origin=(0.0, 0.0, 0.0))
updater = SurfaceUpdater(BeamModel())
updater.update(grid)
updater.update(grid, (1, 1, 3, 3))
for method in METHODS:
    pose_mutual_information(grid, [[2, 2, 0]], BeamModel(num_beams=2), method)
beam_mutual_information([0.5, 0.5], [1.0, 2.0], BeamModel(), 'fsmi')
rle_mutual_information([0.5], [9], 1.0, BeamModel(), 'fsmi')
print(time.perf_counter() - start)
"""
_MEMORY = """
from pathlib import Path
import sys
import numpy as np
from fsmi_explorer.information import BeamModel, mutual_information_surface
from fsmi_explorer.mapping import OccupancyGrid
rows, cols, method = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
model = BeamModel(num_beams=600, max_range=float(sys.argv[4]), fov=float(sys.argv[5]))
def peak():
    return 1024 * int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])
def surface(*shape):
    grid = OccupancyGrid(np.full(shape, 0.3, np.float32), 0.05)
    Path('/proc/self/clear_refs').write_text('5')  # Forgets peaks before, as that of compiling.
    before = peak()
    mutual_information_surface(grid, model, method, heading=True)
    return peak() - before
surface(40, 40)
print(surface(rows, cols) / (rows * cols * 4))
"""


def run(quick: bool = False) -> list[dict]:
    """Measure everything; quick takes few repetitions and leaves memory and compilation out."""
    seconds = 0.05 if quick else 0.6
    rows = figures(seconds) + real_maps(seconds) + changes(seconds) + threads(seconds)
    rows += accuracy()
    rows += against_noise(seconds) + against_side(seconds) + against_beams(seconds)
    return rows if quick else rows + memory() + compilation()


def synthetic(rows: int, cols: int) -> OccupancyGrid:
    """Return rooms with doors and clutter, a third of them never observed."""
    rng = np.random.default_rng(0)
    p = np.full((rows, cols), 0.03, np.float32)
    p[::80], p[:, ::100] = 0.97, 0.97
    for row_, col in zip(rng.integers(0, rows, 40), rng.integers(0, cols, 40)):
        p[row_:row_ + 24, col:col + 24] = 0.03
    p[rng.random(p.shape) < 0.002] = 0.9
    p[:, 2 * cols // 3:] = np.nan
    return OccupancyGrid(p, RESOLUTION)


def real(name: str) -> OccupancyGrid | None:
    """Return a real map with nothing in it certain, None where there are no real data."""
    path = DATA / 'maps2d' / f'{name}.yaml'
    if not path.exists():
        return None
    grid = OccupancyGrid.load(path)
    return OccupancyGrid(np.clip(grid.probabilities, 0.03, 0.97), grid.resolution, grid.origin)


def per_pair(
        name: str, grid: OccupancyGrid, model: BeamModel, method: str, seconds: float,
        **curve) -> dict:
    """Return the row of a surface."""
    spent = best_seconds(lambda: mutual_information_surface(grid, model, method), seconds)
    rows, cols = grid.shape
    return row(
        name, spent / (rows * cols * model.num_beams) * 1e9, 'ns per cell and beam',
        f'{rows} x {cols}, {model.num_beams} beams, {spent * 1e3:.2f} ms', **curve)


def figures(seconds: float) -> list[dict]:
    """Measure each method on synthetic maps."""
    large, small, model = synthetic(*BUILDING), synthetic(201, 201), BeamModel(num_beams=60)
    every = replace(model, num_beams=600)
    return [
        per_pair('noise_free', large, every, 'noise_free', seconds),
        per_pair('noise_free', small, model, 'noise_free', seconds),
        per_pair(
            'noise_free, range 10 m', large, replace(every, max_range=10.0), 'noise_free',
            seconds),
        per_pair(
            'noise_free, no hit left out', large, replace(model, count_no_hit=False),
            'noise_free', seconds),
        per_pair(
            'approx_fsmi, D = 3', large, replace(model, truncation=3.0), 'approx_fsmi', seconds),
        per_pair(
            'approx_fsmi, D = 3, range 10 m', large,
            replace(model, truncation=3.0, max_range=10.0), 'approx_fsmi', seconds),
        per_pair('uniform_fsmi, H = 2', large, model, 'uniform_fsmi', seconds),
        per_pair('fsmi, D = 10', large, model, 'fsmi', seconds),
        per_pair(
            'noise_free, best of 36 headings, 90 degrees', large,
            replace(model, fov=math.pi / 2), 'noise_free', seconds)]


def real_maps(seconds: float) -> list[dict]:
    """Measure real maps, and casting beams from some of their cells in the same run."""
    rows = []
    for name in MAPS:
        grid = real(name)
        if grid is None:
            continue
        for method in ('noise_free', 'approx_fsmi'):
            model = BeamModel(num_beams=600 if method == 'noise_free' else 60)
            swept = per_pair(f'{name}, {method}', grid, model, method, seconds)
            cells = np.random.default_rng(0).integers(0, grid.shape, (30, 2))
            poses = np.column_stack([grid.cell_to_world(cells), np.zeros(len(cells))])
            cast = best_seconds(
                lambda: pose_mutual_information(grid, poses, model, method), seconds / 4)
            cast *= 1e9 / (len(cells) * model.num_beams)
            rows += [swept, row(
                f'{name}, {method}, beams cast one by one', cast, 'ns per cell and beam',
                f'{cast / swept["value"]:.0f} times as much')]
    return rows


def accuracy() -> list[dict]:
    """
    Measure how far surfaces are from beams cast from the middle of cells, where anything is seen.

    Beams that are few and see sharp edges miss what lies between them, wherever they start. So
    for maps as they are loaded, with nothing but certain cells, the same is measured for beams
    that are cast, against twenty times as many.
    """
    rows = []
    for name, beams in ((name, beams) for name in MAPS for beams in (60, 600)):
        grid = real(name)
        if grid is None:
            continue
        model = BeamModel(num_beams=beams)
        for grid_, kind in ((grid, 'occupancy 0.03 to 0.97'), (certain(grid), 'certain')):
            cells = np.random.default_rng(0).integers(0, grid.shape, (400, 2))
            poses = np.column_stack([grid_.cell_to_world(cells), np.zeros(len(cells))])
            cast = pose_mutual_information(grid_, poses, model, 'noise_free')
            swept = mutual_information_surface(grid_, model)[tuple(cells.T)]
            rows.append(deviation(f'{name}, {beams} beams, {kind}', swept, cast))
        many = pose_mutual_information(
            grid_, poses, replace(model, num_beams=20 * beams), 'noise_free') / 20
        rows.append(deviation(f'{name}, {beams} beams, {kind}, beams cast', cast, many))
    return rows


def deviation(name: str, found: np.ndarray, expected: np.ndarray) -> dict:
    """Return the row of how far some bits are from others."""
    seen = expected > 0
    error = np.abs(found - expected)[seen] / expected[seen]
    return row(
        name, 100 * np.median(error), '% median error',
        f'95th percentile {100 * np.quantile(error, 0.95):.2f} %, '
        f'Pearson {np.corrcoef(found, expected)[0, 1]:.6f}')


def certain(grid: OccupancyGrid) -> OccupancyGrid:
    """Return a map whose observed cells are free or occupied for certain."""
    p = np.where(np.isnan(grid.probabilities), np.nan, np.round(grid.probabilities))
    return OccupancyGrid(p.astype(np.float32), grid.resolution, grid.origin)


def changes(seconds: float) -> list[dict]:
    """Measure the update after a part of the map has become known."""
    before = real('building31_incomplete') or synthetic(*BUILDING)
    model, rows = BeamModel(num_beams=600), []
    updater = SurfaceUpdater(model)
    updater.update(before)
    full = best_seconds(lambda: updater.update(before), seconds)
    for side in (20, 60, 120):
        top, left = (np.array(before.shape) - side) // 2
        changed = Rectangle(int(top), int(left), int(top) + side, int(left) + side)
        p = before.probabilities.copy()
        p[changed.slices] = np.where(np.isnan(p[changed.slices]), 0.03, 0.5)
        states = [OccupancyGrid(p, before.resolution, before.origin), before]

        def there_and_back():
            for state in states:
                updater.update(state, changed)

        updater.update(before)
        spent = best_seconds(there_and_back, seconds) / 2
        rows.append(row(
            f'change of {side} x {side} cells', spent * 1e3, 'ms',
            f'{before.shape[0]} x {before.shape[1]}, 600 beams; {full / spent:.1f} times less '
            f'than the {full * 1e3:.1f} ms of the whole'))
    return rows


def threads(seconds: float) -> list[dict]:
    """Measure what a second thread brings."""
    grid, rows = synthetic(*BUILDING), []
    for method, beams in (('noise_free', 600), ('approx_fsmi', 60)):
        one, two = (best_seconds(lambda: mutual_information_surface(
            grid, BeamModel(num_beams=beams), method, threads=n), seconds) for n in (1, 2))
        rows.append(row(f'two threads, {method}', one / two, 'times faster', 'on two free cores'))
    return rows


def against_noise(seconds: float) -> list[dict]:
    """Measure the half width D of range noise."""
    grid, model = synthetic(300, 300), BeamModel(num_beams=60)
    return [
        per_pair(f'approx_fsmi, D = {d}', grid, replace(model, truncation=float(d)),
                 'approx_fsmi', seconds / 4, series='approx_fsmi', x=d,
                 against='half width D of the noise, cells')
        for d in (1, 2, 3, 4, 6, 8, 10)]


def against_side(seconds: float) -> list[dict]:
    """Measure the side of the map."""
    return [
        per_pair(f'{name}, side {side}', synthetic(side, side),
                 BeamModel(num_beams=120, max_range=limit), 'noise_free', seconds / 4,
                 series=name, x=side, against='side of the map, cells')
        for name, limit in (('no range limit', math.inf), ('range 5 m', 5.0))
        for side in (50, 100, 200, 400, 800)]


def against_beams(seconds: float) -> list[dict]:
    """Measure the number of beams."""
    grid = synthetic(400, 400)
    return [
        per_pair(f'noise_free, {beams} beams', grid, BeamModel(num_beams=beams), 'noise_free',
                 seconds / 4, series='noise_free', x=beams, against='beams')
        for beams in (12, 36, 60, 120, 360, 720)]


def memory() -> list[dict]:
    """Measure the peak of memory beyond the map, in planes of the map at float32."""
    rows = []
    for name, method, limit, fov in (
            ('noise_free', 'noise_free', math.inf, 2 * math.pi),
            ('noise_free, range 10 m', 'noise_free', 10.0, 2 * math.pi),
            ('noise_free, 90 degrees', 'noise_free', math.inf, math.pi / 2),
            ('approx_fsmi', 'approx_fsmi', math.inf, 2 * math.pi)):
        planes = fresh_process(_MEMORY, *map(str, (*BUILDING, method, limit, fov)))
        rows.append(row(f'memory, {name}', planes, 'planes of the map', 'float32, one thread'))
    return rows


def compilation() -> list[dict]:
    """Measure the first calls of the whole engine in a new process, not compiled and compiled."""
    note = 'all methods, beams, poses, surfaces and changes; imports included'
    with tempfile.TemporaryDirectory() as cache:
        return [row(f'first calls, {state}', fresh_process(_COMPILE, NUMBA_CACHE_DIR=cache), 's',
                    note) for state in ('nothing compiled', 'all compiled before')]


def main() -> None:
    """Print the table; draw the curves if asked."""
    parser = argparse.ArgumentParser(description='Measure surfaces.')
    parser.add_argument('--quick', action='store_true', help='few repetitions')
    parser.add_argument('--plots', type=Path, metavar='FOLDER', help='draw the curves there')
    arguments = parser.parse_args()
    rows = run(quick=arguments.quick)
    for each in rows:
        print(f'{each["name"]:52} {each["value"]:10.3f} {each["unit"]:22} {each["note"]}')
    if arguments.plots:
        plot(rows, arguments.plots, 'surface')


if __name__ == '__main__':
    main()
