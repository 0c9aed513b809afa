"""Node processes: their domain, their parameters, how they end, and what is said when one dies."""

import os
import signal
import socket
import time

from fsmi_explorer.cli import processes
from fsmi_explorer.cli.processes import DomainClaim, NodeProcesses
from fsmi_explorer.errors import FsmiExplorerError
import pytest
import yaml

VARIABLES = ('ROS_DOMAIN_ID', 'ROS_AUTOMATIC_DISCOVERY_RANGE')


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Let a shell script stand in for Python, to see how any program is treated."""
    def use(text):
        path = tmp_path / 'program'
        path.write_text(f'#!/bin/sh\n{text}\n')
        path.chmod(0o755)
        monkeypatch.setattr(processes.sys, 'executable', str(path))
    return use


def wait_for(predicate, seconds=10.0):
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_domain_belongs_to_one():
    claims = [DomainClaim() for _ in range(8)]
    assert len({each.domain_id for each in claims}) == 8
    assert all(1 <= each.domain_id <= 101 for each in claims)
    for each in claims:
        each.close()


def test_a_domain_with_participants_is_left_alone(monkeypatch):
    claims = [DomainClaim(), DomainClaim()]
    used, free = (each.domain_id for each in claims)
    for each in claims:
        each.close()
    monkeypatch.setattr(processes, '_DOMAINS', (used, free))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as participant:
        participant.bind(('', 7400 + 250 * used + 10))
        claim = DomainClaim()
        assert claim.domain_id == free
        with pytest.raises(FsmiExplorerError, match='ROS_DOMAIN_ID'):
            DomainClaim()
        claim.close()


def test_the_domain_is_entered_and_left(tmp_path, monkeypatch):
    monkeypatch.delenv('ROS_DOMAIN_ID')
    monkeypatch.delenv('ROS_AUTOMATIC_DISCOVERY_RANGE', raising=False)
    monkeypatch.delenv('ROS_DISTRO', raising=False)
    with NodeProcesses(tmp_path) as nodes:
        assert os.environ['ROS_DOMAIN_ID'] == str(nodes.domain_id)
        assert os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
    assert not any(name in os.environ for name in VARIABLES)


def test_the_domain_of_the_user_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', '77')
    with NodeProcesses(tmp_path) as nodes:
        assert nodes.domain_id == 77
    assert os.environ['ROS_DOMAIN_ID'] == '77'


def test_what_a_node_is_started_with(tmp_path, program):
    program('for word in "$@"; do echo "$word"; done; echo domain $ROS_DOMAIN_ID; exec sleep 60')
    with NodeProcesses(tmp_path / 'logs', 42) as nodes:
        nodes.start('left_map', 'mapping_node', parameters={'mapping': {'resolution': 0.1}},
                    parameter_files=['a.yaml'], remappings={'scan': 'left/scan'})
        wait_for(lambda: 'domain 42' in nodes.log_path('left_map').read_text())
        words = nodes.log_path('left_map').read_text().split('\n')
    assert 'fsmi_explorer.nodes.mapping_node' in words
    assert {'__node:=left_map', 'scan:=left/scan'} <= set(words)
    first, second = (words[i + 1] for i, word in enumerate(words) if word == '--params-file')
    assert first == 'a.yaml'
    given = yaml.safe_load(open(second))
    assert given == {'/**': {'ros__parameters': {'mapping': {'resolution': 0.1}}}}


def test_a_node_that_dies_is_quoted(tmp_path, program):
    program('echo something is wrong >&2; exit 3')
    with NodeProcesses(tmp_path) as nodes:
        nodes.start('mi_node').wait(10)
        with pytest.raises(FsmiExplorerError) as caught:
            nodes.check()
    assert 'mi_node ended by itself (exit status 3)' in str(caught.value)
    assert 'something is wrong' in str(caught.value)
    assert str(tmp_path / 'mi_node.log') in str(caught.value)


def test_a_node_that_is_killed_is_named(tmp_path, program):
    program('exec sleep 60')
    with NodeProcesses(tmp_path) as nodes:
        process = nodes.start('mi_node')
        nodes.check()
        process.kill()
        process.wait(10)
        with pytest.raises(FsmiExplorerError, match='SIGKILL'):
            nodes.check()


@pytest.mark.parametrize(('deaf_to', 'ended_by'), [
    ('', signal.SIGINT), ('INT', signal.SIGTERM), ('INT TERM', signal.SIGKILL)])
def test_nodes_are_asked_before_they_are_killed(tmp_path, program, monkeypatch, deaf_to, ended_by):
    monkeypatch.setattr(processes, '_SECONDS_TO_END', {
        signal.SIGINT: 0.3, signal.SIGTERM: 0.3, signal.SIGKILL: 5.0})
    trap = f"trap '' {deaf_to}; " if deaf_to else ''
    program(f'{trap}echo ready; exec sleep 60')
    with NodeProcesses(tmp_path) as nodes:
        process = nodes.start('node')
        wait_for(lambda: 'ready' in nodes.log_path('node').read_text())
    assert process.returncode == -ended_by


def test_nodes_end_when_their_user_fails(tmp_path, program):
    program('exec sleep 60')
    with pytest.raises(RuntimeError), NodeProcesses(tmp_path) as nodes:
        process = nodes.start('node')
        raise RuntimeError
    assert process.returncode is not None


def test_a_real_node_starts_and_ends_well(tmp_path):
    pytest.importorskip('rclpy')
    with NodeProcesses(tmp_path) as nodes:
        process = nodes.start('mapping_node')
        wait_for(lambda: 'ready' in nodes.log_path('mapping_node').read_text(), 60)
        nodes.check()
    assert process.returncode == 0


def test_a_real_node_with_a_bad_parameter_is_quoted(tmp_path):
    pytest.importorskip('rclpy')
    with NodeProcesses(tmp_path) as nodes:
        nodes.start('mapping_node', parameters={'mapping': {'resolution': -1.0}}).wait(60)
        with pytest.raises(FsmiExplorerError, match='resolution must be 0.001 to 10 m'):
            nodes.check()
