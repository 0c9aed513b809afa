"""Goes through launch files as the real launch does, with stand-ins for other packages."""

from dataclasses import dataclass
import json
from pathlib import Path
import sys

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
OWN = ('mapping_node', 'mi_node', 'goal_node', 'simulator_node', 'navigator_node')
PROGRAMS = {
    'rviz2': 'rviz2', 'robot_state_publisher': 'robot_state_publisher', 'ros_gz_sim': 'create',
    'ros_gz_bridge': 'parameter_bridge', 'tf2_ros': 'static_transform_publisher'}
INCLUDED = {
    'nav2_bringup': ('navigation_launch.py', 'tb3_simulation_launch.py'),
    'slam_toolbox': ('online_async_launch.py',), 'ros_gz_sim': ('gz_sim.launch.py',)}
NOTE = """
import json
from launch import LaunchDescription
from launch.actions import OpaqueFunction

def generate_launch_description():
    return LaunchDescription([OpaqueFunction(function=note)])

def note(context):
    with open({notes!r}, 'a') as stream:
        print(json.dumps([{name!r}, context.launch_configurations], default=str), file=stream)
"""
EXECUTABLE = """#!{python}
import sys
from fsmi_explorer.nodes.{name} import main
sys.exit(main())
"""


def named(name: str) -> Path:
    """Return the path of a launch file."""
    return REPOSITORY / 'launch' / f'{name}.launch.py'


def leaves(tree, path=()):
    """Walk through the values of nested mappings as (path, value)."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


@dataclass(frozen=True)
class Process:
    """A process that a launch would start."""

    command: list[str]

    @property
    def name(self) -> str:
        """Return the name of its executable."""
        return Path(self.command[0]).name

    def after(self, option: str) -> list[str]:
        """Return what follows an option, wherever that is given."""
        return [value for key, value in zip(self.command, self.command[1:]) if key == option]

    @property
    def remappings(self) -> dict[str, str]:
        """Return old names and new ones; of several rules the first counts."""
        return dict(reversed([rule.split(':=') for rule in self.after('-r')]))

    @property
    def parameters(self) -> dict:
        """Return the parameters that do not come from files of the user."""
        values = {name: yaml.safe_load(value) for name, value in (
            each.split(':=') for each in self.after('-p'))}
        for path in self.after('--params-file'):
            for node, given in yaml.safe_load(Path(path).read_text()).items():
                if not node.startswith('/**/'):
                    values.update(given.get('ros__parameters', {}))
        return values

    def taken_parameters(self) -> dict:
        """Return the parameters as the node would take them from all that it is given."""
        import rclpy
        context = rclpy.Context()
        context.init(self.command)
        node = rclpy.create_node(
            self.name, context=context, automatically_declare_parameters_from_overrides=True)
        names = node.list_parameters([], 0).names
        values = {name: node.get_parameter(name).value for name in names}
        node.destroy_node()
        context.shutdown()
        return values


@dataclass
class Visitor:
    """Goes through launch files as a launch would, and starts nothing."""

    prefix: Path
    processes: list[Process]

    @property
    def notes(self) -> Path:
        """Return the file in which the launch files of others note what they are given."""
        return self.prefix / 'notes'

    def visit(self, name: str, **arguments: str) -> dict[str, Process]:
        """
        Visit a launch file.

        :return: the processes that it would start, by name; no name may be there twice.
        """
        from launch import LaunchContext
        from launch.actions import IncludeLaunchDescription
        from launch.launch_description_sources import PythonLaunchDescriptionSource
        self.processes.clear()
        self.notes.write_text('')
        context = LaunchContext(argv=[])
        waiting = [IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(named(name))), launch_arguments=arguments.items())]
        while waiting:
            waiting = [*(waiting.pop(0).visit(context) or []), *waiting]
        names = [each.name for each in self.processes]
        assert sorted(set(names)) == sorted(names)
        return dict(zip(names, self.processes))

    def included(self) -> dict[str, dict]:
        """Return what the launch files of other packages were given; the last time each."""
        return dict(json.loads(line) for line in self.notes.read_text().splitlines())


def install(prefix: Path) -> None:
    """Install this package as it is in the source tree, and what stands in for others."""
    share, programs = prefix / 'share', prefix / 'lib'
    index = share / 'ament_index' / 'resource_index' / 'packages'
    index.mkdir(parents=True)
    for package in {'fsmi_explorer', *PROGRAMS, *INCLUDED}:
        (index / package).touch()
        (share / package / 'launch').mkdir(parents=True)
        (programs / package).mkdir(parents=True)
    (share / 'fsmi_explorer' / 'launch').rmdir()
    for folder in ('launch', 'config', 'rviz', 'worlds', 'urdf'):
        (share / 'fsmi_explorer' / folder).symlink_to(REPOSITORY / folder)
    for name in OWN:
        write_program(programs / 'fsmi_explorer' / name,
                      EXECUTABLE.format(python=sys.executable, name=name))
    for package, name in PROGRAMS.items():
        write_program(programs / package / name, '#!/bin/sh\n')
    for package, names in INCLUDED.items():
        for name in names:
            (share / package / 'launch' / name).write_text(
                NOTE.format(notes=str(prefix / 'notes'), name=name))
    write_program(prefix / 'bin' / 'xacro', '#!/bin/sh\necho "<robot from=\'$*\'/>"\n')


def write_program(path: Path, text: str) -> None:
    """Write a file that can be executed."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
