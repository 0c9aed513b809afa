"""Drives by way of a navigate_to_pose server."""

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from action_msgs.msg import GoalStatus, GoalStatusArray
from fsmi_explorer.nodes.drivers import End, OnEnd
from geometry_msgs.msg import PoseStamped
from nav2_msgs.action import NavigateToPose
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node
from rclpy.qos import qos_profile_action_status_default
from rclpy.task import Future
from rclpy.topic_endpoint_info import TopicEndpointInfo
from unique_identifier_msgs.msg import UUID

_ACTIVE = (
    GoalStatus.STATUS_ACCEPTED, GoalStatus.STATUS_EXECUTING, GoalStatus.STATUS_CANCELING)
_REMEMBERED_GOALS = 100
_JUDGEMENT_DELAY = 0.3


@dataclass(eq=False)
class _Drive:
    goal: Any
    sent_at: float
    handle: ClientGoalHandle | None = None
    aborted: str = ''
    aborted_at: float | None = None


class ActionDriver:
    """
    Drives by way of a navigate_to_pose server, which others may use too.

    :param node: the node that acts.
    :param name: name of the action.
    :param on_end: told of each drive that ended by itself.
    """

    def __init__(self, node: Node, name: str, on_end: OnEnd):
        """Make the client, and watch the goals of all clients."""
        self._name = name
        self._on_end = on_end
        self._node = node
        self._client = ActionClient(node, NavigateToPose, name)
        self._drive: _Drive | None = None
        self._ours: deque[bytes] = deque(maxlen=_REMEMBERED_GOALS)
        self._others_drive = False
        self._servers: set[bytes] = set()
        self._status = node.create_subscription(
            GoalStatusArray, f'{name}/_action/status', self._on_status,
            qos_profile_action_status_default)

    def missing(self) -> str:
        """Say that the server is missing, if it is."""
        if self._client.server_is_ready():
            return ''
        return f'action server {self._name}: not there'

    def go(self, goal: Any, target: PoseStamped, now: float) -> None:
        """Send the goal; the server gives up the one before."""
        self._drive = drive = _Drive(goal, now)
        identity = uuid4().bytes
        self._ours.append(identity)
        future = self._client.send_goal_async(
            NavigateToPose.Goal(pose=target), goal_uuid=UUID(uuid=list(identity)))
        future.add_done_callback(partial(self._on_response, drive))

    def cancel(self) -> None:
        """Give the present goal up."""
        drive, self._drive = self._drive, None
        if drive is not None and drive.handle is not None:
            drive.handle.cancel_goal_async()

    def is_taken_over(self) -> bool:
        """Tell whether a goal that is not ours is being driven to."""
        return self._others_drive

    def repeats(self, topic: str) -> bool:
        """
        Tell whether the server makes goals of its own of the poses on a topic.

        A server that also is a client of its action and listens to poses does so: Nav2, which
        would give up our goal for the same one again.
        """
        feedback = self._status.topic_name.removesuffix('status') + 'feedback'
        find = self._node.get_subscriptions_info_by_topic
        servers = self._node.get_publishers_info_by_topic(self._status.topic_name)
        return bool(_nodes(servers) & _nodes(find(feedback)) & _nodes(find(topic)))

    def look_after(self, now: float, response_timeout: float) -> None:
        """Judge a goal that was aborted, notice a server that is gone or does not answer."""
        self._forget_goals_of_dead_servers()
        drive = self._drive
        if drive is None:
            return
        if drive.aborted_at is not None:
            if now - drive.aborted_at >= _JUDGEMENT_DELAY:
                # By now the status of a goal that came in between is known.
                self._end(drive, End.TAKEN_OVER if self._others_drive else End.FAILED,
                          drive.aborted)
        elif not self._client.server_is_ready():
            self._end(drive, End.TAKEN_OVER, f'the action server {self._name} is gone')
        elif drive.handle is None and now - drive.sent_at > response_timeout:
            self._end(drive, End.FAILED, f'{self._name} did not answer')

    def _forget_goals_of_dead_servers(self) -> None:
        """Doubt goals of others once a server is gone: it tells no end of them."""
        if self._others_drive and not self._servers <= self._present_servers():
            self._others_drive = False

    def _present_servers(self) -> set[bytes]:
        """Return the identities of the servers that tell the status of goals."""
        return {bytes(each.endpoint_gid) for each in
                self._node.get_publishers_info_by_topic(self._status.topic_name)}

    def _on_response(self, drive: _Drive, future: Future) -> None:
        handle = future.result()
        if drive is not self._drive:
            if handle.accepted:  # given up before the answer came
                handle.cancel_goal_async()
            return
        if not handle.accepted:
            self._end(drive, End.FAILED, f'{self._name} rejected it')
            return
        drive.handle = handle
        handle.get_result_async().add_done_callback(partial(self._on_result, drive))

    def _on_result(self, drive: _Drive, future: Future) -> None:
        if drive is not self._drive:
            return
        response = future.result()
        code = getattr(response.result, 'error_code', 0)  # Humble has none
        message = getattr(response.result, 'error_msg', '')
        reason = message or (f'error {code}' if code else 'no reason given')
        if response.status == GoalStatus.STATUS_SUCCEEDED:
            self._end(drive, End.REACHED, '')
        elif response.status == GoalStatus.STATUS_CANCELED:
            self._end(drive, End.TAKEN_OVER, 'somebody else cancelled it')
        else:
            drive.aborted = reason
            drive.aborted_at = self._node.get_clock().now().nanoseconds * 1e-9

    def _on_status(self, message: GoalStatusArray) -> None:
        self._others_drive = any(
            each.status in _ACTIVE and bytes(each.goal_info.goal_id.uuid) not in self._ours
            for each in message.status_list)
        self._servers = self._present_servers()

    def _end(self, drive: _Drive, end: End, reason: str) -> None:
        self._drive = None
        self._on_end(drive.goal, end, reason)


def _nodes(endpoints: list[TopicEndpointInfo]) -> set[tuple[str, str]]:
    """Return the namespaces and names of the nodes that have the endpoints."""
    return {(each.node_namespace, each.node_name) for each in endpoints}
