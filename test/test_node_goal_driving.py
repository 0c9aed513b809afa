"""goal_node and those who drive: Nav2, servers that misbehave, other users of the robot."""

from geometry_msgs.msg import PoseStamped
import pytest

pytest.importorskip('rclpy')
from goal_node_probe import Exploration, FAR, POOR, RICH, Server  # noqa: E402
from nav2_msgs.action import NavigateToPose  # noqa: E402
import rclpy  # noqa: E402
from rclpy.action import ActionClient  # noqa: E402
from rclpy.task import Future  # noqa: E402


@pytest.fixture
def nav2(probe):
    """Give a server that makes goals of its own of goal_pose, as that of Nav2 does."""
    node = rclpy.create_node('navigator', context=probe.node.context)
    probe.executor.add_node(node)
    server, client = Server(node), ActionClient(node, NavigateToPose, 'navigate_to_pose')
    node.create_subscription(
        PoseStamped, 'goal_pose',
        lambda pose: client.send_goal_async(NavigateToPose.Goal(pose=pose)), 10)
    yield server
    server.close()
    client.destroy()
    probe.executor.remove_node(node)
    node.destroy_node()


def test_a_server_that_listens_to_goal_pose_gets_each_goal_once(nodes, probe, nav2):
    exploration = Exploration(nodes, probe)
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: nav2.handles)
    assert nav2.target == pytest.approx(RICH[:2], abs=0.01)
    nav2.end('abort')
    probe.wait_for(lambda: len(nav2.handles) == 2)
    assert nav2.target == pytest.approx(POOR[:2], abs=0.01)
    # A user's own goal still comes by that topic, takes precedence, and exploration resumes.
    own = PoseStamped()
    own.header.frame_id, own.pose.position.x = 'map', 1.5
    probe.node.create_publisher(PoseStamped, 'goal_pose', 10).publish(own)
    ours = nav2.handles[-1]
    probe.wait_for(lambda: len(nav2.handles) == 3)
    theirs = nav2.handles[-1]
    nav2.end('abort', ours)
    exploration.wait_for_state('waiting', reason='else')
    nav2.end('succeed', theirs)
    probe.wait_for(lambda: len(nav2.handles) == 4)
    assert nav2.target == pytest.approx(POOR[:2], abs=0.01)
    assert exploration.goals == [own], 'nothing else was published'


@pytest.mark.parametrize('topic', ['goal_pose', 'user_goal'])
def test_a_published_goal_of_a_user_takes_precedence(nodes, probe, topic):
    exploration = Exploration(nodes, probe, navigation='topic')
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: exploration.goals)
    own = PoseStamped()
    own.header.frame_id, own.pose.position.x, own.pose.position.y = 'map', 1.5, 1.0
    publisher = probe.node.create_publisher(PoseStamped, topic, 10)
    probe.wait_for_subscriber(publisher)
    publisher.publish(own)
    exploration.wait_for_state('waiting', reason='else')
    exploration.robot.pose = (1.5, 1.0, 0.0)
    exploration.wait_for_state('exploring')
    ours = probe.wait_for(lambda: [each for each in exploration.goals if each != own][1:])
    assert ours[0].pose.position.x == pytest.approx(RICH[0]), 'the same goal again'
    assert exploration.values()['goals_failed'] == '0'


def test_a_server_that_answers_late_or_never(nodes, probe, serve):
    exploration, server = Exploration(nodes, probe, response_timeout=1.0), serve()
    server.silence = late = Future()
    exploration.offer(RICH, POOR)
    exploration.wait_for_value('goals_failed', lambda value: value == '1')
    probe.wait_for(lambda: server.handles)
    assert server.target == pytest.approx(POOR[:2], abs=0.01)
    late.set_result(None)  # what was asked first is accepted long after
    probe.wait_for(lambda: server.cancelled == 1)
    assert server.handles[-1].request.pose.pose.position.x == pytest.approx(RICH[0])
    exploration.wait_for_state('exploring')


def test_a_server_that_accepts_and_does_nothing(nodes, probe, serve):
    exploration = Exploration(
        nodes, probe, exploration={'memory': {'progress_time': 1.0}}, return_home=True)
    server = serve()
    exploration.offer(RICH, POOR)
    exploration.wait_for_value('goals_failed', lambda value: value == '1')
    assert exploration.call('go_home').success
    values = exploration.wait_for_state('failed')
    assert 'not moved for 1 s' in values['reason'] and len(server.handles) >= 4


def test_a_goal_whose_information_was_gathered_on_the_way_counts(nodes, probe, serve):
    exploration, server = Exploration(nodes, probe), serve()
    exploration.offer(RICH)
    probe.wait_for(lambda: server.handles)
    exploration.offer(POOR, FAR)
    probe.wait_for(lambda: len(server.handles) == 2)
    exploration.wait_for_value('goals_reached', lambda value: value == '1')
    assert exploration.values()['goals_failed'] == '0'
