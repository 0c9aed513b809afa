"""A goal that the navigator is on: its path, its troubles, its end."""

from time import perf_counter
from typing import NamedTuple

from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.navigation import must_replan, Plan, plan_path, PlannerConfig
from fsmi_explorer.nodes.stopwatch import Stopwatch
import numpy as np
from rclpy.action.server import ServerGoalHandle
from rclpy.task import Future

# Error codes of the planner and the controller of Nav2, for those who know them.
NO_TRANSFORM, NO_PROGRESS, NO_PATH = 101, 105, 208

_ON_THE_SPOT = 0.1
_PROGRESS_DISTANCE, _PROGRESS_ANGLE = 0.05, 0.2


class Outcome(NamedTuple):
    """
    How a goal ended.

    :param end: name of the method of the goal handle that says so.
    :param message: why, when the goal was not reached.
    :param code: the same as a number.
    """

    end: str
    message: str = ''
    code: int = 0


class Task:
    """
    A goal on which the robot is.

    :param handle: the goal of the action.
    :param now: time at which it was taken on, s.
    :param path_before: (k, 2) x, y of the path to the goal before, followed until there is a new
        one; None when the robot stands.
    """

    def __init__(self, handle: ServerGoalHandle, now: float, path_before: np.ndarray | None):
        """Take the goal on."""
        self.handle = handle
        self.started = now
        self.outcome = Future()
        self.goal: np.ndarray | None = None
        self.path: np.ndarray | None = None
        self.path_before = path_before
        self.trouble, self.trouble_code = 'no path was planned yet', NO_PATH
        self.without_progress = Stopwatch(now)
        self.in_trouble = Stopwatch(now)
        self.since_plan = Stopwatch(now)
        self.told_at = -np.inf
        self._moved_from: np.ndarray | None = None

    def note_trouble(self, trouble: str, code: int) -> None:
        """Remember why the robot cannot drive."""
        self.trouble, self.trouble_code = trouble, code

    def is_moving(self, now: float, pose: np.ndarray, patience: float) -> bool:
        """Note where the robot is; tell whether it has moved within the patience."""
        if self._moved_from is None or _is_apart(self._moved_from, pose):
            self._moved_from = pose
            self.without_progress.restart(now)
        return self.without_progress.elapsed(now) <= patience


def _is_apart(a: np.ndarray, b: np.ndarray) -> bool:
    turned = abs(np.angle(np.exp(1j * (a[2] - b[2]))))
    return np.hypot(*(a - b)[:2]) > _PROGRESS_DISTANCE or turned > _PROGRESS_ANGLE


class Planned(NamedTuple):
    """
    A plan for a task.

    :param duration: how long it took, s.
    """

    task: Task
    plan: Plan
    duration: float


def replan(task: Task, grid: OccupancyGrid, pose: np.ndarray, config: PlannerConfig) -> Planned:
    """
    Return the task's path if it is still free, else a new one.

    To turn where it stands a robot needs no free space, not even a known one.
    """
    start = perf_counter()
    if np.hypot(*(task.goal - pose)[:2]) <= _ON_THE_SPOT:
        plan = Plan(np.array([pose[:2], task.goal[:2]]) if task.path is None else task.path)
    elif task.path is not None and not must_replan(grid, task.path, pose, config):
        plan = Plan(task.path)
    else:
        plan = plan_path(grid, pose, task.goal, config)
    return Planned(task, plan, perf_counter() - start)


def driven_on(pose: np.ndarray, speed: float, turn_rate: float, time: float) -> np.ndarray:
    """
    Return (3,) the pose of a robot that has driven on with constant velocity for a time.

    :param pose: (3,) x, y, yaw.
    :param speed: m/s forwards.
    :param turn_rate: rad/s to the left.
    :param time: s.
    """
    turned = turn_rate * time
    course = pose[2] + turned / 2.0
    chord = speed * time * np.sinc(turned / (2.0 * np.pi))
    return pose + (chord * np.cos(course), chord * np.sin(course), turned)


def remaining_length(path: np.ndarray, pose: np.ndarray) -> float:
    """
    Return the length of a path that is left, from the corner of it that comes next, in m.

    :param path: (k, 2) x, y.
    """
    legs = np.diff(path, axis=0)
    squares = np.maximum((legs ** 2).sum(axis=1), 1e-12)
    along = np.clip(((pose[:2] - path[:-1]) * legs).sum(axis=1) / squares, 0.0, 1.0)
    feet = path[:-1] + along[:, None] * legs
    nearest = int(np.argmin(((feet - pose[:2]) ** 2).sum(axis=1))) if len(legs) else 0
    ahead = np.concatenate([pose[None, :2], path[nearest + 1:]])
    return float(np.hypot(*np.diff(ahead, axis=0).T).sum())
