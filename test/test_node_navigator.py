"""navigator_node as a process of its own, with a robot that the test moves."""

import math

from node_messages import grid_message, Health, LATCHED, TransformSource
import numpy as np
import pytest

pytest.importorskip('rclpy')
from action_msgs.msg import GoalStatus, GoalStatusArray  # noqa: E402
from geometry_msgs.msg import PoseStamped, Twist, TwistStamped  # noqa: E402
from nav2_msgs.action import NavigateToPose  # noqa: E402
from nav_msgs.msg import OccupancyGrid, Path  # noqa: E402
from rclpy.action import ActionClient  # noqa: E402


class Robot:
    """A robot that does at once what it is told, and tells where it is."""

    def __init__(self, probe, kind=Twist, pose=(1.0, 1.0, 0.0)):
        self.source = TransformSource(probe.node, pose, 'map', 'base_link')
        self.commands = probe.collect(kind, 'cmd_vel', 1)
        self.is_stuck = False
        self._period = 0.02
        probe.node.create_timer(self._period, self._move)

    @property
    def pose(self):
        return np.array(self.source.pose)

    def wait_until_it_stands(self, probe):
        probe.wait_for(lambda: self.commands[-1].linear.x == self.commands[-1].angular.z == 0.0)

    def _move(self):
        if not self.commands or self.is_stuck:
            return
        twist = getattr(self.commands[-1], 'twist', self.commands[-1])
        x, y, yaw = self.source.pose
        step = twist.linear.x * self._period
        self.source.pose = (
            x + step * math.cos(yaw), y + step * math.sin(yaw),
            yaw + twist.angular.z * self._period)


class Navigation:
    """The node, a map of two rooms with a door, and a client."""

    def __init__(self, nodes, probe, **parameters):
        self.probe = probe
        self.health = Health(probe)
        self.paths = probe.collect(Path, 'plan')
        self.feedback = []
        self._publisher = probe.node.create_publisher(OccupancyGrid, 'map', LATCHED)
        self._client = ActionClient(probe.node, NavigateToPose, 'navigate_to_pose')
        nodes.start('navigator_node', parameters={'patience': 1.0, **parameters})
        probe.wait_for(self._client.server_is_ready)

    def send_map(self, door=True):
        percent = np.zeros((40, 80), np.int8)
        percent[[0, -1]] = percent[:, [0, -1]] = percent[:, 40] = 100
        if door:
            percent[24:34, 40] = 0
        self.publish(grid_message(percent))

    def publish(self, message):
        self._publisher.publish(message)

    def wait_until_ready(self):
        self.health.wait_for_message('navigator_node', 'Running')

    def go(self, x, y, frame='map', yaw=None):
        """Send a goal and wait until it is accepted or not."""
        goal = NavigateToPose.Goal()
        goal.pose.header.frame_id = frame
        goal.pose.pose.position.x, goal.pose.pose.position.y = x, y
        if yaw is not None:
            goal.pose.pose.orientation.z = math.sin(yaw / 2)
            goal.pose.pose.orientation.w = math.cos(yaw / 2)
        future = self._client.send_goal_async(goal, self.feedback.append)
        self.probe.wait_for(future.done)
        return future.result()

    def result_of(self, handle, timeout=30.0):
        future = handle.get_result_async()
        self.probe.wait_for(future.done, timeout, 'the end of the goal')
        return future.result().status, future.result().result


def test_it_drives_through_the_door_to_the_heading_that_was_asked_for(nodes, probe):
    navigation, robot = Navigation(nodes, probe), Robot(probe)
    navigation.send_map()
    navigation.wait_until_ready()
    status, result = navigation.result_of(navigation.go(6.0, 1.0, yaw=2.0))
    assert status == GoalStatus.STATUS_SUCCEEDED and result.error_code == 0
    assert robot.pose[:2] == pytest.approx((6.0, 1.0), abs=0.2)
    assert math.remainder(robot.pose[2] - 2.0, math.tau) == pytest.approx(0.0, abs=0.2)
    robot.wait_until_it_stands(probe)
    points = np.array([(each.pose.position.x, each.pose.position.y)
                       for each in navigation.paths[0].poses])
    assert points[0] == pytest.approx((1.0, 1.0), abs=0.1)
    assert points[-1] == pytest.approx((6.0, 1.0), abs=0.1)
    left = [each.feedback.distance_remaining for each in navigation.feedback]
    assert len(left) > 3 and left[0] > left[-1] and left[0] < 9.0


