"""What is written of a sweep once its runs are there: the table, the plots, the ways."""

from collections.abc import Callable
from pathlib import Path

from fsmi_explorer.benchmark.plots import draw_progress, draw_way
from fsmi_explorer.benchmark.runs import Row
from fsmi_explorer.benchmark.store import ResultStore
from fsmi_explorer.benchmark.table import table
from fsmi_explorer.files import write_atomically
from fsmi_explorer.simulation import World


def write_report(store: ResultStore, baseline: str, settings: str, worlds: dict[str, Path],
                 tell: Callable[[str], None]) -> None:
    """
    Write `table.md`, `progress.png`, `progress/WORLD.png` and `ways/WORLD-POLICY-SEED.png`.

    Ways that were drawn since their runs are left as they are.

    :param baseline: policy that the others are compared with.
    :param settings: name of the settings.
    :param worlds: map files by name, as far as ways are to be drawn.
    :param tell: called with the name of each thing written.
    """
    rows, folder = store.rows(), store.folder
    with write_atomically(folder / 'table.md') as file:
        file.write(table(rows, baseline, settings))
    names = sorted({row.world for row in rows})
    _save(draw_progress(store, rows, baseline if len(names) > 1 else ''),
          folder / 'progress.png', tell)
    for name in names:
        own = [row for row in rows if row.world == name]
        _save(draw_progress(store, own), folder / 'progress' / f'{name}.png', tell)
        if name in worlds:
            _draw_ways(store, own, worlds[name], tell)


def _draw_ways(store: ResultStore, rows: list[Row], path: Path,
               tell: Callable[[str], None]) -> None:
    world = None
    for row in rows:
        picture = store.folder / 'ways' / f'{row.world}-{row.policy}-{row.seed}.png'
        drawn = picture.stat().st_mtime if picture.exists() else 0.0
        if drawn < store.course_file(row).stat().st_mtime:
            world = world or World.load(path)
            _save(draw_way(world, row, store.course(row)[1]), picture, tell)


def _save(figure, path: Path, tell: Callable[[str], None]) -> None:
    tell(f'draws {path.name}')
    path.parent.mkdir(exist_ok=True)
    with write_atomically(path, 'wb') as file:
        figure.savefig(file, format='png')
