#!/usr/bin/env python3
"""What the nodes take in real-time use, as processes: processor, memory, latencies, start."""

import os
from pathlib import Path
import tempfile
import time

from fsmi_explorer.cli.processes import NodeProcesses

NODES = ('simulator_node', 'mapping_node', 'mi_node', 'navigator_node', 'goal_node')
WORLD = 'office'
SETTLING_SECONDS = 10.0
LATENCIES = {
    'mapping_node': ('insert a scan', 'publish the map'), 'mi_node': ('score a map',),
    'navigator_node': ('plan a path',), 'goal_node': ('decide', 'map to goal')}
_READY = 'kernels are ready'
_MOST_SECONDS_TO_START = 120.0
_TICKS = os.sysconf('SC_CLK_TCK')


def run(quick: bool = False) -> list[dict]:
    """
    Measure five nodes that explore the office in real time.

    :param quick: less time, more scatter.
    :return: rows of name, value, unit and note.
    """
    seconds = 15.0 if quick else 40.0
    with tempfile.TemporaryDirectory() as folder, NodeProcesses(Path(folder)) as nodes:
        rows = [_start_time(nodes)]
        for name in NODES:
            nodes.start(name, parameters={'use_sim_time': True, **_own(name)})
        figures = _listen(nodes, SETTLING_SECONDS)
        before = {name: _processor_seconds(nodes, name) for name in NODES}
        figures = _listen(nodes, seconds)
        rows += _shares(nodes, before, seconds)
        rows += _memory(nodes)
        return rows + _latencies(figures)


def _own(name: str) -> dict:
    return {'world': WORLD} if name == 'simulator_node' else {}


def _start_time(nodes: NodeProcesses) -> dict:
    """Start a node twice; the second time its kernels are in the cache."""
    for _ in range(2):
        begin = time.monotonic()
        nodes.start('mi_node')
        while _READY not in nodes.log_path('mi_node').read_text():
            if time.monotonic() - begin > _MOST_SECONDS_TO_START:
                nodes.check()
                raise TimeoutError('mi_node does not get ready')
            time.sleep(0.02)
        duration = time.monotonic() - begin
        nodes.stop()
    return {'name': 'warm start of mi_node', 'value': duration, 'unit': 's',
            'note': 'from the start of the process until its kernels are ready'}


def _listen(nodes: NodeProcesses, seconds: float) -> dict[str, dict[str, str]]:
    """Wait, and return the last diagnostics of each node."""
    from diagnostic_msgs.msg import DiagnosticArray
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    context = rclpy.Context()
    context.init()
    node = rclpy.create_node('bench', context=context)
    figures: dict[str, dict[str, str]] = {}

    def note(message):
        for status in message.status:
            figures[status.name] = {each.key: each.value for each in status.values}
    node.create_subscription(DiagnosticArray, '/diagnostics', note, 10)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        executor.spin_once(0.1)
        nodes.check()
    executor.shutdown()
    context.try_shutdown()
    return figures


def _processor_seconds(nodes: NodeProcesses, name: str) -> float:
    fields = Path(f'/proc/{nodes.processes[name].pid}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _shares(nodes: NodeProcesses, before: dict[str, float], seconds: float) -> list[dict]:
    shares = {name: 100.0 * (_processor_seconds(nodes, name) - before[name]) / seconds
              for name in NODES}
    note = f'of one core, real time, over {seconds:g} s of exploring the {WORLD}'
    rows = [{'name': f'processor: {name}', 'value': share, 'unit': '%', 'note': note}
            for name, share in shares.items()]
    return rows + [{'name': 'processor: all five nodes', 'value': sum(shares.values()),
                    'unit': '%', 'note': note}]


def _memory(nodes: NodeProcesses) -> list[dict]:
    """Return resident memory; libraries that several nodes share count once in the true sum."""
    rows, resident, proportional = [], 0.0, 0.0
    for name in NODES:
        text = Path(f'/proc/{nodes.processes[name].pid}/smaps_rollup').read_text()
        kilobytes = {line.split(':')[0]: int(line.split()[1])
                     for line in text.splitlines()[1:]}
        resident += kilobytes['Rss'] / 1024.0
        proportional += kilobytes['Pss'] / 1024.0
        rows.append({'name': f'memory: {name}', 'value': kilobytes['Rss'] / 1024.0, 'unit': 'MiB',
                     'note': f'resident; {kilobytes["Pss"] / 1024.0:.0f} MiB with shared pages '
                             'divided among those who share them'})
    return rows + [
        {'name': 'memory: all five nodes', 'value': proportional, 'unit': 'MiB',
         'note': 'what they take together: shared pages counted once'},
        {'name': 'memory: sum of resident sizes', 'value': resident, 'unit': 'MiB',
         'note': 'shared pages counted once for each node'}]


def _latencies(figures: dict[str, dict[str, str]]) -> list[dict]:
    rows = []
    for name, works in LATENCIES.items():
        for work in works:
            for share in ('p50', 'p99'):
                value = figures.get(name, {}).get(f'{work} {share} (ms)')
                if value is not None:
                    rows.append({'name': f'{name}: {work}, {share}', 'value': float(value),
                                 'unit': 'ms', 'note': 'as told on /diagnostics'})
    return rows


if __name__ == '__main__':
    for row in run():
        print(f'{row["name"]:45} {row["value"]:10.2f} {row["unit"]:5} {row["note"]}')