def test_what_cannot_be_reached_is_aborted_with_the_reason(nodes, probe):
    navigation = Navigation(nodes, probe)
    status, result = navigation.result_of(navigation.go(6.0, 1.0))
    assert status == GoalStatus.STATUS_ABORTED and 'map' in result.error_msg
    navigation.send_map(door=False)
    status, result = navigation.result_of(navigation.go(6.0, 1.0))
    assert status == GoalStatus.STATUS_ABORTED and result.error_code == 101
    Robot(probe)
    navigation.wait_until_ready()
    status, result = navigation.result_of(navigation.go(6.0, 1.0))
    assert status == GoalStatus.STATUS_ABORTED and result.error_code == 208
    assert not navigation.go(math.nan, 1.0).accepted
    status, result = navigation.result_of(navigation.go(1.0, 0.0, 'nowhere'))
    assert status == GoalStatus.STATUS_ABORTED and 'nowhere' in result.error_msg


def test_a_robot_in_unknown_space_turns_on_the_spot(nodes, probe):
    navigation, robot = Navigation(nodes, probe), Robot(probe)
    navigation.publish(grid_message(np.full((40, 80), -1, np.int8)))
    navigation.wait_until_ready()
    status, _ = navigation.result_of(navigation.go(1.0, 1.0, yaw=2.0))
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert robot.pose == pytest.approx((1.0, 1.0, 2.0), abs=0.2)


def test_a_newer_goal_and_a_request_end_a_goal(nodes, probe):
    navigation, robot = Navigation(nodes, probe), Robot(probe)
    navigation.send_map()
    navigation.wait_until_ready()
    first = navigation.go(6.0, 1.0)
    probe.wait_for(lambda: robot.commands)
    second = navigation.go(2.0, 3.0)
    status, result = navigation.result_of(first)
    assert status == GoalStatus.STATUS_ABORTED and 'newer goal' in result.error_msg
    probe.wait_for(second.cancel_goal_async().done)
    status, _ = navigation.result_of(second)
    assert status == GoalStatus.STATUS_CANCELED
    robot.wait_until_it_stands(probe)


def test_a_door_that_closes_and_a_robot_that_is_stuck(nodes, probe):
    navigation, robot = Navigation(nodes, probe, progress_time=2.0), Robot(probe)
    navigation.send_map()
    navigation.wait_until_ready()
    handle = navigation.go(6.0, 1.0)
    probe.wait_for(lambda: robot.pose[0] > 1.3)
    navigation.send_map(door=False)
    status, result = navigation.result_of(handle)
    assert status == GoalStatus.STATUS_ABORTED and result.error_code == 208
    robot.is_stuck = True
    status, result = navigation.result_of(navigation.go(1.0, 3.0))
    assert status == GoalStatus.STATUS_ABORTED and result.error_code == 105


def test_a_goal_of_a_user_is_one_of_the_action(nodes, probe):
    navigation, robot = Navigation(nodes, probe), Robot(probe)
    states = probe.collect(GoalStatusArray, 'navigate_to_pose/_action/status', 1)
    publisher = probe.node.create_publisher(PoseStamped, 'user_goal', 1)
    navigation.send_map()
    navigation.wait_until_ready()
    before = navigation.go(6.0, 1.0)
    goal = PoseStamped()
    goal.header.frame_id, goal.pose.position.x, goal.pose.position.y = 'map', 2.0, 3.0
    probe.wait_for_subscriber(publisher)
    publisher.publish(goal)
    status, _ = navigation.result_of(before)
    assert status == GoalStatus.STATUS_ABORTED
    probe.wait_for(lambda: np.hypot(*(robot.pose[:2] - (2.0, 3.0))) < 0.2)
    probe.wait_for(lambda: [each.status for each in states[-1].status_list][-1]
                   == GoalStatus.STATUS_SUCCEEDED)


def test_goals_of_the_robots_frame_and_stamped_commands(nodes, probe):
    navigation = Navigation(nodes, probe, stamped_cmd_vel=True)
    robot = Robot(probe, TwistStamped, (1.0, 1.0, math.pi / 2))
    navigation.send_map()
    navigation.wait_until_ready()
    status, _ = navigation.result_of(navigation.go(1.0, 0.0, 'base_link'))
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert robot.pose[:2] == pytest.approx((1.0, 2.0), abs=0.2)
    assert robot.commands[-1].header.frame_id == 'base_link'


def test_malformed_maps_are_refused_with_the_reason(nodes, probe):
    navigation = Navigation(nodes, probe)
    message = grid_message(np.zeros((4, 5), np.int8))
    message.info.width = 6
    navigation.publish(message)
    navigation.health.wait_for_value(
        'navigator_node', 'dropped: malformed map', lambda value: value == '1')
    navigation.health.wait_for_message('navigator_node', 'Waits for')


def test_a_robot_drives_on_along_the_arc_of_its_velocity():
    from fsmi_explorer.nodes.navigation_task import driven_on
    start = np.array([1.0, 2.0, math.pi / 2])
    np.testing.assert_allclose(driven_on(start, 0.5, 0.0, 2.0), (1.0, 3.0, math.pi / 2))
    quarter = driven_on(start, math.pi / 2, math.pi / 2, 1.0)  # a circle of radius 1
    np.testing.assert_allclose(quarter, (0.0, 3.0, math.pi), atol=1e-12)
