"""The executables of the nodes; imports nothing heavy, so that one can be ended from the start."""

from functools import partial
from importlib import import_module

from fsmi_explorer.nodes.interrupts import ending_on_request


def _run(name: str) -> int:
    """Run a node; return its exit status."""
    with ending_on_request():
        return import_module(f'fsmi_explorer.nodes.{name}').main()
    return 0


mapping_node = partial(_run, 'mapping_node')
mi_node = partial(_run, 'mi_node')
goal_node = partial(_run, 'goal_node')
simulator_node = partial(_run, 'simulator_node')
navigator_node = partial(_run, 'navigator_node')
