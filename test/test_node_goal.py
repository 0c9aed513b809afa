"""goal_node as a process of its own, with hand-made maps, candidates and navigation."""

import math

import numpy as np
import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402
from fsmi_explorer.exploration import Candidates  # noqa: E402
from fsmi_explorer.nodes.conversions import candidates_to_message  # noqa: E402
from goal_node_probe import Exploration, FAR, POOR, RICH  # noqa: E402
from nav2_msgs.action import NavigateToPose  # noqa: E402
from node_messages import LATCHED  # noqa: E402
from rclpy.action import ActionClient  # noqa: E402
from sensor_msgs.msg import PointCloud2  # noqa: E402
from std_msgs.msg import Header  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402


def test_it_says_what_it_waits_for_then_explores_until_nothing_is_left(nodes, probe, serve):
    exploration = Exploration(nodes, probe)
    values = exploration.wait_for_state('waiting', reason='action server')
    assert '/map' in values['reason'] and '/candidates' in values['reason']
    assert set(values) == {
        'state', 'reason', 'distance_m', 'elapsed_s', 'known_area_m2', 'map_entropy_bits',
        'best_mi_bits', 'goals_reached', 'goals_failed'}
    server = serve()
    exploration.offer(RICH, POOR)
    values = exploration.wait_for_state('exploring')
    assert exploration.states[-1].message == values['reason']
    probe.wait_for(lambda: server.handles and exploration.goals)
    assert server.target == pytest.approx(RICH[:2], abs=0.01)
    goal = exploration.goals[-1]
    assert goal.header.frame_id == 'map'
    assert (goal.pose.position.x, goal.pose.position.y) == pytest.approx(RICH[:2], abs=0.01)
    exploration.robot.pose = RICH[:3]
    server.end('succeed')
    probe.wait_for(lambda: exploration.values()['goals_reached'] == '1')
    exploration.offer(POOR)
    probe.wait_for(lambda: server.target == pytest.approx(POOR[:2], abs=0.01))
    exploration.robot.pose = POOR[:3]
    server.end('succeed')
    probe.wait_for(lambda: exploration.values()['goals_reached'] == '2')
    exploration.offer()
    values = exploration.wait_for_state('done')
    assert float(values['known_area_m2']) > 20.0 and float(values['distance_m']) > 1.0
    exploration.offer(RICH)
    probe.wait_for(lambda: float(exploration.values()['elapsed_s']) > 0.0)
    late = probe.collect(DiagnosticStatus, 'exploration_state', LATCHED)
    probe.wait_for(lambda: late, what='a state for who comes late')
    assert exploration.values()['state'] == 'done', 'what is done stays done'
    assert exploration.call('start').success
    exploration.wait_for_state('exploring')


def test_goals_that_fail_and_goals_that_others_end(nodes, probe, serve):
    exploration = Exploration(nodes, probe)
    server = serve()
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: server.handles)
    server.end('abort')
    probe.wait_for(lambda: len(server.handles) == 2)
    assert server.target == pytest.approx(POOR[:2], abs=0.01), 'another one after a failure'
    probe.wait_for(lambda: exploration.values()['goals_failed'] == '1')
    # A goal of somebody else takes the robot over; afterwards ours is not to blame.
    client = ActionClient(probe.node, NavigateToPose, 'navigate_to_pose')
    probe.wait_for(client.server_is_ready)
    ours = server.handles[-1]
    client.send_goal_async(NavigateToPose.Goal())
    probe.wait_for(lambda: len(server.handles) == 3)
    theirs = server.handles[-1]
    server.end('abort', ours)
    exploration.wait_for_state('waiting', reason='else')
    server.end('succeed', theirs)
    probe.wait_for(lambda: len(server.handles) == 4)
    assert server.target == pytest.approx(POOR[:2], abs=0.01)
    assert exploration.values()['goals_failed'] == '1'
    # Rejected goals are failed ones.
    server.accepts = False
    server.end('abort')
    exploration.offer(RICH, POOR, FAR)
    probe.wait_for(lambda: int(exploration.values()['goals_failed']) >= 3)


