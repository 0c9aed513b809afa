"""The policy of SROS 2: each node may do what it does, and nothing else."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

SECURITY = Path(__file__).resolve().parents[1] / 'config' / 'security'
INCLUDE = '{http://www.w3.org/2001/XInclude}include'
NODES = ('mapping_node', 'mi_node', 'goal_node', 'navigator_node', 'simulator_node')
PARAMETERS = {
    'mapping_node': {'dimension': 3}, 'mi_node': {'dimension': 3, 'use_updates': True},
    'simulator_node': {'world': 'flat', 'simulation': {'lidar_3d': {'enabled': True}}}}
NOT_IN_HUMBLE = ('~/get_type_description',)
READY_SECONDS = 100.0


def allowed(node):
    """Return what a node may do, as pairs of a role and the full name of a topic or the like."""
    policy = ElementTree.parse(SECURITY / 'fsmi_explorer.policy.xml')
    enclave, = (each for each in policy.iter('enclave')
                if each.get('path') == f'/fsmi_explorer/{node}')
    profile, = enclave.iter('profile')
    assert (profile.get('ns'), profile.get('node')) == ('/', node)
    lists = [part for each in profile
             for part in (ElementTree.parse(SECURITY / each.get('href')).getroot()
                          if each.tag == INCLUDE else [each])]
    return {(role, full_name(each.text, node)) for part in lists for role, rule in part.items()
            if rule == 'ALLOW' for each in part if each.text not in NOT_IN_HUMBLE}


def full_name(expression, node):
    if expression.startswith('~'):
        return f'/{node}{expression[1:]}'
    return expression if expression.startswith('/') else f'/{expression}'


def used(node, graph):
    """Return what a node does, as `allowed` does; actions instead of their topics and services."""
    from rclpy.action import (
        get_action_client_names_and_types_by_node,
        get_action_server_names_and_types_by_node,
    )
    if node not in graph.get_node_names():
        return set()
    found = {(role, name) for role, find in (
        ('publish', graph.get_publisher_names_and_types_by_node),
        ('subscribe', graph.get_subscriber_names_and_types_by_node),
        ('reply', graph.get_service_names_and_types_by_node),
        ('request', graph.get_client_names_and_types_by_node))
        for name, _ in find(node, '/')
        if '/_action/' not in name and name.replace(f'/{node}', '~') not in NOT_IN_HUMBLE}
    for role, find in (('call', get_action_client_names_and_types_by_node),
                       ('execute', get_action_server_names_and_types_by_node)):
        found |= {(role, name) for name, _ in find(graph, node, '/')}
    return found


def test_every_node_may_do_what_it_does_and_nothing_else(nodes, probe):
    for name in NODES:
        nodes.start(name, parameters={'use_sim_time': True, **PARAMETERS.get(name, {})})

    def differences():
        return {name: difference for name in NODES
                if (difference := used(name, probe.node) ^ allowed(name))}
    only_by_topic = {'goal_node': {('subscribe', '/goal_pose'), ('subscribe', '/user_goal')}}
    try:
        probe.wait_for(lambda: differences() == only_by_topic, READY_SECONDS)
    except AssertionError:
        pytest.fail(f'not as allowed: {differences()}')


def test_goals_by_topic_are_allowed_too(nodes, probe):
    nodes.start('goal_node', parameters={'use_sim_time': True, 'navigation': 'topic'})
    probe.wait_for(lambda: allowed('goal_node') - used('goal_node', probe.node)
                   == {('call', '/navigate_to_pose')})
    assert used('goal_node', probe.node) <= allowed('goal_node')
