"""Follow a path: pure pursuit that slows down where it should, and turns on the spot to start."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter
from fsmi_explorer.exploration.config import SpaceConfig
from fsmi_explorer.navigation.guard import safe_speed
import numpy as np

_AHEAD = 0.1  # rad, from the heading, that count as straight ahead
_SHORTER = (1.0, 0.5, 0.2)  # shares of the lookahead that are tried

@dataclass(frozen=True)
class FollowerConfig(Configuration):
    """How a path is followed."""

    max_speed: float = parameter(
        0.5, 'highest forward speed', unit='m/s', low=0.01, high=10.0)
    max_turn_rate: float = parameter(
        1.0, 'highest turn rate', unit='rad/s', low=0.01, high=10.0)
    acceleration: float = parameter(
        0.8, 'greatest gain of speed', unit='m/s^2', low=0.01, high=50.0)
    deceleration: float = parameter(
        1.2, 'greatest loss of speed', unit='m/s^2', low=0.01, high=50.0)
    turn_acceleration: float = parameter(
        2.0, 'greatest change of turn rate', unit='rad/s^2', low=0.01, high=100.0)
    lookahead: float = parameter(
        0.5, 'distance of the point on the path that is steered for; short follows closely',
        unit='m', low=0.02, high=5.0)
    turn_on_spot: float = parameter(
        1.3, 'beyond this angle to the path the robot first turns on the spot', unit='rad',
        low=0.1, high=3.2)
    reaction_time: float = parameter(
        0.25, 'a command may be at work for this long before another one takes its place: the '
        'robot must be able to stop in time even then', unit='s', low=0.0, high=5.0)
    stuck_time: float = parameter(
        1.0, 'a robot that does not move although it should backs off after this time', unit='s',
        low=0.1, high=60.0)
    back_off: float = parameter(
        0.1, 'how far it backs off, at a third of the highest speed at most', unit='m', low=0.0,
        high=2.0)
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

    def __init__(self, config: FollowerConfig | None = None, space: SpaceConfig | None = None):
        """
        Start at rest.

        :param config: limits and tolerances.
        :param space: size of the robot, for the check against the map.
        """
        self.config = config or FollowerConfig()
        self.space = space or SpaceConfig()
        self.reset()

    def reset(self) -> None:
        """Forget path and velocity, as after a stop."""
        self._path: np.ndarray | None = None
        self._along = 0.0
        self._turning = False
        self._arrived = False
        self._v = self._w = self._wanted = 0.0
        self._position: np.ndarray | None = None
        self._stuck_for = self._backing = 0.0

    def command(self, pose, path: np.ndarray, goal_yaw: float | None = None, *,
                grid=None, velocity=None, dt: float = 0.1) -> Command:
        """
        Return the velocities for the next time step.

        :param pose: (3,) x, y, yaw of the robot.
        :param path: (k, 2) x, y; the same array object as long as it is the same path.
        :param goal_yaw: heading wanted at the end, None or NaN for any.
        :param grid: OccupancyGrid; when given, the robot never drives faster than it can still
            stop before an obstacle in it.
        :param velocity: (v, w) as measured; the last command when None.
        :param dt: s until the next command.
        """
        if path is not self._path:
            self._take(path)
        pose = np.asarray(pose, float)
        self._watch(pose[:2], dt)
        if velocity is not None:
            self._v, self._w = (float(each) for each in velocity)
        if self._backing > 0.0:
            return self._back_off(pose, grid, dt)
        left = self._advance(pose[:2])
        to_goal = float(np.hypot(*(path[-1] - pose[:2])))
        if to_goal <= self.config.goal_tolerance and left <= 2 * self.config.goal_tolerance:
            self._arrived = True
        if self._arrived:
            return self._align(pose[2], goal_yaw, dt)
        return self._follow(pose, left, grid, dt)

    def _follow(self, pose, left: float, grid, dt: float) -> Command:
        """Drive along the arc to the point ahead, or turn to it where the arc is not free."""
        angle, away = self._point_ahead(pose, grid, dt)
        v, w = self._pursue(angle, away, left, dt)
        safe = self._safe_speed(grid, pose, v, w, dt, self._v)
        if self._must_turn(angle, safe >= 0.5 * v):
            return self._stop_to_turn(angle, dt)
        self._wanted = v
        self._v, self._w = safe, w * (safe / v if v > 0.0 else 1.0)
        return Command(self._v, self._w)

    def _point_ahead(self, pose, grid, dt: float) -> tuple[float, float]:
        """Return angle and distance of the furthest point tried to which the way is free."""
        for share in _SHORTER:
            offset = self._point_at(self._along + share * self.config.lookahead) - pose[:2]
            bearing = np.arctan2(offset[1], offset[0])
            facing = (pose[0], pose[1], bearing)
            if self._safe_speed(grid, facing, self.config.max_speed, 0.0, dt) > 0.0:
                break
        return _wrap(bearing - pose[2]), float(np.hypot(*offset))

    def _take(self, path: np.ndarray) -> None:
        """Begin a new path; the velocity goes on."""
        if len(path) < 1:
            raise ValueError('path must hold at least one point')
        self._path = path
        self._lengths = np.concatenate([[0.0], np.hypot(*np.diff(path, axis=0).T).cumsum()])
        self._along, self._turning, self._arrived = 0.0, False, False

    def _watch(self, position: np.ndarray, dt: float) -> None:
        """Begin to back off when the robot has not moved for a while although it should have."""
        moved = np.inf if self._position is None else np.hypot(*(position - self._position))
        stands = self._wanted > 0.01 and moved < 0.05 * self._wanted * dt
        self._stuck_for = self._stuck_for + dt if stands else 0.0
        self._position = position.copy()
        if self._stuck_for >= self.config.stuck_time:
            self._stuck_for, self._backing = 0.0, self.config.back_off

    def _back_off(self, pose, grid, dt: float) -> Command:
        """Drive backwards slowly, a little way, as far as that is free."""
        speed = min(self.config.max_speed / 3.0, self._backing / dt)
        backwards = (pose[0], pose[1], pose[2] + np.pi)
        free = self._safe_speed(grid, backwards, speed, 0.0, dt)
        self._backing = max(self._backing - speed * dt, 0.0) if free > 0.0 else 0.0
        return self._limited(-free, 0.0, dt)

    def _stop_to_turn(self, angle: float, dt: float) -> Command:
        """Turn on the spot; before that, brake on the arc that was found to be free."""
        speed, _ = self._within_limits(0.0, 0.0, dt)
        if speed > 0.0:
            return self._limited(0.0, self._w * speed / self._v, dt)
        return self._limited(0.0, self._turn_rate(angle, dt), dt)

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

    def _must_turn(self, angle: float, free: bool) -> bool:
        """Tell whether to turn on the spot; once begun, until the path lies straight ahead."""
        sharp = self.config.turn_on_spot if free and not self._turning else _AHEAD
        self._turning = abs(angle) > sharp
        return self._turning

    def _turn_rate(self, angle: float, dt: float) -> float:
        """Return the rate from which a turn by the angle can still be stopped in time."""
        braking = np.sqrt(2.0 * self.config.turn_acceleration * abs(angle))
        return float(np.sign(angle)) * min(self.config.max_turn_rate, braking, abs(angle) / dt)

    def _pursue(self, angle: float, away: float, left: float, dt: float) -> tuple[float, float]:
        """Return the velocities of the arc to the point ahead, as fast as turn and goal allow."""
        curvature = 2.0 * np.sin(angle) / max(away, 1e-3)
        speed = min(self.config.max_speed, np.sqrt(2.0 * self.config.deceleration * left))
        speed *= np.cos(min(abs(angle), np.pi / 2))
        if abs(curvature) * speed > self.config.max_turn_rate:
            speed = self.config.max_turn_rate / abs(curvature)
        return self._within_limits(speed, speed * curvature, dt)

    def _safe_speed(self, grid, pose, v: float, w: float, dt: float, now: float = 0.0) -> float:
        """Return the speed from which the robot could stop before any obstacle of the map."""
        if grid is None:
            return v
        return safe_speed(
            grid, pose, v, w, self.space.robot_radius + self.space.safety_margin,
            self.config.deceleration, max(2.0 * dt, self.config.reaction_time),
            self.space.occupied_threshold, now)

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
        """Command velocities, as far as the accelerations allow."""
        self._v, self._w = self._within_limits(v, w, dt)
        self._wanted = self._v
        return Command(self._v, self._w)

    def _within_limits(self, v: float, w: float, dt: float) -> tuple[float, float]:
        """Keep the change of velocity within the accelerations."""
        config, turn_step = self.config, self.config.turn_acceleration * dt
        return (
            float(np.clip(v, self._v - config.deceleration * dt,
                          self._v + config.acceleration * dt)),
            float(np.clip(w, self._w - turn_step, self._w + turn_step)))


def _wrap(angle: float) -> float:
    """Return the angle within -pi to pi."""
    return float((angle + np.pi) % (2.0 * np.pi) - np.pi)
