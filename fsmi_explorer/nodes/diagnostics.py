"""What a node tells about itself on /diagnostics: what it waits for, how fast, what it drops."""

from collections import Counter, deque
from contextlib import contextmanager
from time import monotonic, perf_counter
from typing import Any, Callable, Iterator

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import qos_policy_name_from_kind, QoSProfile
from rclpy.subscription import Subscription

try:
    from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
except ImportError:  # the module's name in Humble
    from rclpy.qos_event import SubscriptionEventCallbacks, UnsupportedEventTypeError

_PERIOD = 1.0
_QUIET_TIME = 10.0
_REMEMBERED_LATENCIES = 500


class Inlet:
    """
    A subscription that knows whether it is heard.

    :param node: the node that listens.
    :param callback: takes the messages; returns False for one that is of no use.
    :param silent_after: s after the last message from which on the topic counts as missing; None
        when one message is enough for ever.
    """

    def __init__(self, node: Node, callback: Callable[[Any], bool | None],
                 silent_after: float | None):
        """Prepare the callbacks; `subscription` is set by who subscribes."""
        self._node = node
        self.subscription: Subscription | None = None
        self.received = 0
        self._callback = callback
        self._silent_after = silent_after
        self._heard_at = -np.inf
        self._mismatch = ''

    def on_message(self, message: Any) -> None:
        """Pass a message on, and note whether it was of use."""
        self.received += 1
        before, self._heard_at = self._heard_at, monotonic()
        if self._callback(message) is False:
            self._heard_at = before

    def on_incompatible_qos(self, event: Any) -> None:
        """Note that a publisher offers less than is asked for."""
        self._mismatch = qos_policy_name_from_kind(event.last_policy_kind).lower()

    @property
    def topic(self) -> str:
        """Return the full name of the topic."""
        return self.subscription.topic_name

    def missing(self) -> str:
        """Say what is wrong; empty while messages come."""
        silent = monotonic() - self._heard_at
        if silent <= (np.inf if self._silent_after is None else self._silent_after):
            if np.isfinite(silent):
                return ''
        if self._node.count_publishers(self.topic) == 0:
            return f'topic {self.topic}: nobody publishes it'
        if self._mismatch:
            return (f'topic {self.topic}: a publisher offers a QoS with another '
                    f'{self._mismatch} than is needed')
        if np.isfinite(silent):
            return f'topic {self.topic}: silent for {silent:.0f} s'
        return f'topic {self.topic}: no usable message yet'


