"""
Every parameter of the nodes as a commented YAML file, made from the configuration objects.

    python -m fsmi_explorer.nodes.parameter_file > config/fsmi_explorer.yaml
"""

from textwrap import wrap
from typing import Any, Iterator

from fsmi_explorer.configuration import Configuration, Parameter
from fsmi_explorer.nodes.goal_config import GoalNodeConfig
from fsmi_explorer.nodes.mapping_node import MappingNodeConfig
from fsmi_explorer.nodes.navigator_node import NavigatorNodeConfig
from fsmi_explorer.nodes.parameters import parameters_of
from fsmi_explorer.nodes.scoring import MiNodeConfig
from fsmi_explorer.nodes.simulator_node import SimulatorNodeConfig
import yaml

CONFIGURATIONS: dict[str, type[Configuration]] = {
    'mapping_node': MappingNodeConfig,
    'mi_node': MiNodeConfig,
    'goal_node': GoalNodeConfig,
    'navigator_node': NavigatorNodeConfig,
    'simulator_node': SimulatorNodeConfig,
}

_HEAD = """\
# The parameters of all nodes with their defaults. What is not said to be fixed can be changed
# while a node runs: ros2 param set, or rqt. Values out of range are refused.
"""
_WIDTH = 99


def parameter_file() -> str:
    """Return the text of the file."""
    lines = [_HEAD]
    for node, kind in CONFIGURATIONS.items():
        lines += [f'/**/{node}:', '  ros__parameters:', *_lines(kind, 4), '']
    return '\n'.join(lines)


def _lines(kind: type[Configuration], indent: int) -> Iterator[str]:
    """Write the values of one configuration object, sections below their headings."""
    heading: tuple[str, ...] = ()
    for name, value, facts in parameters_of(kind):
        *sections, last = name.split('.')
        for depth, section in enumerate(sections):
            if heading[:depth + 1] != tuple(sections[:depth + 1]):
                yield f'{" " * (indent + 2 * depth)}{section}:'
        heading = tuple(sections)
        margin = ' ' * (indent + 2 * len(sections))
        for line in wrap(_comment(facts), _WIDTH - len(margin) - 2):
            yield f'{margin}# {line}'
        # ROS takes an empty list for no value at all.
        yield f'{margin}{"# " if value == () else ""}{last}: {_value(value)}'


def _comment(facts: Parameter) -> str:
    notes = [] if facts.allowed == 'any value' else [facts.allowed.replace('any value ', '')]
    notes += [] if facts.live else ['fixed at start']
    return f'{facts.description} [{"; ".join(notes)}]' if notes else facts.description


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f'[{", ".join(map(_value, value))}]'
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"  # without quotes, nan would be a number
    return yaml.safe_dump(value, default_flow_style=True).removesuffix('...\n').strip()


if __name__ == '__main__':
    print(parameter_file(), end='')
