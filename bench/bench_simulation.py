#!/usr/bin/env python3
"""How fast the simulator is: against real time, for one scan, and for what is visible at all."""

from time import perf_counter

from fsmi_explorer.simulation import find_world, SimulationConfig, Simulator, visible_area, World

PLACES = [(8.5, 4.2), (7.4, 7.4), (21.0, 11.0), (34.6, 14.6), (13.5, 17.0)]  # in the office


def run(quick: bool = False) -> list[dict]:
    """
    Measure.

    :param quick: less time, more scatter.
    :return: rows of name, value, unit and note.
    """
    office = World.load(find_world('office'))
    rows = [_real_time_factor(office, 2 if quick else 10)]
    rows += [_scan_time(office, beams, 20 if quick else 200) for beams in (360, 1080)]
    return rows + [_visible_time(find_world(name)) for name in ('office', 'warehouse')]


def _real_time_factor(world: World, repeats: int) -> dict:
    """Drive in circles with a scan at 10 Hz; the first second, with compilation, is left out."""
    simulator, simulated = Simulator(world), 20.0
    _drive(simulator, 1.0)
    best = min(_time(lambda: _drive(simulator, simulated)) for _ in range(repeats))
    return {'name': 'simulation against real time', 'value': simulated / best, 'unit': 'x',
            'note': 'robot at 50 Hz, 360 beams of 10 m at 10 Hz, one core, '
                    f'best of {repeats} times {simulated:g} s'}


def _drive(simulator: Simulator, seconds: float) -> None:
    for _ in range(round(seconds / simulator.config.step)):
        simulator.command(0.4, 0.4)
        simulator.step()
        if simulator.scan_due():
            simulator.scan()


def _scan_time(world: World, beams: int, repeats: int) -> dict:
    times = []
    for x, y in PLACES:
        simulator = Simulator(world, SimulationConfig.from_mapping({
            'lidar': {'beams': beams, 'range_max': 30.0},
            'start': {'choice': 'pose', 'x': x, 'y': y}}))
        simulator.scan()
        times += [_time(simulator.scan) for _ in range(repeats)]
    return {'name': f'one scan of {beams} beams', 'value': 1e6 * sorted(times)[len(times) // 2],
            'unit': 'us', 'note': f'30 m, median of {len(times)} at {len(PLACES)} places, office'}


def _visible_time(path) -> dict:
    world = World.load(path)
    visible_area(world, 0.2, 10.0)
    return {'name': f'visible area of the {path.stem}',
            'value': _time(lambda: visible_area(World.load(path), 0.2, 10.0)),
            'unit': 's', 'note': f'{(~world.occupied).sum() * world.resolution ** 2:.0f} m2 free'}


def _time(function) -> float:
    started = perf_counter()
    function()
    return perf_counter() - started


if __name__ == '__main__':
    for row in run():
        print(f'{row["name"]:32} {row["value"]:10.4g} {row["unit"]:3} {row["note"]}')
