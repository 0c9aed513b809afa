"""How long a scan takes to get into the map, and a map to get out of it."""

import time
import tracemalloc
from typing import Callable

from fsmi_explorer.mapping import (
    LaserScan,
    MappingConfig,
    OccupancyGrid,
    OccupancyMap,
    SensorPoses,
    warm_up,
)
import numpy as np

_BEAMS, _FIELD_OF_VIEW, _RANGE = 1080, np.radians(270.0), 30.0
_ANGLES = -_FIELD_OF_VIEW / 2 + _FIELD_OF_VIEW / (_BEAMS - 1) * np.arange(_BEAMS)


def scenes() -> dict[str, np.ndarray]:
    """Return the ranges of one scan in worlds of several kinds."""
    cosine, sine = abs(np.cos(_ANGLES)), abs(np.sin(_ANGLES))
    return {
        'hall of 40 x 24 m': np.minimum(20.0 / cosine, 12.0 / sine),
        'corridor 3 m wide': np.minimum(0.99 * _RANGE, 1.5 / sine),
        'forest, 1 to 30 m': np.random.default_rng(0).uniform(1.0, _RANGE, _BEAMS),
        'every beam 29.9 m': np.full(_BEAMS, 29.9),
        'every beam without return': np.full(_BEAMS, np.inf),
    }


def moving_poses(count: int) -> list[SensorPoses]:
    """Return poses of a robot that drives and turns while it scans."""
    rng = np.random.default_rng(1)
    poses = []
    for x, y, yaw in rng.normal(0.0, 1.0, (count, 3)):
        poses.append(SensorPoses.planar([[x, y, yaw], [x + 0.05, y, yaw + 0.1]]))
    return poses


def milliseconds(job: Callable, arguments: list) -> np.ndarray:
    """Return how long a job takes for each of its arguments."""
    durations = []
    for argument in arguments:
        start = time.perf_counter()
        job(argument)
        durations.append(1e3 * (time.perf_counter() - start))
    return np.array(durations)


def bench_scans(repetitions: int) -> list[dict]:
    """Measure one scan at 5 cm in every scene, in a map that has its size already."""
    rows = []
    for name, ranges in scenes().items():
        scan = LaserScan(
            ranges, _ANGLES[0], _ANGLES[1] - _ANGLES[0], 0.1, _RANGE, 0.1 / _BEAMS)
        occupancy = OccupancyMap(MappingConfig(resolution=0.05))
        poses = moving_poses(repetitions)
        for each in poses:
            occupancy.insert_scan(scan, each)
        durations = milliseconds(lambda pose: occupancy.insert_scan(scan, pose), poses)
        rows.append({
            'name': f'scan of {_BEAMS} beams, {name}', 'value': round(np.median(durations), 3),
            'unit': 'ms', 'note': f'median; least {durations.min():.3f}'})
    return rows


def bench_memory(scans: int) -> list[dict]:
    """Measure what a map in a known world keeps of every further scan."""
    scan = LaserScan(scenes()['hall of 40 x 24 m'], _ANGLES[0], 0.0044, 0.1, _RANGE)
    occupancy = OccupancyMap()
    poses = moving_poses(20)
    for each in poses:
        occupancy.insert_scan(scan, each)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for index in range(scans):
        occupancy.insert_scan(scan, poses[index % len(poses)])
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return [{'name': f'memory kept after {scans} more scans', 'value': kept, 'unit': 'bytes',
             'note': 'world known'}]


def bench_output(repetitions: int) -> list[dict]:
    """Measure how a map of a million cells gets out."""
    p = np.random.default_rng(2).choice(np.float32([np.nan, 0.01, 0.2, 0.9]), (1000, 1000))
    occupancy = OccupancyMap()
    occupancy.continue_from(OccupancyGrid(p, 0.05))
    jobs = {'probabilities': occupancy.grid, 'percent for a message': occupancy.percent}
    rows = []
    for name, job in jobs.items():
        durations = milliseconds(lambda _: job(), [None] * repetitions)
        rows.append({'name': f'map of 1e6 cells as {name}',
                     'value': round(np.median(durations), 3), 'unit': 'ms',
                     'note': f'median; least {durations.min():.3f}'})
    return rows


def run(quick: bool = False) -> list[dict]:
    """
    Run all measurements of mapping.

    :param quick: fewer repetitions.
    :return: rows with name, value, unit, note.
    """
    warm_up()
    repetitions = 20 if quick else 200
    return bench_scans(repetitions) + bench_memory(10 * repetitions) + bench_output(repetitions)


if __name__ == '__main__':
    for row in run():
        print(f'{row["name"]:45} {row["value"]:>10} {row["unit"]:6} {row["note"]}')