def test_pause_start_stop_and_home(nodes, probe, serve):
    exploration = Exploration(nodes, probe, autostart=False)
    server = serve()
    exploration.wait_for_state('paused')
    exploration.offer(RICH)
    assert not exploration.call('go_home').success
    assert exploration.call('start').success
    probe.wait_for(lambda: server.handles)
    assert exploration.call('start').success, 'starting twice does no harm'
    assert exploration.call('pause').success
    exploration.wait_for_state('paused')
    probe.wait_for(lambda: server.cancelled == 1)
    assert exploration.call('start').success
    probe.wait_for(lambda: len(server.handles) == 2)
    assert exploration.call('go_home').success
    exploration.wait_for_state('returning')
    probe.wait_for(lambda: len(server.handles) == 3)
    assert server.target == pytest.approx((2.0, 3.0), abs=0.01)
    server.end('succeed')
    exploration.wait_for_state('paused', reason='ome')
    assert exploration.call('start').success
    probe.wait_for(lambda: len(server.handles) == 4)
    assert exploration.call('stop').success
    exploration.wait_for_state('done', reason='request')
    assert not exploration.call('pause').success
    assert exploration.call('stop').success


def test_it_saves_the_map_and_returns_when_done(nodes, probe, serve):
    exploration = Exploration(
        nodes, probe, return_home=True, home=[1.0, 4.0, 0.5], save_map=True)
    saved = []

    def save(_, response):
        saved.append(True)
        response.success = True
        return response
    probe.node.create_service(Trigger, 'mapping_node/save_map', save)
    server = serve()
    exploration.offer()
    exploration.wait_for_state('returning')
    probe.wait_for(lambda: server.handles and saved)
    assert server.target == pytest.approx((1.0, 4.0), abs=0.01)
    for attempt in range(3):
        server.end('abort')
        probe.wait_for(lambda n=attempt: len(server.handles) == n + 2
                       or exploration.values()['state'] == 'failed')
    exploration.wait_for_state('failed', reason='home')


def test_a_goal_is_at_the_height_of_its_candidate(nodes, probe, serve):
    exploration, server = Exploration(nodes, probe), serve()
    exploration.offer(RICH, POOR, heights=np.array([1.5, 0.5]))
    probe.wait_for(lambda: server.handles and exploration.goals)
    assert server.handles[-1].request.pose.pose.position.z == 1.5
    assert exploration.goals[-1].pose.position.z == 1.5


def test_malformed_candidates_and_maps_are_refused_with_the_reason(nodes, probe, serve):
    exploration = Exploration(nodes, probe)
    serve()
    good = candidates_to_message(
        Candidates(np.array([RICH[:3]]), np.array([1.0])), Header(frame_id='map'))
    bad = [PointCloud2(), PointCloud2(fields=good.fields[:3], width=1, height=1, point_step=20),
           PointCloud2(fields=good.fields, width=5, height=1, point_step=20, row_step=100),
           PointCloud2(fields=good.fields, width=1, height=1, point_step=8, row_step=8)]
    for count, message in enumerate(bad, 1):
        exploration.publish_cloud(message)
        exploration.health.wait_for_value(
            'goal_node', 'dropped: malformed candidates', lambda value, n=count: value == str(n))
    exploration.wait_for_state('waiting', reason='/candidates')
    exploration.offer((math.nan, 1.0, 0.0, 9.0), RICH)
    values = exploration.wait_for_state('exploring')
    assert float(values['best_mi_bits']) == pytest.approx(RICH[3])


def test_the_goal_of_a_server_that_died_holds_nobody_up(nodes, probe, serve):
    exploration, dead = Exploration(nodes, probe), serve()
    client = ActionClient(probe.node, NavigateToPose, 'navigate_to_pose')
    probe.wait_for(client.server_is_ready)
    client.send_goal_async(NavigateToPose.Goal())
    probe.wait_for(lambda: dead.handles)
    exploration.offer(RICH)
    exploration.wait_for_state('waiting', reason='else')
    alive = serve()
    dead.close()
    probe.wait_for(lambda: alive.handles)
    exploration.wait_for_state('exploring')
