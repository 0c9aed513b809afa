"""The services of goal_node in every state, and what ends an exploration."""

import pytest

pytest.importorskip('rclpy')
from goal_node_probe import Exploration, POOR, RICH  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402

AFTER = {  # the states that a service may lead to
    'start': ('waiting', 'exploring'), 'pause': ('paused',), 'stop': ('done',),
    'go_home': ('returning',), 'clear_boundary': ()}


def bring_to(state, exploration, server):
    """Bring the exploration to a state by its services, from any other."""
    if state == 'failed':
        exploration.call('go_home')
        exploration.wait_for_state('returning')
        exploration.probe.wait_for(
            lambda: exploration.values()['state'] == state or server.end_if_active('abort'))
        return
    exploration.call('start')
    exploration.wait_for_state('exploring')
    for name, reached in (('pause', 'paused'), ('stop', 'done'), ('go_home', 'returning')):
        if reached == state:
            exploration.call(name)
    exploration.wait_for_state(state)


@pytest.mark.parametrize('state', ['exploring', 'paused', 'returning', 'done', 'failed'])
def test_every_service_in_every_state(nodes, probe, serve, state):
    exploration, server = Exploration(nodes, probe), serve()
    exploration.offer(RICH, POOR)
    exploration.wait_for_state('exploring')
    for name, states in AFTER.items():
        bring_to(state, exploration, server)
        answer = exploration.call(name)
        assert answer.message, 'it says why'
        if (name, state) in {('pause', 'done'), ('pause', 'failed')}:
            assert not answer.success and 'ended' in answer.message
        elif (name, state) == ('stop', 'failed'):
            assert exploration.values()['state'] == 'failed', 'what has failed stays so'
        else:
            assert answer.success
            exploration.wait_for_state(*(states or (state,)))


def test_before_anything_is_there_services_answer_too(nodes, probe):
    exploration = Exploration(nodes, probe)
    exploration.wait_for_state('waiting')
    assert exploration.call('start').success
    assert not exploration.call('go_home').success
    assert exploration.call('pause').success
    exploration.wait_for_state('paused')
    assert exploration.call('stop').success
    exploration.wait_for_state('done', reason='request')


def test_a_budget_of_time(nodes, probe, serve):
    exploration = Exploration(nodes, probe, exploration={'stop': {'max_time': 1.0}})
    server = serve()
    exploration.offer(RICH)
    values = exploration.wait_for_state('done', reason='time budget of 1 s')
    assert float(values['elapsed_s']) == pytest.approx(1.0, abs=1.0)
    probe.wait_for(lambda: server.cancelled == 1)


def test_a_budget_of_distance_and_a_map_saved_late(nodes, probe, serve):
    exploration = Exploration(
        nodes, probe, exploration={'stop': {'max_distance': 0.5}}, save_map=True)
    serve()
    exploration.offer(RICH)
    exploration.wait_for_state('exploring')
    exploration.robot.pose = (2.7, 3.0, 0.0)
    values = exploration.wait_for_state('done', reason='distance budget of 0.5 m')
    assert float(values['distance_m']) == pytest.approx(0.7, abs=0.05)

    def save(_, response):
        response.success, response.message = True, 'Saved where it should be.'
        return response
    probe.node.create_service(Trigger, 'mapping_node/save_map', save)
    exploration.wait_for_state('done', reason='Saved where it should be.')


def test_a_map_that_nobody_saves_is_said_in_the_reason(nodes, probe, serve):
    exploration = Exploration(nodes, probe, save_map=True, save_map_service='nobody/save_map')
    serve()
    exploration.offer()
    values = exploration.wait_for_state('done', reason='nobody/save_map is not there')
    assert values['reason'].startswith('Explored')


def test_the_watchdog_gives_a_robot_up_that_never_moves(nodes, probe, serve):
    exploration = Exploration(nodes, probe, exploration={
        'memory': {'progress_time': 1.0, 'blacklist_time': 1.0}, 'stop': {'max_failures': 2}})
    serve()
    exploration.offer(RICH, POOR)
    values = exploration.wait_for_state('done', reason='stuck')
    assert values['goals_failed'] == '3'
