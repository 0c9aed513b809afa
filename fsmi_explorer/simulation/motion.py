"""Where the robot was a moment ago, for beams that were taken then."""

from collections import deque
from math import ceil

from fsmi_explorer.jit import kernel
from fsmi_explorer.simulation.drive import follow_arc
import numpy as np


class Motion:
    """
    Remembers the arcs that the robot has driven during the last sweep of the lidar.

    :param rate: sweeps per second.
    :param step: time of one arc in s.
    """

    def __init__(self, rate: float, step: float):
        self._arcs = deque(maxlen=ceil(1.0 / rate / step) + 2)

    def add(self, time: float, place: tuple[float, float, float], speed: float,
            turn_rate: float) -> None:
        """
        Remember an arc.

        :param time: when it began, in s.
        :param place: pose (x, y, yaw) where it began, in cells and rad.
        :param speed: along it, in cells/s.
        :param turn_rate: along it, in rad/s.
        """
        self._arcs.append((time, *place, speed, turn_rate))

    def places(self, times: np.ndarray) -> np.ndarray:
        """
        Say where the robot was.

        :param times: (k,) s, not before the last sweep.
        :return: (k, 3) poses in cells and rad.
        """
        arcs = np.array(self._arcs)
        begun = np.searchsorted(arcs[:, 0], times, side='right') - 1
        places = np.empty((len(times), 3))
        _follow(arcs[np.maximum(begun, 0)], times, places)
        return places


@kernel
def _follow(arcs, times, places):
    """Follow each arc up to its time."""
    for index in range(times.size):
        begun, x, y, yaw, speed, turn_rate = arcs[index]
        time = max(times[index] - begun, 0.0)
        places[index] = follow_arc(x, y, yaw, speed * time, turn_rate * time)
