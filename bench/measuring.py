"""What the benchmarks of the information engine share: times, rows of the table, curves."""

import os
from pathlib import Path
import subprocess
import sys
import time

DATA = Path(os.environ.get('FSMI_DATA', Path(__file__).resolve().parents[2] / 'shared' / 'data'))


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
    """
    Return one line of the table.

    :param curve: for a point of a curve its name as `series`, its place on it as `x`, and as
        `against` what that is.
    """
    return {'name': name, 'value': value, 'unit': unit, 'note': note, **curve}


def fresh_process(program: str, *arguments: str, **environment: str) -> float:
    """Return the number that a program prints in a new process."""
    done = subprocess.run(
        [sys.executable, '-c', program, *arguments], env={**os.environ, **environment},
        cwd=Path(__file__).resolve().parents[1], check=True, capture_output=True, text=True)
    return float(done.stdout)


def plot(rows: list[dict], folder: Path, area: str) -> None:
    """Draw the curves among the rows, a picture for all of them against the same thing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    points = [each for each in rows if 'series' in each]
    for number, against in enumerate(dict.fromkeys(each['against'] for each in points)):
        figure = Figure(figsize=(6, 4), dpi=120, layout='constrained')
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        chosen = [each for each in points if each['against'] == against]
        for series in dict.fromkeys(each['series'] for each in chosen):
            axes.loglog(*zip(*((each['x'], each['value']) for each in chosen
                               if each['series'] == series)), 'o-', label=series)
        axes.set(xlabel=against, ylabel=chosen[0]['unit'], title=area)
        axes.grid(alpha=0.3, which='both')
        axes.legend()
        figure.savefig(folder / f'{area}_{number}.png')
