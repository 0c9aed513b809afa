"""The way home, with as many attempts as it deserves."""

from typing import Callable

from fsmi_explorer.nodes.drivers import End
from fsmi_explorer.nodes.exploration_state import FAILED
import numpy as np

_ATTEMPTS = 3
_MOVED = 0.1


class WayHome:
    """
    Brings the robot home.

    :param drive: sends the robot to a pose (3,).
    """

    def __init__(self, drive: Callable[[np.ndarray], None]):
        """Know no home yet."""
        self.pose: np.ndarray | None = None
        self.after = ('', '')
        self._drive = drive
        self._attempts = 0
        self._is_waiting = False
        self._moved_at, self._moved_from = 0.0, np.full(2, np.inf)

    def begin(self, state: str, reason: str) -> None:
        """Set out; what to be then, and for what reason, is kept in `after`."""
        self.after, self._attempts, self._is_waiting = (state, reason), 0, True

    def add(self, sentence: str) -> None:
        """Add to the reason of what is to be then."""
        state, reason = self.after
        self.after = state, f'{reason} {sentence}'

    def go_on(self, now: float) -> None:
        """Drive if not under way; call when whoever drives is ready and free."""
        if self._is_waiting:
            self._is_waiting, self._moved_at = False, now
            self._drive(self.pose)

    def is_stuck(self, now: float, position: np.ndarray, patience: float) -> bool:
        """Note where the robot is on its way; tell whether it has not moved for too long."""
        if np.hypot(*(position - self._moved_from)) > _MOVED:
            self._moved_at, self._moved_from = now, position
        return not self._is_waiting and now - self._moved_at > patience

    def ended(self, end: End, reason: str) -> tuple[str, str] | None:
        """Take note of the end of a drive; return state and reason when it was the last one."""
        if end is End.REACHED:
            return self.after
        self._attempts += end is End.FAILED
        if self._attempts == _ATTEMPTS:
            return FAILED, f'{self.after[1]} Could not return home: {reason}.'
        self._is_waiting = True
        return None
