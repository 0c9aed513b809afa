"""Nodes that are asked to end, at any moment and more than once."""

import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip('rclpy')

PROGRAM = """
from fsmi_explorer.nodes import programs
import_module = programs.import_module

def tell_and_import(name):
    print('on', flush=True)
    return import_module(name)

programs.import_module = tell_and_import
raise SystemExit(programs.goal_node())
"""


@pytest.mark.parametrize('how', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('delay', [0.0, 0.5, 2.5])
def test_a_node_ends_at_the_first_request_and_takes_more_in_silence(delay, how):
    process = subprocess.Popen(
        [sys.executable, '-c', PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    assert process.stdout.readline() == 'on\n'
    time.sleep(delay)  # into the imports, the compilation, the work
    while process.poll() is None:
        process.send_signal(how)
        time.sleep(0.02)
    said = process.stdout.read()
    assert process.returncode == 0 and 'Traceback' not in said, said
