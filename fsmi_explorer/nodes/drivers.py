"""Who takes the robot to a goal: what goal_node wants of any of them."""

from enum import Enum
from typing import Any, Callable, Protocol

from geometry_msgs.msg import PoseStamped


class End(Enum):
    """How a drive ended."""

    REACHED = 'reached'
    FAILED = 'failed'
    TAKEN_OVER = 'taken over'


OnEnd = Callable[[Any, End, str], None]
"""Told the goal that was given to `go`, how it ended, and why."""


class Driver(Protocol):
    """Takes the robot to one goal at a time."""

    def missing(self) -> str:
        """Say what is missing before goals can be driven to; empty when nothing is."""

    def go(self, goal: Any, target: PoseStamped, now: float) -> None:
        """Drive to a goal instead of the one before."""

    def cancel(self) -> None:
        """Give the present goal up; nobody is told how it ends."""

    def is_taken_over(self) -> bool:
        """Tell whether the robot drives to somebody else's goal."""

    def repeats(self, topic: str) -> bool:
        """Tell whether who drives would drive a second time to a goal published on a topic."""

    def look_after(self, now: float, response_timeout: float) -> None:
        """See now and then whether all is well with the present goal."""
