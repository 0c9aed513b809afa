"""Has the map saved by the node that keeps it."""

from typing import Callable

from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger

_PATIENCE = 5.0


class MapSaving:
    """
    Calls a service that saves the map as soon as that is there.

    :param node: the node that calls.
    :param service: name of the service.
    :param tell: told in one sentence what came of it.
    """

    def __init__(self, node: Node, service: str, tell: Callable[[str], None]):
        """Save nothing yet."""
        self._client = node.create_client(Trigger, service)
        self._service, self._tell = service, tell
        self._since: float | None = None

    def begin(self, now: float) -> None:
        """Have the map saved."""
        self._since = now
        self.go_on(now)

    def go_on(self, now: float) -> None:
        """Call the service if that is still to be done; to be called now and then."""
        if self._since is None:
            return
        if self._client.service_is_ready():
            self._since = None
            self._client.call_async(Trigger.Request()).add_done_callback(self._on_response)
        elif not 0.0 <= now - self._since < _PATIENCE:
            self._since = None
            self._tell(f'The map is not saved: {self._service} is not there.')

    def _on_response(self, future: Future) -> None:
        response = future.result()
        self._tell(response.message if response.success else
                   f'The map is not saved: {response.message}')
