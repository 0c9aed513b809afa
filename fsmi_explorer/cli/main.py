"""The command line: `fsmi_explorer COMMAND ...`, one module of this package for each command."""

from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module
import signal
import sys

from fsmi_explorer import __version__
from fsmi_explorer.errors import FsmiExplorerError

COMMANDS = {
    'benchmark': 'compare ways to explore over many worlds, without ROS',
    'demo': 'explore a simulated building with the five nodes',
    'replay': 'map a recorded lidar log with the real nodes',
    'score': 'compute the mutual information of every cell of a saved map',
}
_BAD_INPUT, _INTERRUPTED = 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run a command.

    :param argv: words after the program's name; those of this process if None.
    :return: exit status: 0 well, 2 bad input (said in one line), 130 interrupted, others the
        command's own.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = make_parser(words).parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nodes are ended too
    try:
        return import_module(f'fsmi_explorer.cli.{arguments.command}').run(arguments)
    except (FsmiExplorerError, OSError) as error:  # OSError: a folder that cannot be written
        print(f'fsmi_explorer {arguments.command}: error: {error}', file=sys.stderr)
        return _BAD_INPUT
    except KeyboardInterrupt:
        print(f'fsmi_explorer {arguments.command}: interrupted', file=sys.stderr)
        return _INTERRUPTED


def make_parser(words: Sequence[str]) -> ArgumentParser:
    """
    Make the parser for these words.

    Only the module of the command that the words name is imported: its siblings cost nothing.
    """
    parser = ArgumentParser(
        prog='fsmi_explorer', description='Information-driven exploration for ROS 2.')
    parser.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    commands = parser.add_subparsers(dest='command', metavar='COMMAND', required=True)
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=f'{purpose.capitalize()}.')
        if name in words[:1]:
            import_module(f'fsmi_explorer.cli.{name}').add_arguments(command)
    return parser


if __name__ == '__main__':
    sys.exit(main())
