#!/usr/bin/env python3
"""
What surfaces cost: the information of every cell of a map, preparation included.

float32, one thread unless said otherwise, times per cell and beam. `run` returns rows of name,
value, unit, note; rows of a curve have its name under `series` and their place on it under `x`.
"""

import argparse
from dataclasses import replace
import math
import os
from pathlib import Path
import subprocess
import sys
import tempfile
import time

from fsmi_explorer.information import (
    BeamModel,
    mutual_information_surface,
    pose_mutual_information,
    SurfaceUpdater,
)
from fsmi_explorer.mapping import OccupancyGrid, Rectangle
import numpy as np

DATA = Path(os.environ.get('FSMI_DATA', Path(__file__).resolve().parents[2] / 'shared' / 'data'))
MAPS = ('building31_incomplete', 'ipa_apartment', 'levine_lobby')
RESOLUTION = 0.05
BUILDING = (648, 693)
_COMPILE = """
import time
start = time.perf_counter()
from types import SimpleNamespace
import numpy as np
from fsmi_explorer.information import BeamModel, SurfaceUpdater, warm_up
for method, count in (('noise_free', True), ('approx_fsmi', True)):
    warm_up(BeamModel(count_no_hit=count), method)
grid = SimpleNamespace(
    probabilities=np.full((40, 40), 0.5, np.float32), resolution=1.0, origin=(0.0, 0.0, 0.0))
updater = SurfaceUpdater(BeamModel())
updater.update(grid)
updater.update(grid, (1, 1, 3, 3))
print(time.perf_counter() - start)
"""
_MEMORY = """
import resource, sys
import numpy as np
from fsmi_explorer.information import BeamModel, mutual_information_surface
from fsmi_explorer.mapping import OccupancyGrid
rows, cols, method = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
model = BeamModel(num_beams=600, max_range=float(sys.argv[4]), fov=float(sys.argv[5]))
def surface(*shape):
    grid = OccupancyGrid(np.full(shape, 0.3, np.float32), 0.05)
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
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
    rows += against_noise(seconds) + against_side(seconds) + against_beams(seconds)
    return rows if quick else rows + memory() + compilation()


def best_seconds(function, seconds: float) -> float:
    """Return the shortest time of calls that go on for so many seconds, at least three."""
    function()
    times = []
    while len(times) < 3 or sum(times) < seconds:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def row(name: str, value: float, unit: str, note: str = '', **curve) -> dict:
    """Return one line of the table."""
    return {'name': name, 'value': value, 'unit': unit, 'note': note, **curve}


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
                 'approx_fsmi', seconds / 4, series='D', x=d)
        for d in (1, 2, 3, 4, 6, 8, 10)]


def against_side(seconds: float) -> list[dict]:
    """Measure the side of the map."""
    return [
        per_pair(f'{name}, side {side}', synthetic(side, side),
                 BeamModel(num_beams=120, max_range=limit), 'noise_free', seconds / 4,
                 series=f'side, {name}', x=side)
        for name, limit in (('no range limit', math.inf), ('range 5 m', 5.0))
        for side in (50, 100, 200, 400, 800)]


def against_beams(seconds: float) -> list[dict]:
    """Measure the number of beams."""
    grid = synthetic(400, 400)
    return [
        per_pair(f'noise_free, {beams} beams', grid, BeamModel(num_beams=beams), 'noise_free',
                 seconds / 4, series='beams', x=beams)
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
    """Measure the first calls in a new process, with nothing compiled before and with all."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {'NUMBA_CACHE_DIR': cache}
        return [
            row('first calls, nothing compiled', fresh_process(_COMPILE, **environment), 's'),
            row('first calls, all compiled before', fresh_process(_COMPILE, **environment), 's')]


def fresh_process(program: str, *arguments: str, **environment: str) -> float:
    """Return the number that a program prints in a new process."""
    done = subprocess.run(
        [sys.executable, '-c', program, *arguments], env={**os.environ, **environment},
        cwd=Path(__file__).resolve().parents[1], check=True, capture_output=True, text=True)
    return float(done.stdout)


def plot(rows: list[dict], folder: Path) -> None:
    """Draw cost against noise, side and beams."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    labels = {'D': 'half width D of the noise, cells', 'side': 'side of the map, cells',
              'beams': 'beams'}
    for name, label in labels.items():
        figure, axes = pyplot.subplots(figsize=(5, 3.5), layout='constrained')
        curves = sorted({each['series'] for each in rows if 'series' in each})
        for series in (each for each in curves if each.split(',')[0] == name):
            points = [(each['x'], each['value']) for each in rows if each.get('series') == series]
            axes.plot(*zip(*points), 'o-', label=series.partition(', ')[2])
        axes.set(xlabel=label, ylabel='ns per cell and beam')
        axes.set_ylim(bottom=0)
        if name == 'side':
            axes.legend()
        figure.savefig(folder / f'surface_{name}.png', dpi=120)
        pyplot.close(figure)


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
        arguments.plots.mkdir(parents=True, exist_ok=True)
        plot(rows, arguments.plots)


if __name__ == '__main__':
    main()
