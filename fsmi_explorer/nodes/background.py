"""Heavy work beside the callbacks of a node."""

from threading import Condition, Thread
import traceback
from typing import Any, Callable

from rclpy.node import Node


class BackgroundWork:
    """
    Runs a heavy function in a thread of its own, so that no callback waits for it.

    The kernels of the core hold no Python lock. Whatever was asked for last is done next, what it
    replaces is never done. Results are handed over in a callback of the node.

    rclpy's MultiThreadedExecutor would do the same with a callback group, but spins while it
    waits for a thread: with messages at 100 Hz that takes a whole core.

    :param node: the node to hand results to.
    :param function: the heavy function; it touches neither the node nor its publishers.
    :param deliver: takes what the function returns.
    """

    def __init__(self, node: Node, function: Callable, deliver: Callable[[Any], None]):
        """Start the thread."""
        self._node = node
        self._function = function
        self._deliver = deliver
        self._condition = Condition()
        self._wanted: tuple | None = None
        self._is_running = False
        self._results: list[Any] = []
        self._closed = False
        self._guard = node.create_guard_condition(self._hand_over)
        Thread(target=self._run, name=function.__name__, daemon=True).start()

    def request(self, *arguments: Any) -> None:
        """Ask for the function to be called with these arguments, instead of those before."""
        with self._condition:
            self._wanted = arguments
            self._condition.notify()

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is wanted, being done, or still to be handed over."""
        with self._condition:
            return self._wanted is None and not self._is_running and not self._results

    def close(self) -> None:
        """Hand over no more results."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closed or self._wanted is not None)
                if self._closed:
                    return
                arguments, self._wanted, self._is_running = self._wanted, None, True
            self._call(arguments)

    def _call(self, arguments: tuple) -> None:
        try:
            result = self._function(*arguments)
        except Exception:  # one fault must not end all work that is to come
            fault = traceback.format_exc()
            with self._condition:
                self._is_running = False
                if not self._closed:
                    self._node.get_logger().error(f'{self._function.__name__} failed:\n{fault}')
            return
        with self._condition:
            self._is_running = False
            if not self._closed:
                self._results.append(result)
                self._guard.trigger()

    def _hand_over(self) -> None:
        with self._condition:
            results, self._results = self._results, []
        for result in results:
            self._deliver(result)