class Diagnostics:
    """
    Gathers figures and publishes them once a second.

    The timer runs on a steady clock: it must speak above all when /clock is silent.

    :param node: the node to tell about.
    """

    def __init__(self, node: Node):
        """Start publishing."""
        self._node = node
        self._inlets: list[Inlet] = []
        self._needs: list[Callable[[], str]] = []
        self._values: dict[str, Callable[[], Any]] = {}
        self._counts: Counter[str] = Counter()
        self._drops: Counter[str] = Counter()
        self._dropped_now: Counter[str] = Counter()
        self._said_at: dict[str, float] = {}
        self._latencies: dict[str, deque[float]] = {}
        self._waiting: tuple[str, ...] = ()
        self._told: tuple[str, ...] = ()
        self._published_at = monotonic()
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        node.create_timer(
            _PERIOD, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def subscribe(
            self, kind: type, topic: str, callback: Callable[[Any], bool | None],
            qos: QoSProfile | int) -> None:
        """Subscribe to a topic and wait for it."""
        self.need(self.listen(kind, topic, callback, qos).missing)

    def listen(
            self, kind: type, topic: str, callback: Callable[[Any], bool | None],
            qos: QoSProfile | int, *, silent_after: float | None = None) -> Inlet:
        """Subscribe to a topic without waiting for it; arguments as of `Inlet`."""
        inlet = Inlet(self._node, callback, silent_after)
        events = SubscriptionEventCallbacks(incompatible_qos=inlet.on_incompatible_qos)
        try:
            inlet.subscription = self._node.create_subscription(
                kind, topic, inlet.on_message, qos, event_callbacks=events)
        except UnsupportedEventTypeError:  # some middlewares have no such events
            inlet.subscription = self._node.create_subscription(
                kind, topic, inlet.on_message, qos)
        self._inlets.append(inlet)
        return inlet

    def need(self, missing: Callable[[], str]) -> None:
        """Add something to wait for: a function that says what is missing, else nothing."""
        self._needs.append(missing)

    def value(self, name: str, function: Callable[[], Any]) -> None:
        """Add a value to publish."""
        self._values[name] = function

    def count(self, what: str) -> None:
        """Count something whose rate is published."""
        self._counts[what] += 1

    def drop(self, cause: str, detail: str = '') -> None:
        """
        Count something that is not used, and say so in the log now and then.

        :param cause: one of few, as each is counted on its own.
        :param detail: what else there is to say.
        """
        self._drops[cause] += 1
        self._dropped_now[cause] += 1
        now = monotonic()
        if now - self._said_at.get(cause, -np.inf) >= _QUIET_TIME:
            self._said_at[cause] = now
            self._node.get_logger().warning(f'{cause}: {detail}' if detail else cause)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Measure how long something takes."""
        start = perf_counter()
        yield
        self.latency(what, perf_counter() - start)

    def latency(self, what: str, duration: float) -> None:
        """Note how long something took, in s."""
        self._latencies.setdefault(what, deque(maxlen=_REMEMBERED_LATENCIES)).append(duration)

    def waits_for(self) -> tuple[str, ...]:
        """Return one sentence for each thing that is missing."""
        return tuple(sentence for sentence in (each() for each in self._needs) if sentence)

    def _publish(self) -> None:
        waiting = self.waits_for()
        self._tell(waiting)
        status = DiagnosticStatus(
            name=self._node.get_fully_qualified_name().lstrip('/'), hardware_id='fsmi_explorer')
        if waiting:
            status.level, status.message = DiagnosticStatus.WARN, 'Waits for ' + '; '.join(waiting)
        elif self._dropped_now:
            causes = ', '.join(f'{cause} ({n})' for cause, n in self._dropped_now.items())
            status.level, status.message = DiagnosticStatus.WARN, f'Running, but: {causes}'
        else:
            status.level, status.message = DiagnosticStatus.OK, 'Running'
        status.values = [KeyValue(key=key, value=str(each)) for key, each in self._figures()]
        self._dropped_now.clear()
        message = DiagnosticArray(status=[status])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)

    def _tell(self, waiting: tuple[str, ...]) -> None:
        """Log what is waited for when it has been so for a whole period and was not yet said."""
        topics = tuple(each.split(':')[0] for each in waiting)
        if topics == self._waiting and topics != self._told:
            self._told = topics
            log = self._node.get_logger()
            log.info('waits for ' + '; '.join(waiting) if waiting else 'has all it needs')
        self._waiting = topics

    def _figures(self) -> Iterator[tuple[str, Any]]:
        now = monotonic()
        passed, self._published_at = now - self._published_at, now
        for inlet in self._inlets:
            yield f'{inlet.topic} received (Hz)', f'{inlet.received / passed:.2f}'
            inlet.received = 0
        for what, number in self._counts.items():
            yield f'{what} (Hz)', f'{number / passed:.2f}'
            self._counts[what] = 0
        for what, durations in self._latencies.items():
            median, high = 1e3 * np.percentile(durations, (50, 99))
            yield f'{what} p50 (ms)', f'{median:.2f}'
            yield f'{what} p99 (ms)', f'{high:.2f}'
        for cause, number in self._drops.items():
            yield f'dropped: {cause}', number
        for name, function in self._values.items():
            yield name, function()
