"""How a node is asked to end: once, whatever it is at."""

from contextlib import contextmanager
import signal
from typing import Iterator

_REQUESTS = (signal.SIGINT, signal.SIGTERM)


class _EndRequest:
    """Handler of signals: the first interrupts the work, those after it change nothing."""

    def __init__(self):
        self._has_come = False

    def __call__(self, *_) -> None:
        if not self._has_come:
            self._has_come = True
            raise KeyboardInterrupt


@contextmanager
def ending_on_request() -> Iterator[None]:
    """
    Let SIGINT or SIGTERM end the work within in silence, however impatient the user is.

    This is for the last work of a process: afterwards both signals are ignored, so that they do
    not disturb its end.
    """
    try:
        if not isinstance(signal.getsignal(signal.SIGINT), _EndRequest):
            request = _EndRequest()
            for each in _REQUESTS:
                signal.signal(each, request)
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for each in _REQUESTS:
            signal.signal(each, signal.SIG_IGN)
