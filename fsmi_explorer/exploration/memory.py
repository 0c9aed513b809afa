"""What exploration remembers of goals: places that failed, places that gave nothing."""

from dataclasses import dataclass

from fsmi_explorer.exploration.config import MemoryConfig
import numpy as np


@dataclass
class _Failure:
    position: np.ndarray
    until: float
    count: int = 1


class Blacklist:
    """Goals that failed, left alone for a time that doubles with each failure."""

    def __init__(self, config: MemoryConfig):
        """Start with none."""
        self._config = config
        self._failures: list[_Failure] = []

    def add(self, now: float, position: np.ndarray) -> None:
        """Note a failure at (x, y, ...)."""
        for failure in self._failures:
            if np.hypot(*(failure.position - position[:2])) <= self._config.radius:
                failure.count += 1
                failure.until = now + self._config.blacklist_time * 2 ** (failure.count - 1)
                return
        self._failures.append(_Failure(np.array(position[:2]),
                                       now + self._config.blacklist_time))

    def blocks(self, now: float, positions: np.ndarray) -> np.ndarray:
        """Tell which of the (k, 2+) positions are to be left alone now, as (k,) bool."""
        blocked = np.zeros(len(positions), bool)
        for failure in self._failures:
            if now < failure.until:
                blocked |= _near(positions, failure.position, self._config.radius)
        return blocked

    def next_release(self, now: float) -> float:
        """Return the time at which the next place is forgotten, inf when there is none."""
        return min((each.until for each in self._failures if each.until > now), default=np.inf)


class SpentPlaces:
    """Places looked from in vain: what they promise was there to be had, and was not."""

    def __init__(self, config: MemoryConfig):
        """Start with none."""
        self._config = config
        self._places: list[tuple[np.ndarray, float]] = []

    def add(self, position: np.ndarray, bits: float) -> None:
        """Note that at (x, y, ...) these bits are left although the robot has looked."""
        self._places.append((np.array(position[:2]), bits))

    def blocks(self, positions: np.ndarray, bits: np.ndarray) -> np.ndarray:
        """Tell which poses promise hardly more than was left nearby, as (k,) bool."""
        blocked = np.zeros(len(positions), bool)
        for place, left in self._places:
            near = _near(positions, place, self._config.radius)
            blocked |= near & (bits <= self._config.spent_growth * left)
        return blocked


def _near(positions: np.ndarray, place: np.ndarray, radius: float) -> np.ndarray:
    offset = positions[:, :2] - place
    return np.einsum('ij,ij->i', offset, offset) <= radius * radius


class Progress:
    """Whether the robot comes nearer to its goal, and how often in a row it did not."""

    def __init__(self, config: MemoryConfig):
        """Start without a goal."""
        self._config = config
        self._since, self._nearest = 0.0, np.inf
        self.failures = 0

    def begin(self, now: float, cost: float) -> None:
        """Begin the way to a goal that is this far."""
        self._since, self._nearest = now, cost

    def stalled(self, now: float, cost: float) -> bool:
        """Note how far it still is; tell whether that has not become less for too long."""
        if cost < self._nearest - self._config.arrival_tolerance:
            self._since, self._nearest = now, cost
            self.failures = 0
        return now - self._since > self._config.progress_time
