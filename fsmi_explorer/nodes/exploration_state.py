"""What goal_node tells about the exploration on exploration_state."""

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from fsmi_explorer.nodes.base import LATCHED
import numpy as np
from rclpy.node import Node

WAITING, EXPLORING, PAUSED = 'waiting', 'exploring', 'paused'
RETURNING, DONE, FAILED = 'returning', 'done', 'failed'

_PERIOD = 1.0
_LEVELS = {WAITING: DiagnosticStatus.WARN, FAILED: DiagnosticStatus.ERROR}
_RUNNING = (WAITING, EXPLORING, PAUSED, RETURNING)


class ExplorationState:
    """
    The state and the figures of an exploration; published when it changes and once a second.

    :param node: the node that publishes.
    """

    def __init__(self, node: Node):
        """Start waiting."""
        self._node = node
        self._publisher = node.create_publisher(DiagnosticStatus, 'exploration_state', LATCHED)
        self._told_at = -np.inf
        self.state, self.reason = WAITING, 'The node has just started.'
        self.restart()

    def restart(self) -> None:
        """Begin the figures anew."""
        self.started_at: float | None = None
        self._elapsed = 0.0
        self.distance_m = self.known_area_m2 = 0.0
        self.map_entropy_bits = self.best_mi_bits = 0.0
        self.goals_reached = self.goals_failed = 0

    def enter(self, state: str, reason: str, now: float) -> None:
        """Be in a state, for a reason: one plain sentence."""
        if state != self.state:
            self._node.get_logger().info(f'{state}: {reason}')
        if (state, reason) != (self.state, self.reason):
            self._run_on(now)
            self.state, self.reason = state, reason
            self._publish(now)

    def tell(self, now: float) -> None:
        """Publish if a second has passed."""
        self._run_on(now)
        if not 0.0 <= now - self._told_at < _PERIOD:
            self._publish(now)

    def _run_on(self, now: float) -> None:
        """Let the time of the exploration run on while it is not over."""
        if self.started_at is not None and self.state in _RUNNING:
            self._elapsed = now - self.started_at

    def _publish(self, now: float) -> None:
        self._told_at = now
        values = {
            'state': self.state, 'reason': self.reason,
            'distance_m': f'{self.distance_m:.3f}', 'elapsed_s': f'{self._elapsed:.3f}',
            'known_area_m2': f'{self.known_area_m2:.3f}',
            'map_entropy_bits': f'{self.map_entropy_bits:.1f}',
            'best_mi_bits': f'{self.best_mi_bits:.4f}',
            'goals_reached': str(self.goals_reached), 'goals_failed': str(self.goals_failed)}
        self._publisher.publish(DiagnosticStatus(
            level=_LEVELS.get(self.state, DiagnosticStatus.OK),
            name=self._node.get_fully_qualified_name().lstrip('/'), message=self.reason,
            hardware_id='fsmi_explorer',
            values=[KeyValue(key=key, value=value) for key, value in values.items()]))
