"""Many runs side by side: in this process, in several, or on a Dask cluster."""

from collections.abc import Callable, Iterator
from concurrent.futures import as_completed, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import active_children, get_context
import signal

from fsmi_explorer.benchmark.runs import execute, Outcome, Run
from fsmi_explorer.errors import FsmiExplorerError
from fsmi_explorer.exploration.episode import EpisodeConfig


def sweep(runs: list[Run], config: EpisodeConfig, *, workers: int = 1,
          scheduler: str = '') -> Iterator[Outcome]:
    """
    Execute runs, and yield what comes of each as soon as it is there.

    :param config: settings of all of them.
    :param workers: processes; with one, all is run in this process.
    :param scheduler: address of a Dask scheduler, whose workers run all instead.
    :raises FsmiExplorerError: when the cluster cannot be had, or a process was killed.
    """
    task = partial(execute, config=config)
    if scheduler:
        return _on_cluster(task, runs, scheduler)
    if workers == 1:
        return map(task, runs)
    return _in_processes(task, runs, workers)


def _in_processes(task: Callable[[Run], Outcome], runs: list[Run],
                  workers: int) -> Iterator[Outcome]:
    others = active_children()
    pool = ProcessPoolExecutor(
        workers, get_context('spawn'), initializer=_leave_interrupts_to_the_parent)
    try:
        for future in as_completed([pool.submit(task, run) for run in runs]):
            yield future.result()
    except BrokenProcessPool:
        raise FsmiExplorerError('a worker was killed, perhaps for want of memory; the same '
                                'command goes on, maybe with fewer --workers') from None
    except BaseException:
        for child in set(active_children()) - set(others):
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _on_cluster(task: Callable[[Run], Outcome], runs: list[Run],
                scheduler: str) -> Iterator[Outcome]:
    try:
        import distributed
    except ImportError:
        raise FsmiExplorerError('--scheduler needs Dask: pip install "fsmi_explorer[cluster]", '
                                'or dask and distributed') from None
    try:
        client = distributed.Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise FsmiExplorerError(f'{scheduler}: no Dask scheduler answers ({error})') from None
    with client:
        for future in distributed.as_completed(client.map(task, runs, pure=False)):
            yield future.result()
