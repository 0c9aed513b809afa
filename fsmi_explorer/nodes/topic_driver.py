"""Leaves it to others to drive to what is published."""

from collections import deque
from typing import Any, Callable

from fsmi_explorer.nodes.drivers import End, OnEnd
from geometry_msgs.msg import PoseStamped
import numpy as np
from rclpy.node import Node
from tf2_ros import TransformException

_MOVED = 0.1
_QUEUE = 10
_REMEMBERED_GOALS = 10


class TopicDriver:
    """
    Watches the robot while somebody drives it to what is published as goal_pose.

    A pose of somebody else on goal_pose or user_goal takes the robot over until it is there, or
    stands still.

    :param node: the node that publishes the goals.
    :param pose: tells (3,) x, y, yaw of the robot in the frame of the map; raises
        TransformException while it is unknown.
    :param on_end: told of each drive that ended by itself.
    :param tolerance: a goal is reached within this distance, m.
    :param patience: a goal fails when the robot has not moved for this long, s.
    """

    def __init__(self, node: Node, pose: Callable[[], np.ndarray], on_end: OnEnd,
                 tolerance: float, patience: float):
        """Start without a goal."""
        self._node = node
        self._pose, self._on_end = pose, on_end
        self._tolerance, self._patience = tolerance, patience
        self._goal: tuple[Any, PoseStamped] | None = None
        self._ours: deque[PoseStamped] = deque(maxlen=_REMEMBERED_GOALS)
        self._theirs: PoseStamped | None = None
        self._moved_at, self._moved_from = -np.inf, np.full(2, np.inf)
        for topic in ('goal_pose', 'user_goal'):
            node.create_subscription(PoseStamped, topic, self._on_pose, _QUEUE)

    def missing(self) -> str:
        """Miss nothing."""
        return ''

    def go(self, goal: Any, target: PoseStamped, now: float) -> None:
        """Watch the robot on its way to what is being published."""
        self._goal, self._moved_at = (goal, target), now
        self._ours.append(target)

    def cancel(self) -> None:
        """Watch no more; there is no way to take a published goal back."""
        self._goal = None

    def is_taken_over(self) -> bool:
        """Tell whether the robot is on its way to a pose that is not ours."""
        return self._theirs is not None

    def repeats(self, topic: str) -> bool:
        """Tell that goals are driven to for no other reason than that they are published."""
        return False

    def look_after(self, now: float, response_timeout: float) -> None:
        """See whether the robot has arrived, or has not moved for too long."""
        target = self._theirs or (self._goal and self._goal[1])
        if target is None:
            return
        try:
            position = self._pose()[:2]
        except TransformException:
            return
        at = target.pose.position
        if np.hypot(*(position - (at.x, at.y))) <= self._tolerance:
            self._end(End.REACHED, '')
        elif np.hypot(*(position - self._moved_from)) > _MOVED:
            self._moved_at, self._moved_from = now, position
        elif now - self._moved_at > self._patience:
            self._end(End.FAILED, f'the robot has not moved for {self._patience:g} s')

    def _on_pose(self, message: PoseStamped) -> None:
        """Leave the robot to somebody else."""
        if message in self._ours:
            return
        self._theirs = message
        self._moved_at = self._node.get_clock().now().nanoseconds * 1e-9
        if self._goal is not None:
            self._end_ours(End.TAKEN_OVER, 'somebody else has sent the robot elsewhere')

    def _end(self, end: End, reason: str) -> None:
        if self._theirs is None:
            self._end_ours(end, reason)
        self._theirs = None

    def _end_ours(self, end: End, reason: str) -> None:
        (goal, _), self._goal = self._goal, None
        self._on_end(goal, end, reason)
