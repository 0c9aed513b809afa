#!/usr/bin/env python3
"""What the nodes take in real-time use, as processes: processor, memory, latencies, start."""

import os
from pathlib import Path
import tempfile
import time

from fsmi_explorer.cli.processes import NodeProcesses

PRODUCT = ('mapping_node', 'mi_node', 'goal_node')
NODES = ('simulator_node', 'navigator_node', *PRODUCT)
WORLD = 'warehouse'
BEAMS = 1080
SCAN_RATES = (5.0, 40.0)
SETTLING_SECONDS = 15.0
LATENCIES = {
    'mapping_node': ('scan to map', 'publish the map'), 'mi_node': ('score a map',),
    'navigator_node': ('plan a path',), 'goal_node': ('decide', 'map to goal')}
_READY = 'kernels are ready'
_MOST_SECONDS_TO_START = 120.0
_TICKS = os.sysconf('SC_CLK_TCK')


def run(quick: bool = False) -> list[dict]:
    """
    Measure five nodes that explore the warehouse in real time, with a slow and a fast lidar.

    :param quick: less time, more scatter.
    :return: rows of name, value, unit and note.
    """
    seconds = 15.0 if quick else 60.0
    rows = []
    with tempfile.TemporaryDirectory() as folder, NodeProcesses(Path(folder)) as nodes:
        rows.append(_start_time(nodes))
        for rate in SCAN_RATES:
            rows += _explore(nodes, rate, seconds)
            nodes.stop()
    return rows


def _explore(nodes: NodeProcesses, rate: float, seconds: float) -> list[dict]:
    """Measure nodes that explore with a lidar of a rate in Hz."""
    lidar = {'rate': rate, 'beams': BEAMS}
    own = {'simulator_node': {'world': WORLD, 'simulation': {'lidar': lidar}}}
    for name in NODES:
        nodes.start(name, parameters={'use_sim_time': True, **own.get(name, {})})
    _listen(nodes, SETTLING_SECONDS)
    before = {name: _processor_seconds(nodes, name) for name in NODES}
    figures = _listen(nodes, seconds)
    rows = [*_shares(nodes, before, seconds), *_memory(nodes), *_latencies(figures)]
    return [{**row, 'name': f'{rate:g} Hz: {row["name"]}'} for row in rows]


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
    note = f'of one core, {BEAMS} beams, real time, over {seconds:g} s of exploring the {WORLD}'
    rows = [{'name': f'processor: {name}', 'value': share, 'unit': '%', 'note': note}
            for name, share in shares.items()]
    return rows + [
        {'name': f'processor: {what}', 'value': sum(shares[name] for name in names), 'unit': '%',
         'note': note} for what, names in (('the product', PRODUCT), ('all nodes', NODES))]


def _memory(nodes: NodeProcesses) -> list[dict]:
    """Return resident memory; libraries that several nodes share count once in the true sum."""
    sizes = {name: _sizes(nodes, name) for name in NODES}
    rows = [{'name': f'memory: {name}', 'value': resident, 'unit': 'MB',
             'note': f'resident; {shared:.0f} MB with shared pages divided among who shares them'}
            for name, (resident, shared) in sizes.items()]
    return rows + [
        {'name': f'memory: {what}', 'value': sum(sizes[name][0] for name in names), 'unit': 'MB',
         'note': f'sum of resident sizes; {sum(sizes[name][1] for name in names):.0f} MB with '
                 'shared pages counted once'}
        for what, names in (('the product', PRODUCT), ('all nodes', NODES))]


def _sizes(nodes: NodeProcesses, name: str) -> tuple[float, float]:
    """Return resident and proportional size of a node in MB."""
    text = Path(f'/proc/{nodes.processes[name].pid}/smaps_rollup').read_text()
    kibibytes = {line.split(':')[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return kibibytes['Rss'] * 1.024e-3, kibibytes['Pss'] * 1.024e-3


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
