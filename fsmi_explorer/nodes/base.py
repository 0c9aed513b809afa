"""What the nodes of the package have in common, and how they are run."""

from contextlib import contextmanager
import sys
from time import perf_counter
from typing import Any, Callable, Iterator, Sequence

from fsmi_explorer.configuration import Configuration
from fsmi_explorer.errors import ConfigurationError, FsmiExplorerError
from fsmi_explorer.nodes.background import BackgroundWork
from fsmi_explorer.nodes.diagnostics import Diagnostics
from fsmi_explorer.nodes.interrupts import ending_on_request
from fsmi_explorer.nodes.memory import release_compiler
from fsmi_explorer.nodes.parameters import NodeParameters
from numba.core.event import install_listener, Listener
import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.timer import Timer

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""Reliable, and the last message is kept for those who come later: for maps and states."""

_BAD_CONFIGURATION = 2


class ExplorerNode(Node):
    """
    A node with checked parameters and diagnostics.

    :param name: its name unless remapped.
    :param kind: class of its configuration object.
    :raises ConfigurationError: when a parameter is not allowed.
    """

    def __init__(self, name: str, kind: type[Configuration]):
        """Declare the parameters and start the diagnostics."""
        try:
            super().__init__(name, automatically_declare_parameters_from_overrides=True)
        except ValueError as error:
            raise ConfigurationError(
                f'a parameter has no value; ROS takes an empty list for none ({error})') from None
        self._parameters_of_kind = NodeParameters(self, kind)
        self.diagnostics = Diagnostics(self)
        self._background: list[BackgroundWork] = []

    @property
    def config(self) -> Any:
        """Return the configuration as it is now."""
        return self._parameters_of_kind.config

    def background(self, function: Callable, deliver: Callable[[Any], None]) -> BackgroundWork:
        """Make a `BackgroundWork` that ends with the node."""
        self._background.append(BackgroundWork(self, function, deliver))
        return self._background[-1]

    def time(self) -> float:
        """Return the node's time in s."""
        return self.get_clock().now().nanoseconds * 1e-9

    def create_steady_timer(self, period: float, callback: Callable[[], None]) -> Timer:
        """
        Make a timer of real time.

        For what goes on in real time even while simulated time stands still or flies: messages
        that travel, and a simulation itself.
        """
        return self.create_timer(period, callback, clock=Clock(clock_type=ClockType.STEADY_TIME))

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Say in one line when kernels have to be compiled, and in another how long it took."""
        start = perf_counter()
        with install_listener('numba:compile', _CompileTeller(self.get_logger())):
            yield
        release_compiler()
        self.get_logger().info(f'kernels are ready after {perf_counter() - start:.1f} s')

    def destroy_node(self) -> None:
        """End the background work too."""
        for each in self._background:
            each.close()
        super().destroy_node()


class _CompileTeller(Listener):
    """Says that Numba compiles, when it does so for the first time."""

    def __init__(self, logger: Any):
        self._logger = logger

    def on_start(self, event: Any) -> None:
        if self._logger is not None:
            self._logger.info('compiling, once on this machine; the next start is quick')
            self._logger = None

    def on_end(self, event: Any) -> None:
        pass


def run(make_node: Callable[[], Node], args: Sequence[str] | None = None) -> int:
    """
    Spin a node until it is asked to end.

    :param make_node: class of the node.
    :param args: command line; by default that of the process.
    :return: exit status: 0, or 2 after a configuration that is not allowed.
    """
    with ending_on_request():
        try:
            return _spin(make_node, args)
        except ExternalShutdownException:
            return 0
        except FsmiExplorerError as error:
            return _refuse(make_node, error)
        except Exception:
            if rclpy.ok():
                raise
            # A callback was at work when the end was asked for, and could not publish.
        finally:
            rclpy.try_shutdown()
    return 0


def _spin(make_node: Callable[[], Node], args: Sequence[str] | None) -> int:
    """Make a node and spin it for as long as it goes."""
    try:
        rclpy.init(args=args)
    except RuntimeError as error:  # a parameter file or an argument that cannot be read
        return _refuse(make_node, error)
    node = make_node()
    try:
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        executor.spin()
    finally:
        node.destroy_node()
    return 0


def _refuse(make_node: Callable[[], Node], error: Exception) -> int:
    print(f'{make_node.__name__}: {" ".join(str(error).split())}', file=sys.stderr)
    return _BAD_CONFIGURATION
