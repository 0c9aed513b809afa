"""The folder of a sweep: what is in it is never lost, never run again."""

from collections.abc import Collection
import csv
from dataclasses import asdict, fields
import os
from pathlib import Path

from fsmi_explorer.benchmark.runs import COLUMNS, Outcome, Row, Run
from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import FileFormatError, FsmiExplorerError
from fsmi_explorer.exploration.episode import EpisodeConfig
from fsmi_explorer.files import write_atomically
import numpy as np
import yaml

_KINDS = {each.name: each.type for each in fields(Row)}


class ResultStore:
    """Rows in `results.csv`, the course and the path of each run in `runs/`."""

    def __init__(self, folder: Path, config: EpisodeConfig):
        """
        Open a folder, new or of an earlier sweep of the same settings.

        :raises FsmiExplorerError: when the folder has results of other settings.
        """
        self.folder, self._csv = folder, folder / 'results.csv'
        (folder / 'runs').mkdir(parents=True, exist_ok=True)
        self._check_settings({name: value for name, value, _ in config.items()})
        self._mend()

    def _check_settings(self, values: dict) -> None:
        path = self.folder / 'settings.yaml'
        values = {name: list(each) if isinstance(each, tuple) else each
                  for name, each in values.items()}
        if not path.exists():
            with write_atomically(path) as file:
                yaml.safe_dump(values, file, sort_keys=False)
            return
        stored = read_yaml(path) or {}
        for name in [*values, *stored]:
            if stored.get(name) != values.get(name):
                raise FsmiExplorerError(
                    f'{self.folder}: has results of other settings, {name} is '
                    f'{stored.get(name)} there and {values.get(name)} here; choose another --out')

    def _mend(self) -> None:
        """Take off a row that was cut short, and begin with the names of the columns."""
        text = self._csv.read_text() if self._csv.exists() else ''
        whole = text[:text.rfind('\n') + 1]
        if not whole:
            whole = ','.join(COLUMNS) + '\n'
        if whole != text:
            with write_atomically(self._csv) as file:
                file.write(whole)

    def rows(self) -> list[Row]:
        """
        Return all rows, in the order of their keys.

        :raises FileFormatError: naming the line that is no row.
        """
        with open(self._csv, newline='') as file:
            lines = list(csv.DictReader(file))
        rows = []
        for number, line in enumerate(lines, 2):
            try:
                rows.append(Row(**{name: _parsed(kind, line[name])
                                   for name, kind in _KINDS.items()}))
            except (KeyError, TypeError, ValueError):
                raise FileFormatError(f'{self._csv}:{number}: not a row of a benchmark') from None
        return sorted(rows, key=lambda row: (row.world, row.policy, row.seed))

    def add(self, outcome: Outcome) -> None:
        """Keep what came of a run; its row comes last, and on disk before this returns."""
        np.savez_compressed(
            self.course_file(outcome.row), course=outcome.course.astype(np.float32),
            poses=outcome.poses.astype(np.float32))
        with open(self._csv, 'a', newline='') as file:
            csv.writer(file, lineterminator='\n').writerow(asdict(outcome.row).values())
            file.flush()
            os.fsync(file.fileno())

    def forget(self, policies: Collection[str]) -> None:
        """Throw away the rows of some policies, so that they are run again."""
        rows = [row for row in self.rows() if row.policy not in policies]
        with write_atomically(self._csv, newline='') as file:
            writer = csv.writer(file, lineterminator='\n')
            writer.writerow(COLUMNS)
            writer.writerows(asdict(row).values() for row in rows)

    def course(self, row: Row) -> tuple[np.ndarray, np.ndarray]:
        """Return the course (n, 4) and the poses (k, 3) of a run."""
        with np.load(self.course_file(row)) as kept:
            return kept['course'], kept['poses']

    def course_file(self, row: Row) -> Path:
        """Return the file that the course of a run is kept in."""
        return self.folder / 'runs' / f'{row.world}-{row.policy}-{row.seed}.npz'

    def missing(self, runs: list[Run]) -> list[Run]:
        """Return the runs that there is no row of."""
        done = {(row.world, row.policy, row.seed) for row in self.rows()}
        return [run for run in runs if run.key not in done]


def _parsed(kind: type, text: str):
    """Return a value of a row from its text."""
    if kind is bool:
        return {'True': True, 'False': False}[text]
    return kind(text)
