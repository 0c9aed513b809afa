"""
The nodes as real processes in a ROS domain of their own, ended when their work is done.

While a `NodeProcesses` is entered, this process and all it starts share one ROS domain and are
found on this machine only, so that a demonstration never talks to a robot nearby:

    with NodeProcesses(folder) as nodes:
        nodes.start('mapping_node', parameters={'use_sim_time': True})
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        ...
        nodes.check()
"""

from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import random
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from fsmi_explorer.errors import FsmiExplorerError
import yaml

# A domain d owns the UDP ports from 7400 + 250 d on; the ids up to 101 stay below the ports that
# Linux hands out to others, and the last port of a domain is that of its 120th participant.
_FIRST_PORT, _PORTS_PER_DOMAIN, _DOMAINS = 7400, 250, range(1, 102)
_CLAIM_PORT = 249
_DISCOVERY_PORTS = (0, 10, 12)
_SECONDS_TO_END = {signal.SIGINT: 8.0, signal.SIGTERM: 3.0, signal.SIGKILL: 3.0}
_LAST_LINES = 15


class DomainClaim:
    """
    A ROS domain that nobody on this machine uses, held until closed.

    What holds it is a bound socket, which the system releases however the process ends.
    """

    def __init__(self):
        """Claim a domain, looking from a random one on."""
        for domain in random.sample(_DOMAINS, len(_DOMAINS)):
            self._socket = _bind(domain, _CLAIM_PORT)
            if self._socket is not None:
                if not _is_in_use(domain):
                    self.domain_id = domain
                    return
                self._socket.close()
        raise FsmiExplorerError('every ROS domain of this machine is in use; set ROS_DOMAIN_ID')

    def close(self) -> None:
        """Give the domain back."""
        self._socket.close()


def _bind(domain: int, offset: int) -> socket.socket | None:
    """Bind a UDP port of a domain; None if somebody has it."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.bind(('', _FIRST_PORT + _PORTS_PER_DOMAIN * domain + offset))
    except OSError:
        udp.close()
        return None
    return udp


def _is_in_use(domain: int) -> bool:
    """Tell whether a participant of the domain listens where discovery expects the first ones."""
    for offset in _DISCOVERY_PORTS:
        udp = _bind(domain, offset)
        if udp is None:
            return True
        udp.close()
    return False


class NodeProcesses:
    """
    The node processes of one run; a context manager that ends those it started, and only those.

    :param log_dir: folder of the nodes' output, one `NAME.log` each; made if missing.
    :param domain_id: ROS domain to use; by default ROS_DOMAIN_ID if set, else a free one.
    """

    def __init__(self, log_dir: str | Path, domain_id: int | None = None):
        """Prepare a run; nothing starts before `start`."""
        self.log_dir = Path(log_dir)
        self.domain_id = domain_id
        self.processes: dict[str, subprocess.Popen] = {}
        self._claim: DomainClaim | None = None
        self._environment_before: dict[str, str | None] = {}

    def __enter__(self) -> 'NodeProcesses':
        """Enter the domain: this process, and by inheritance those started from it."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        if self.domain_id is None and os.environ.get('ROS_DOMAIN_ID', '').isdigit():
            self.domain_id = int(os.environ['ROS_DOMAIN_ID'])
        if self.domain_id is None:
            self._claim = DomainClaim()
            self.domain_id = self._claim.domain_id
        for name, value in _local_discovery(self.domain_id).items():
            self._environment_before[name] = os.environ.get(name)
            os.environ[name] = value
        return self

    def __exit__(self, *_: Any) -> None:
        """End the processes and leave the domain."""
        try:
            self.stop()
        finally:
            for name, value in self._environment_before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            if self._claim is not None:
                self._claim.close()

    def start(
        self, name: str, executable: str | None = None, *,
        parameters: Mapping[str, Any] | None = None,
        parameter_files: Sequence[str | Path] = (),
        remappings: Mapping[str, str] | None = None,
    ) -> subprocess.Popen:
        """
        Start a node as `python -m fsmi_explorer.nodes.EXECUTABLE`.

        :param name: name of the node and of its log.
        :param executable: module of the node; by default as the name.
        :param parameters: ROS parameters by name, nested or dotted; they win over the files.
        :param parameter_files: ROS parameter files.
        :param remappings: topic names, old to new.
        """
        files = [Path(path) for path in parameter_files]
        if parameters:
            files.append(self._write_parameters(name, parameters))
        arguments = ['--ros-args', '--disable-external-lib-logs', '-r', f'__node:={name}']
        for path in files:
            arguments += ['--params-file', str(path)]
        for old, new in (remappings or {}).items():
            arguments += ['-r', f'{old}:={new}']
        module = f'fsmi_explorer.nodes.{executable or name}'
        with self.log_path(name).open('wb') as output:
            process = subprocess.Popen(
                [sys.executable, '-u', '-m', module, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=_environment_with_this_package(),
                start_new_session=True)  # Ctrl-C is for us: we end the nodes in order
        self.processes[name] = process
        return process

    def _write_parameters(self, name: str, parameters: Mapping[str, Any]) -> Path:
        path = self.log_dir / f'{name}.parameters.yaml'
        path.write_text(yaml.safe_dump({'/**': {'ros__parameters': dict(parameters)}}))
        return path

    def log_path(self, name: str) -> Path:
        """Tell where the output of a node goes."""
        return self.log_dir / f'{name}.log'

    def check(self) -> None:
        """
        Make sure that every node lives.

        :raises FsmiExplorerError: with the last lines of the first one that does not.
        """
        for name, process in self.processes.items():
            status = process.poll()
            if status is not None:
                raise FsmiExplorerError(
                    f'{name} ended by itself ({_describe(status)}); its last lines, '
                    f'all are in {self.log_path(name)}:\n{self.last_lines(name)}')

    def last_lines(self, name: str, count: int = _LAST_LINES) -> str:
        """Return the last lines that a node wrote, indented."""
        lines = self.log_path(name).read_text(errors='replace').splitlines()
        return '\n'.join(f'  {line}' for line in lines[-count:]) or '  (it wrote nothing)'

    def stop(self) -> None:
        """End the nodes: ask, ask harder, kill; each time all at once and with a deadline."""
        for how, seconds in _SECONDS_TO_END.items():
            running = [each for each in self.processes.values() if each.poll() is None]
            for process in running:
                process.send_signal(how)
            _wait_for_end(running, seconds)
        self.processes.clear()


def _wait_for_end(processes: Sequence[subprocess.Popen], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return


def _describe(status: int) -> str:
    """Say how a process ended; negative numbers are signals."""
    return f'exit status {status}' if status >= 0 else signal.Signals(-status).name


def _local_discovery(domain_id: int) -> dict[str, str]:
    """Return the environment of a domain whose participants are found on this machine only."""
    if os.environ.get('ROS_DISTRO') == 'humble':
        # The discovery range came after Humble.
        return {'ROS_DOMAIN_ID': str(domain_id), 'ROS_LOCALHOST_ONLY': '1'}
    return {'ROS_DOMAIN_ID': str(domain_id), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


def _environment_with_this_package() -> dict[str, str]:
    """Return the environment in which a child imports the very package that runs here."""
    root = str(Path(__file__).resolve().parents[2])
    paths = os.environ.get('PYTHONPATH', '').split(os.pathsep)
    if 'site-packages' not in root and 'dist-packages' not in root and root not in paths:
        paths.insert(0, root)
    return {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, paths))}
