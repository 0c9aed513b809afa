"""Writing files whole or not at all."""

from contextlib import contextmanager
import os
from pathlib import Path
from typing import IO, Iterator


@contextmanager
def write_atomically(path: str | Path, mode: str = 'w', **options) -> Iterator[IO]:
    """
    Open a file for writing that takes its name only when all is written.

    A reader sees the old file or the new one, never half of it; an error leaves the old one.
    :param path: name of the file; its folder must exist.
    :param mode: as of `open`, to write.
    """
    path = Path(path)
    unfinished = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        with open(unfinished, mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
