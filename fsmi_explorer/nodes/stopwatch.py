"""How long something has been going on, in simulated and in real time."""

from time import monotonic


class Stopwatch:
    """
    Measures by two clocks at once, and tells the shorter time.

    A simulation that is paused lets nobody run out of time then, and one that runs many times
    faster than real time leaves no less time to compute and to send messages.

    :param now: time of the node, s.
    """

    def __init__(self, now: float):
        """Start."""
        self.restart(now)

    def restart(self, now: float) -> None:
        """Start anew."""
        self._by_node, self._steady = now, monotonic()

    @property
    def real(self) -> float:
        """Return the real time since the start, s."""
        return monotonic() - self._steady

    def elapsed(self, now: float) -> float:
        """Return the time since the start, s; `now` is the time of the node."""
        return min(now - self._by_node, self.real)
