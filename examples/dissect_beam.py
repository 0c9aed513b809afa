#!/usr/bin/env python3
"""
Mutual information of a map, and one beam of it taken apart.

    python3 examples/dissect_beam.py MAP.yaml [--pose X Y] [--out dissected_beam.png]

Reads a map of map_server, scores every cell, goes to the best free cell (or the pose you name),
takes the beam that tells most there and shows what its information is made of: how likely each
cell is hit, P(e_j), what measuring it would tell, C_k, and the terms that add up. Then all
methods side by side.
"""

import argparse
import time
from typing import NamedTuple

from fsmi_explorer.cli import pictures
from fsmi_explorer.information import (
    beam_mutual_information,
    BeamModel,
    METHODS,
    mutual_information_surface,
    pose_mutual_information,
)
from fsmi_explorer.information.cell_information import cell_information, NATS_PER_BIT
from fsmi_explorer.information.noise import noise_kernel
from fsmi_explorer.information.pose import beam_cells
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np


class Beam(NamedTuple):
    """A beam taken apart; arrays (n,) over its cells from near to far, information in bits."""

    cells: np.ndarray
    occupancy: np.ndarray
    hit: np.ndarray
    gain: np.ndarray
    terms: np.ndarray
    no_hit: float


def dissect(grid: OccupancyGrid, pose: np.ndarray, model: BeamModel) -> Beam:
    """Return what FSMI sums for the beam from pose (x, y, yaw) along its yaw."""
    cells = beam_cells(grid, pose, model.max_range)
    seen = grid.probabilities[tuple(cells.T)].astype(float)
    o = np.where(np.isnan(seen), model.unknown_occupancy, seen)
    f_occ = cell_information(model.delta_occ, o) / NATS_PER_BIT
    f_emp = cell_information(model.delta_emp, o) / NATS_PER_BIT
    # P(e_j): cells before j are empty and j is not. C_k: j = k is measured, all before are passed.
    reach = np.append(1.0, np.cumprod(1 - o))
    hit = o * reach[:-1]
    gain = f_occ + np.append(0.0, np.cumsum(f_emp)[:-1])
    # sum_k C_k G_{k,j}: noise spreads the measurement over the cells around the one that is hit.
    noise = noise_kernel('fsmi', model, grid.resolution)
    margin = len(noise) // 2
    spread = np.convolve(gain, noise)[margin:margin + len(o)]
    return Beam(cells, o, hit, gain, hit * spread, reach[-1] * f_emp.sum())


def choose_place(grid: OccupancyGrid, bits: np.ndarray) -> np.ndarray:
    """Return the centre (x, y) of the free cell with the most information."""
    free = np.nan_to_num(grid.probabilities, nan=1.0) < 0.25
    best = np.argmax(np.where(free, bits, -1))
    return grid.cell_to_world(np.unravel_index(best, bits.shape))


def best_beam(grid: OccupancyGrid, place: np.ndarray, model: BeamModel) -> np.ndarray:
    """Return the pose (x, y, yaw) of the beam of a place that tells most."""
    yaws = np.linspace(-np.pi, np.pi, 720, endpoint=False)
    poses = np.column_stack([np.tile(place, (len(yaws), 1)), yaws])
    single = BeamModel(num_beams=1, fov=1e-6, max_range=model.max_range, sigma=model.sigma,
                       unknown_occupancy=model.unknown_occupancy)
    return poses[np.argmax(pose_mutual_information(grid, poses, single, 'fsmi'))]


def compare(grid: OccupancyGrid, pose: np.ndarray, beam: Beam, model: BeamModel) -> list[tuple]:
    """Return (method, bits of the beam, bits of the whole scan, microseconds per beam)."""
    rows, batch = [], np.tile(beam.occupancy, (100, 1))
    for method in METHODS:
        scan = pose_mutual_information(grid, pose[None], model, method)[0]
        beam_mutual_information(batch[:1], grid.resolution, model, method)
        start = time.perf_counter()
        bits = beam_mutual_information(batch, grid.resolution, model, method)
        rows.append((method, bits[0], scan, (time.perf_counter() - start) / len(batch) * 1e6))
    return rows


