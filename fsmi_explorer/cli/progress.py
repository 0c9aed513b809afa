"""One line on the terminal that tells how far a command is."""

import sys
import time
from typing import IO

_PLAIN_PERIOD = 10.0


class ProgressLine:
    """
    A line that rewrites itself on a terminal; elsewhere a new line now and then.

    A context manager: what it wrote stays when it ends.
    """

    def __init__(self, stream: IO | None = None):
        """Write to a stream, standard error by default, so that output can be piped."""
        self._stream = stream or sys.stderr
        self._rewrite = self._stream.isatty()
        self._shown, self._last = '', -_PLAIN_PERIOD

    def __enter__(self) -> 'ProgressLine':
        """Nothing is written before the first `show`."""
        return self

    def __exit__(self, *_) -> None:
        """Leave the last line standing."""
        if self._rewrite and self._shown:
            print(file=self._stream, flush=True)

    def show(self, text: str, *, now: bool = False) -> None:
        """Show a line in place of the last one; `now` shows it on a plain stream too."""
        if self._rewrite:
            print(f'\r{text.ljust(len(self._shown))}', end='', file=self._stream, flush=True)
        elif text != self._shown and (now or time.monotonic() - self._last >= _PLAIN_PERIOD):
            print(text, file=self._stream, flush=True)
            self._last = time.monotonic()
        self._shown = text
