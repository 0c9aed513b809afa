"""`fsmi_explorer benchmark`: explorations of many worlds by many policies, compared."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
import sys
import time

from fsmi_explorer.benchmark import find_worlds, PRESETS, read_settings, ResultStore, Run, sweep
from fsmi_explorer.benchmark.report import write_report
from fsmi_explorer.cli.progress import ProgressLine
from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.exploration.config import POLICIES

_BASELINE = 'nearest_frontier'
_RUNS_FAILED = 1


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument('--worlds', nargs='+', default=['office', 'warehouse', 'flat'],
                        metavar='WORLD', help='names of shipped worlds, map YAML files, folders '
                        'or patterns of them, apart by spaces or commas '
                        '(default: office warehouse flat)')
    parser.add_argument('--policies', nargs='+', default=[POLICIES[0], _BASELINE],
                        metavar='POLICY', help=f'any of {", ".join(POLICIES)} '
                        f'(default: {POLICIES[0]} {_BASELINE})')
    parser.add_argument('--seeds', type=int, default=1, metavar='N',
                        help='starts of each world: its own and N - 1 at random '
                        '(default: %(default)s)')
    parser.add_argument('--settings', default=next(iter(PRESETS)), metavar='NAME_OR_YAML',
                        help=f'robot and lidar: any of {", ".join(PRESETS)}, or a YAML file '
                        '(default: %(default)s)')
    parser.add_argument('--baseline', default='', metavar='POLICY',
                        help='policy that the others are compared with (default: '
                        f'{_BASELINE} where it takes part, else the first)')
    parser.add_argument('--again', nargs='+', default=[], metavar='POLICY',
                        help='policies whose finished runs are thrown away and run again')
    parser.add_argument('--workers', type=int, default=1, metavar='K',
                        help='processes that run side by side (default: %(default)s)')
    parser.add_argument('--scheduler', default='', metavar='ADDRESS',
                        help='run on the Dask cluster of this scheduler instead')
    parser.add_argument('--out', type=Path, default=Path('output/benchmark'), metavar='DIR',
                        help='folder of the results; a sweep begun there is continued '
                        '(default: %(default)s)')


def run(arguments: Namespace) -> int:
    """Run what is missing, write the report; return 0 unless runs have failed."""
    for name in ('seeds', 'workers'):
        if getattr(arguments, name) < 1:
            raise FsmiExplorerError(
                f'--{name} must be at least 1, got {getattr(arguments, name)}')
    policies, again = ([_policy(each) for each in _apart(words)]
                       for words in (arguments.policies, arguments.again))
    baseline = _policy(arguments.baseline) if arguments.baseline else (
        _BASELINE if _BASELINE in policies else policies[0])
    worlds, config = find_worlds(_apart(arguments.worlds)), read_settings(arguments.settings)
    store = ResultStore(arguments.out, config)
    if again:
        store.forget(again)
    runs = [Run(name, str(path), policy, seed) for seed in range(arguments.seeds)
            for name, path in worlds.items() for policy in dict.fromkeys(policies)]
    missing = store.missing(runs)
    with ProgressLine() as progress:
        outcomes = sweep(missing, config, workers=arguments.workers,
                         scheduler=arguments.scheduler)
        failures = _collect(store, outcomes, len(runs), len(missing), progress)
        write_report(store, baseline, arguments.settings, worlds, progress.show)
    for failure in failures:
        print(failure, file=sys.stderr)
    print((arguments.out / 'table.md').read_text())
    return _RUNS_FAILED if failures else 0


def _apart(words: Sequence[str]) -> list[str]:
    """Return the names in words that may hold several, apart by commas."""
    return [name for word in words for name in word.split(',') if name]


def _policy(name: str) -> str:
    """
    Return the name of a policy.

    :raises FsmiExplorerError: when there is none of this name.
    """
    if name not in POLICIES:
        raise FsmiExplorerError(
            f'{name}: no policy of this name, known are {", ".join(POLICIES)}')
    return name


def _collect(store: ResultStore, outcomes, total: int, missing: int,
             progress: ProgressLine) -> Sequence[str]:
    """Keep each outcome as it comes; return what is to be said of the runs that failed."""
    failures, began = [], time.monotonic()
    progress.show(f'{total - missing} of {total} runs are there', now=True)
    for done, outcome in enumerate(outcomes, 1):
        if outcome.row is None:
            failures.append(f'{" ".join(map(str, outcome.run.key))} failed: {outcome.failure}')
        else:
            store.add(outcome)
        left = (time.monotonic() - began) / done * (missing - done)
        progress.show(f'{bar(total - missing + done, total)} {total - missing + done} of {total} '
                      f'runs, {left / 60:.0f} min left; {" ".join(map(str, outcome.run.key))}')
    return failures


def bar(done: int, total: int, width: int = 30) -> str:
    """Return a bar that is filled as far as things are done."""
    filled = width * done // max(total, 1)
    return f'[{"#" * filled}{"." * (width - filled)}]'
