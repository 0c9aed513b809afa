"""What tests share: real data, a ROS domain of their own, a probe node, nodes as processes."""

import os
from pathlib import Path
import signal
import tempfile
import time

from fsmi_explorer.cli.processes import DomainClaim, NodeProcesses
import pytest

_REPOSITORY = Path(__file__).resolve().parents[1]
_SECONDS_TO_END = 20.0
_PATIENCE = 60.0  # costs time only when a test fails


def pytest_configure(config):
    """Enter a ROS domain that no other run uses; draw without a screen."""
    os.environ['MPLBACKEND'] = 'Agg'
    claim = DomainClaim()
    domain = NodeProcesses(tempfile.gettempdir(), claim.domain_id)
    domain.__enter__()
    config.add_cleanup(claim.close)
    config.add_cleanup(lambda: domain.__exit__(None, None, None))


@pytest.fixture(scope='session')
def data_dir() -> Path:
    """Give the folder of real data: FSMI_DATA, by default ../shared/data; skip if missing."""
    folder = Path(os.environ.get('FSMI_DATA', _REPOSITORY.parent / 'shared' / 'data'))
    if not folder.is_dir():
        pytest.skip(f'no real data in {folder}: set FSMI_DATA to the folder that has them')
    return folder


@pytest.fixture
def nodes(tmp_path):
    """
    Give the nodes as real processes; at the end each must still live and end well on SIGINT.

    `nodes.start('mapping_node', parameters={...})` starts one. A test that ends a node itself
    takes it out of `nodes.processes`.
    """
    with NodeProcesses(tmp_path / 'nodes') as running:
        yield running
        running.check()
        for process in running.processes.values():
            process.send_signal(signal.SIGINT)
        for name, process in running.processes.items():
            status = process.wait(_SECONDS_TO_END)
            assert status == 0, f'{name} ended with {status}:\n{running.last_lines(name)}'


class Probe:
    """A node of the test: listens, publishes, and spins until something has happened."""

    def __init__(self, name: str):
        """Make the node in a context of its own."""
        import rclpy
        from rclpy.executors import SingleThreadedExecutor
        self._context = rclpy.Context()
        self._context.init()
        self.node = rclpy.create_node(name, context=self._context)
        self.executor = SingleThreadedExecutor(context=self._context)
        self.executor.add_node(self.node)

    def collect(self, message_type, topic, qos=10) -> list:
        """Subscribe; the list that comes back grows with every message."""
        messages = []
        self.node.create_subscription(message_type, topic, messages.append, qos)
        return messages

    def wait_for(self, predicate, timeout=_PATIENCE, what='what the test waits for'):
        """Spin until the predicate is true and return its value; fail when time is up."""
        deadline = time.monotonic() + timeout
        while not (value := predicate()):
            assert time.monotonic() < deadline, f'{what} did not happen within {timeout:g} s'
            self.executor.spin_once(0.02)
        return value

    def wait_for_subscriber(self, publisher, timeout=_PATIENCE):
        """Spin until somebody listens to a publisher."""
        self.wait_for(publisher.get_subscription_count, timeout,
                      f'a subscription of {publisher.topic_name}')

    def call(self, service_type, name, request=None, timeout=_PATIENCE):
        """Call a service and return its response."""
        client = self.node.create_client(service_type, name)
        self.wait_for(client.service_is_ready, timeout, f'service {name}')
        future = client.call_async(request or service_type.Request())
        self.wait_for(future.done, timeout, f'an answer of service {name}')
        return future.result()

    def close(self):
        """Leave ROS."""
        self.executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()


@pytest.fixture
def probe():
    """Give a probe node; skip where ROS is missing."""
    pytest.importorskip('rclpy')
    probe = Probe('probe')
    yield probe
    probe.close()


@pytest.fixture
def serve(probe):
    """Give a function that serves navigate_to_pose; a server left would mislead the next test."""
    from goal_node_probe import Server
    servers = []

    def serve(node=None):
        servers.append(Server(node or probe.node))
        return servers[-1]
    yield serve
    for server in servers:
        server.close()
