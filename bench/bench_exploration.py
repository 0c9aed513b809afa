#!/usr/bin/env python3
"""How fast plans are, and how far, how long and how completely a world is explored."""

from time import perf_counter

from fsmi_explorer.exploration import distance_transform, reach_from, SpaceConfig, travel_costs
from fsmi_explorer.exploration.episode import EpisodeResult, run_episode
from fsmi_explorer.simulation import find_world, World
import numpy as np

LARGE = (1000, 600)  # cells


def run(quick: bool = False) -> list[dict]:
    """
    Measure.

    :param quick: fewer repetitions, and the flat instead of the office.
    :return: rows of name, value, unit and note.
    """
    repeats = 3 if quick else 20
    return [*_kernel_times(repeats), *_explore('flat' if quick else 'office')]


def _kernel_times(repeats: int) -> list[dict]:
    """Time the two kernels over all cells of a large map."""
    marked = np.random.default_rng(0).random(LARGE) < 0.002
    free, middle = np.ones(LARGE, bool), (LARGE[0] // 2, LARGE[1] // 2)
    note = f'{LARGE[0]} x {LARGE[1]} cells, best of {repeats}'
    return [
        {'name': 'distance transform', 'unit': 'ms', 'note': note,
         'value': 1e3 * _best(lambda: distance_transform(marked), repeats)},
        {'name': 'travel costs to every cell', 'unit': 'ms', 'note': note,
         'value': 1e3 * _best(lambda: travel_costs(free, 0.05, middle), repeats)}]


def _explore(name: str) -> list[dict]:
    """Explore a world once; the first plan, with compilation, is left out."""
    world = World.load(find_world(name))
    started = perf_counter()
    result = run_episode(world)
    spent = perf_counter() - started
    plans = 1e3 * np.array(result.plan_seconds[1:])
    reach = _best(lambda: reach_from(result.grid, result.poses[-1], SpaceConfig()), 5)
    note = f'{name}, {len(plans)} plans: all cells scored, goal chosen, path planned'
    return [
        {'name': f'reach over the whole {name}', 'value': 1e3 * reach, 'unit': 'ms', 'note': ''},
        {'name': 'one plan, median', 'value': np.median(plans), 'unit': 'ms', 'note': note},
        {'name': 'one plan, p99', 'value': np.percentile(plans, 99), 'unit': 'ms', 'note': note},
        {'name': 'episode against real time', 'value': result.duration_s / spent, 'unit': 'x',
         'note': f'one core, {spent:.0f} s'},
        *_course(result)]


def _course(result: EpisodeResult) -> list[dict]:
    """Tell how the exploration went."""
    note = result.reason
    return [
        {'name': 'driven to the end', 'value': result.path_length_m, 'unit': 'm', 'note': note},
        {'name': 'driven to 95 %', 'value': result.path_to(0.95), 'unit': 'm', 'note': ''},
        {'name': 'driven to 99 %', 'value': result.path_to(0.99), 'unit': 'm', 'note': ''},
        {'name': 'time to the end', 'value': result.duration_s, 'unit': 's', 'note': 'simulated'},
        {'name': 'coverage', 'value': 100 * result.coverage, 'unit': '%',
         'note': 'of the free cells that a lidar can see from reachable space'},
        {'name': 'collisions', 'value': result.collisions, 'unit': '', 'note': ''}]


def _best(function, repeats: int) -> float:
    """Return the least time of several calls, the first not counted."""
    function()
    times = []
    for _ in range(repeats):
        started = perf_counter()
        function()
        times.append(perf_counter() - started)
    return min(times)


if __name__ == '__main__':
    for row in run():
        print(f'{row["name"]:32} {row["value"]:10.4g} {row["unit"]:3} {row["note"]}')
