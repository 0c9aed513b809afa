"""The worlds of a sweep, by the names that its rows give them."""

from collections.abc import Sequence
from glob import glob
from pathlib import Path

from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.simulation import find_world


def find_worlds(words: Sequence[str]) -> dict[str, Path]:
    """
    Return the map files of worlds by their names.

    :param words: names of shipped worlds, map YAML files, folders of such, or patterns with
        `*`, `?` or `[`.
    :raises FileFormatError: for a word that stands for no world, and for two of one name.
    """
    worlds: dict[str, Path] = {}
    for word in words:
        for path in _paths(word):
            name = path.stem
            if worlds.setdefault(name, path.resolve()) != path.resolve():
                raise FileFormatError(
                    f'{path}: another world is called {name} too, {worlds[name]}')
    return worlds


def _paths(word: str) -> list[Path]:
    """Return the files that a word stands for."""
    if Path(word).is_dir():
        found = sorted(Path(word).glob('*.yaml'))
    elif any(each in word for each in '*?['):
        found = [Path(each) for each in sorted(glob(word, recursive=True))]
    else:
        return [find_world(word)]
    if not found:
        raise FileFormatError(f'{word}: there are no YAML files')
    return found
