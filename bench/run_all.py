"""
Run all benchmarks, print one table, keep it with the facts of the machine.

Each `bench_AREA.py` beside this file has `run(quick=False)`, which returns rows: mappings of
`name`, `value`, `unit` and `note`; points of curves, which are drawn, see `measuring.row`.
"""

from argparse import ArgumentParser, Namespace
from datetime import datetime, timezone
import importlib
import json
import os
from pathlib import Path
import platform
import subprocess
import sys
import time

from measuring import plot
import numba
import numpy

HERE = Path(__file__).resolve().parent
COLUMNS = ('area', 'name', 'value', 'unit', 'note')


def main() -> int:
    """Run the areas asked for; return the exit status, 1 if one of them failed."""
    arguments = parse_arguments(
        sorted(path.stem.removeprefix('bench_') for path in HERE.glob('bench_*.py')))
    rows, failed = [], False
    for area in arguments.areas:
        print(f'bench: {area}', file=sys.stderr, flush=True)
        try:
            found = run_area(area, arguments.quick)
            rows += found
            arguments.out.mkdir(parents=True, exist_ok=True)
            plot(found, arguments.out, area)
        except Exception as error:
            failed = True
            print(f'bench: {area} failed: {error!r}', file=sys.stderr)
    write(arguments.out, machine(), rows)
    print(table(rows))
    return int(failed)


def parse_arguments(areas: list[str]) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description='Run the benchmarks.')
    parser.add_argument(
        'areas', nargs='*', metavar='AREA', default=areas, help=f'of {", ".join(areas)}')
    parser.add_argument('--quick', action='store_true', help='fewer repetitions')
    parser.add_argument('--out', type=Path, default=HERE / 'results', help='folder of results')
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.areas) - set(areas))
    if unknown:
        parser.error(f'no benchmark {", ".join(unknown)}; there are {", ".join(areas)}')
    return arguments


def run_area(area: str, quick: bool) -> list[dict]:
    """Return the rows of an area, its duration as the last."""
    start = time.perf_counter()
    rows = importlib.import_module(f'bench_{area}').run(quick=quick)
    duration = {'name': 'all of the above', 'value': time.perf_counter() - start, 'unit': 's'}
    return [{'area': area, **row} for row in (*rows, duration)]


def machine() -> dict:
    """Return the facts a figure depends on."""
    commit = subprocess.run(
        ['git', '-C', HERE, 'describe', '--always', '--dirty'], capture_output=True, text=True)
    return {
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'commit': commit.stdout.strip(),
        'processor': processor(),
        'cores': len(os.sched_getaffinity(0)),
        'load': round(os.getloadavg()[0], 2),
        'system': platform.platform(),
        'python': platform.python_version(),
        'numpy': numpy.__version__,
        'numba': numba.__version__,
    }


def processor() -> str:
    """Return the name of the processor."""
    for line in Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.split(':', 1)[1].strip()
    return platform.machine()


def table(rows: list[dict]) -> str:
    """Return the rows as a Markdown table."""
    cells = [COLUMNS] + [tuple(text(row.get(column, '')) for column in COLUMNS) for row in rows]
    widths = [max(len(row[place]) for row in cells) for place in range(len(COLUMNS))]
    lines = ['| ' + ' | '.join(map(str.ljust, row, widths)) + ' |' for row in cells]
    lines.insert(1, '|' + '|'.join('-' * (width + 2) for width in widths) + '|')
    return '\n'.join(lines)


def text(value) -> str:
    """Return a value with four figures."""
    return f'{value:.4g}' if isinstance(value, float) else str(value)


def write(folder: Path, facts: dict, rows: list[dict]) -> None:
    """Keep the results as `results.json` and `results.md`."""
    (folder / 'results.json').write_text(
        json.dumps({'machine': facts, 'rows': rows}, indent=2, default=float) + '\n')
    listed = '\n'.join(f'- {name}: {value}' for name, value in facts.items())
    (folder / 'results.md').write_text(f'{table(rows)}\n\n{listed}\n')


if __name__ == '__main__':
    sys.exit(main())
