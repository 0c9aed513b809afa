"""Looking around on the spot, for a robot that can reach nothing from where it stands."""

import numpy as np

_TURNS, _TURN = 4, 1.8
_TOLERANCE = 0.4
_LONGEST = 10.0


class LookAround:
    """Turns by steps through more than a full circle, once until somewhere can be reached."""

    def __init__(self):
        """Have all turns left."""
        self._left = _TURNS
        self.pose: np.ndarray | None = None
        self._since = 0.0

    def reset(self) -> None:
        """Have all turns left again."""
        self._left, self.pose = _TURNS, None

    def begin(self, now: float, pose: np.ndarray) -> np.ndarray | None:
        """Return (3,) the pose of the next turn; None when there was enough of that."""
        if not self._left:
            return None
        self._left -= 1
        self._since, self.pose = now, pose + (0.0, 0.0, _TURN)
        return self.pose

    def is_turning(self, now: float, pose: np.ndarray) -> bool:
        """Tell whether a turn is still going on, and may."""
        if self.pose is None or now - self._since > _LONGEST:
            return False
        missing = abs(np.angle(np.exp(1j * (self.pose[2] - pose[2]))))
        return bool(missing > _TOLERANCE)
