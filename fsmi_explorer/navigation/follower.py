"""Follow a path: pure pursuit that slows down where it should, and turns on the spot to start."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter
import numpy as np


@dataclass(frozen=True)
class FollowerConfig(Configuration):
    """How a path is followed."""

    max_speed: float = parameter(
        0.5, 'highest forward speed', unit='m/s', low=0.01, high=10.0)
    max_turn_rate: float = parameter(
        1.0, 'highest turn rate', unit='rad/s', low=0.01, high=10.0)
    acceleration: float = parameter(
        0.8, 'greatest change of speed', unit='m/s^2', low=0.01, high=50.0)
    turn_acceleration: float = parameter(
        2.0, 'greatest change of turn rate', unit='rad/s^2', low=0.01, high=100.0)
    lookahead: float = parameter(
        0.35, 'distance of the point on the path that is steered for; short follows closely',
        unit='m', low=0.02, high=5.0)
    turn_on_spot: float = parameter(
        0.8, 'beyond this angle to the path the robot first turns on the spot', unit='rad',
        low=0.1, high=3.2)
    goal_tolerance: float = parameter(
        0.1, 'the goal is reached within this distance', unit='m', low=0.01, high=5.0)
    yaw_tolerance: float = parameter(
        0.1, 'a heading that the goal asks for is reached within this angle', unit='rad',
        low=0.01, high=3.2)


@dataclass(frozen=True)
class Command:
    """
    Velocities for a differential drive.

    :param v: m/s forwards.
    :param w: rad/s to the left.
    :param finished: the goal is reached.
    """

    v: float
    w: float
    finished: bool = False


class PathFollower:
    """Regulated pure pursuit along one path after another (Coulter 1992; Macenski et al. 2023)."""

    def __init__(self, config: FollowerConfig | None = None):
        """Start at rest."""
        self.config = config or FollowerConfig()
        self.reset()

    def reset(self) -> None:
        """Forget path and velocity, as after a stop."""
        self._path: np.ndarray | None = None
        self._along = 0.0
        self._turning = False
        self._arrived = False
        self._v = self._w = 0.0

    def command(self, pose, path: np.ndarray, goal_yaw: float | None = None, *,
                velocity=None, dt: float = 0.1) -> Command:
        """
        Return the velocities for the next time step.

        :param pose: (3,) x, y, yaw of the robot.
        :param path: (k, 2) x, y; the same array object as long as it is the same path.
        :param goal_yaw: heading wanted at the end, None or NaN for any.
        :param velocity: (v, w) as measured; the last command when None.
        :param dt: s until the next command.
        """
        if path is not self._path:
            self._take(path)
        if velocity is not None:
            self._v, self._w = (float(each) for each in velocity)
        left = self._advance(np.asarray(pose, float)[:2])
        to_goal = float(np.hypot(*(path[-1] - pose[:2])))
        if to_goal <= self.config.goal_tolerance and left <= 2 * self.config.goal_tolerance:
            self._arrived = True
        if self._arrived:
            return self._align(pose[2], goal_yaw, dt)
        target = self._point_at(self._along + self.config.lookahead)
        offset = target - pose[:2]
        angle = _wrap(np.arctan2(offset[1], offset[0]) - pose[2])
        if self._must_turn(angle):
            return self._limited(0.0, self._turn_rate(angle, dt), dt)
        return self._pursue(angle, float(np.hypot(*offset)), left, dt)

    def _take(self, path: np.ndarray) -> None:
        """Begin a new path; the velocity goes on."""
        if len(path) < 1:
            raise ValueError('path must hold at least one point')
        self._path = path
        self._lengths = np.concatenate([[0.0], np.hypot(*np.diff(path, axis=0).T).cumsum()])
        self._along, self._turning, self._arrived = 0.0, False, False

    def _advance(self, position: np.ndarray) -> float:
        """Move the foot point forwards along the path; return the length that is left."""
        ahead = self._along + np.linspace(0.0, 2 * self.config.lookahead, 21)
        points = self._point_at(ahead)
        self._along = float(ahead[np.argmin(((points - position) ** 2).sum(-1))])
        self._along = min(self._along, float(self._lengths[-1]))
        return float(self._lengths[-1]) - self._along

    def _point_at(self, along) -> np.ndarray:
        """Return the point(s) of the path at some length(s) along it."""
        return np.stack([np.interp(along, self._lengths, self._path[:, i]) for i in (0, 1)], -1)

    def _must_turn(self, angle: float) -> bool:
        """Tell whether to turn on the spot, with a wide band so as not to flicker."""
        self._turning = abs(angle) > self.config.turn_on_spot * (0.25 if self._turning else 1.0)
        return self._turning

    def _turn_rate(self, angle: float, dt: float) -> float:
        """Return the rate from which a turn by the angle can still be stopped in time."""
        braking = np.sqrt(2.0 * self.config.turn_acceleration * abs(angle))
        return float(np.sign(angle)) * min(self.config.max_turn_rate, braking, abs(angle) / dt)

    def _pursue(self, angle: float, away: float, left: float, dt: float) -> Command:
        """Drive along the arc that leads to the point ahead, as fast as turn and goal allow."""
        curvature = 2.0 * np.sin(angle) / max(away, 1e-3)
        speed = min(self.config.max_speed, np.sqrt(2.0 * self.config.acceleration * left))
        speed *= np.cos(min(abs(angle), np.pi / 2))
        if abs(curvature) * speed > self.config.max_turn_rate:
            speed = self.config.max_turn_rate / abs(curvature)
        command = self._limited(speed, speed * curvature, dt)
        return command

    def _align(self, yaw: float, goal_yaw: float | None, dt: float) -> Command:
        """At the goal: stop, and turn to the wanted heading if there is one."""
        angle = 0.0
        if goal_yaw is not None and np.isfinite(goal_yaw):
            angle = _wrap(goal_yaw - yaw)
        if abs(angle) <= self.config.yaw_tolerance:
            self._v = self._w = 0.0
            return Command(0.0, 0.0, finished=True)
        return self._limited(0.0, self._turn_rate(angle, dt), dt)

    def _limited(self, v: float, w: float, dt: float) -> Command:
        """Keep the change of velocity within the accelerations."""
        step, turn_step = self.config.acceleration * dt, self.config.turn_acceleration * dt
        self._v = float(np.clip(v, self._v - step, self._v + step))
        self._w = float(np.clip(w, self._w - turn_step, self._w + turn_step))
        return Command(self._v, self._w)


def _wrap(angle: float) -> float:
    """Return the angle within -pi to pi."""
    return float((angle + np.pi) % (2.0 * np.pi) - np.pi)