def report(beam: Beam, resolution: float, rows: list[tuple]) -> None:
    """Print the terms and the methods."""
    print('\n   j  range m   o_j    P(e_j)  C_j bits  term bits')
    for j in np.sort(np.argsort(beam.terms)[-12:]):
        print(f'{j + 1:4d} {(j + 0.5) * resolution:8.2f} {beam.occupancy[j]:5.2f} '
              f'{beam.hit[j]:9.4f} {beam.gain[j]:9.4f} {beam.terms[j]:10.5f}')
    print(f'The 12 greatest of {len(beam.terms)} terms; all of them {beam.terms.sum():.5f}, '
          f'no hit {beam.no_hit:.5f}, together {beam.terms.sum() + beam.no_hit:.5f} bits.\n')
    print('method         this beam   whole scan   us per beam')
    for method, bits, scan, spent in rows:
        print(f'{method:13s} {bits:10.5f} {scan:12.4f} {spent:13.2f}')


def draw(grid, bits, pose, beam: Beam, rows: list[tuple], path: str) -> None:
    """Save the map with its information, the beam taken apart, and the methods."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    figure = Figure(figsize=(15, 9), dpi=110, layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplot_mosaic(
        [['map', 'cells'], ['map', 'gain'], ['map', 'terms'], ['map', 'methods']],
        width_ratios=[1.1, 1])
    draw_place(axes['map'], grid, bits, pose, beam)
    ranges = (np.arange(len(beam.hit)) + 0.5) * grid.resolution
    seen = ranges[np.searchsorted(np.cumsum(beam.hit), 0.999 * beam.hit.sum())]
    panels = (
        ('cells', beam.occupancy, 'occupancy o', pictures.WALL),
        ('cells', beam.hit, 'hit here P(e)', pictures.PATH_COLOUR),
        ('gain', beam.gain, 'measured here C, bits', pictures.INFORMATION_COLOUR),
        ('terms', beam.terms, 'term P(e) sum C G, bits', pictures.INFORMATION_COLOUR))
    for name, values, label, colour in panels:
        axes[name].step(ranges, values, where='mid', color=colour, label=label)
        axes[name].legend(loc='upper right')
        axes[name].set(xlim=(0, seen), ylim=(0, None), xlabel='cells crossed, as metres of range')
    names, values, _, spent = zip(*rows)
    bars = axes['methods'].barh(names, spent, color=pictures.INFORMATION_COLOUR)
    axes['methods'].bar_label(bars, [f'{bits:.5f} bits' for bits in values], padding=4)
    axes['methods'].set(xscale='log', xlim=(None, 20 * max(spent)),
                        xlabel='time per beam (us) and information; csqmi has a scale of its own')
    axes['methods'].invert_yaxis()
    pictures.save(figure, path)


def draw_place(ax, grid, bits, pose, beam: Beam) -> None:
    """Draw the information of every free cell, and the beam."""
    pictures.draw_map(ax, grid)
    free = np.nan_to_num(grid.probabilities, nan=1.0) < 0.25
    pictures.draw_information(ax, np.where(free, bits, np.nan), grid)
    ends = grid.cell_to_world(beam.cells[[0, -1]])
    ax.plot(*ends.T, color=pictures.PATH_COLOUR, linewidth=1.5)
    ax.plot(*pose[:2], 'o', color=pictures.START_COLOUR, markeredgecolor='white')


def main() -> None:
    """Take a map and dissect its best beam."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[1])
    parser.add_argument('map', help='YAML file of a map of map_server')
    parser.add_argument('--pose', nargs=2, type=float, metavar=('X', 'Y'), help='where to look')
    parser.add_argument('--range', type=float, default=10.0, help='range of the sensor, m')
    parser.add_argument('--unknown', type=float, default=0.1,
                        help='probability that a cell never observed is occupied')
    parser.add_argument('--out', default='dissected_beam.png', help='picture to write')
    options = parser.parse_args()

    grid = OccupancyGrid.load(options.map)
    model = BeamModel(max_range=options.range, num_beams=180, sigma=grid.resolution,
                      unknown_occupancy=options.unknown)
    bits = mutual_information_surface(grid, model, 'noise_free')
    place = choose_place(grid, bits) if options.pose is None else options.pose
    pose = best_beam(grid, place, model)
    print(f'The best beam at ({pose[0]:.2f}, {pose[1]:.2f}) m points at {pose[2]:.3f} rad.')
    beam = dissect(grid, pose, model)
    rows = compare(grid, pose, beam, model)
    report(beam, grid.resolution, rows)
    draw(grid, bits, pose, beam, rows, options.out)
    print(f'\nPicture: {options.out}')


if __name__ == '__main__':
    main()
