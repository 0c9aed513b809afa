"""
Makes the virtual environment `.venv` of a machine without ROS 2; `make env` runs this.

The steps follow each other; each is remembered by a digest of what went into it, and a later call
starts at the first step whose input has changed.
"""

from concurrent.futures import ThreadPoolExecutor
import hashlib
import importlib.util
import json
import os
from pathlib import Path
import platform
import re
import shutil
import subprocess
import sys
import sysconfig

STANDALONE = Path(__file__).resolve().parent
REPOSITORY = STANDALONE.parent
VENV = REPOSITORY / '.venv'
PYTHON = VENV / 'bin' / 'python'
STATE = VENV / 'state.json'
BASE_PYTHON = os.path.realpath(getattr(sys, '_base_executable', sys.executable))
MESSAGES = ('map_msgs', 'nav2_msgs', 'octomap_msgs', 'tf2_msgs')

# These would lead builds and imports to another ROS than that of the environment.
FOREIGN_VARIABLES = (
    'AMENT_PREFIX_PATH', 'CMAKE_PREFIX_PATH', 'COLCON_PREFIX_PATH', 'LD_LIBRARY_PATH',
    'PYTHONHOME', 'PYTHONPATH', 'ROS_DISTRO', '_ROS_WHEELS_BOOTSTRAP_COMPLETE')


class EnvironmentFault(Exception):
    """What keeps the environment from being made, in one line."""


def check_machine():
    """
    Make sure that this machine has what the steps need.

    :raises EnvironmentFault: naming what is missing and how to get it.
    """
    version = '{}.{}'.format(*sys.version_info)
    if platform.system() != 'Linux' or platform.machine() != 'x86_64':
        raise EnvironmentFault(
            f'the ROS wheels are for Linux on x86-64, not {platform.system()} on '
            f'{platform.machine()}: use a ROS 2 installation instead')
    if platform.python_implementation() != 'CPython' or not (
            (3, 10) <= sys.version_info[:2] <= (3, 13)):
        raise EnvironmentFault(
            f'the ROS wheels are for CPython 3.10 to 3.13, not {version}: '
            'say which Python to take, as in "make env PYTHON=python3.12"')
    for module in ('venv', 'ensurepip'):
        if importlib.util.find_spec(module) is None:
            raise EnvironmentFault(
                f'Python has no module {module}: apt-get install python{version}-venv')
    if not Path(sysconfig.get_paths()['include'], 'Python.h').exists():
        raise EnvironmentFault(
            f'the headers of Python are missing: apt-get install python{version}-dev')
    for variable, command in (('CC', 'cc'), ('CXX', 'c++')):
        if shutil.which(os.environ.get(variable, command)) is None:
            raise EnvironmentFault('a C++ compiler is missing: apt-get install g++')


def make_venv():
    """Make an empty virtual environment in place of what was there."""
    run([BASE_PYTHON, '-m', 'venv', '--clear', VENV], 'making the virtual environment')


def install_packages():
    """Install the pinned packages and adapt them to this environment."""
    run([*pip_install(), '-r', STANDALONE / 'requirements.txt',
         '-c', STANDALONE / 'constraints.txt'], 'installing the packages')
    point_cmake_files_here()
    shutil.copy(STANDALONE / 'ros_wheels_environment.py', site_packages())
    # Hooks run in the order of their names: this one before that of the ROS wheels.
    Path(site_packages(), 'a_ros_wheels_environment.pth').write_text(
        'import ros_wheels_environment\n')


def point_cmake_files_here():
    """Replace the paths of the machine that built the ROS wheels by those of this one."""
    numpy = subprocess.run(
        [PYTHON, '-c', 'import numpy; print(numpy.get_include())'], env=clean_environment(),
        check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    python = sysconfig.get_paths()['include']
    for path in VENV.glob('share/**/*.cmake'):
        text = path.read_text()
        if '/opt/python/' in text:
            text = re.sub(r'/opt/python/[^;"]*/numpy/_core/include', numpy, text)
            path.write_text(re.sub(r'/opt/python/[^;"/]*/include/python3\.\d+', python, text))


def build_messages():
    """Build the message packages, all at once."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(build_message_package, MESSAGES))


def build_message_package(name):
    """Build a message package and install it into the environment."""
    build = VENV / 'build' / name
    log = VENV / 'build' / f'{name}.log'
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    environment = clean_environment()
    environment['PATH'] = f'{VENV / "bin"}{os.pathsep}{environment["PATH"]}'
    environment['AMENT_PREFIX_PATH'] = environment['CMAKE_PREFIX_PATH'] = str(VENV)
    cmake = VENV / 'bin' / 'cmake'
    with log.open('w') as output:
        for command in (
                [cmake, '-G', 'Ninja', '-S', STANDALONE / 'messages' / name, '-B', build,
                 '-DBUILD_TESTING=OFF', '-DCMAKE_BUILD_TYPE=Release',
                 f'-DCMAKE_INSTALL_PREFIX={VENV}',
                 f'-DCMAKE_MODULE_PATH={STANDALONE / "cmake"}'],
                [cmake, '--build', build],
                [cmake, '--install', build]):
            run(command, f'building {name} (all it said is in {log})', environment,
                stdout=output, stderr=subprocess.STDOUT)


def install_project():
    """Install the Python packages in place: changes of the sources need no new installation."""
    run([*pip_install(), '--no-deps', '--no-build-isolation', '-e', STANDALONE / 'python',
         '-e', REPOSITORY], 'installing the project')


def pip_install():
    """Return the start of a command that installs packages and says no more than errors."""
    return [PYTHON, '-m', 'pip', 'install', '-qq', '--disable-pip-version-check', '--no-input']


def site_packages():
    """Return the folder of the Python packages of the environment."""
    return VENV / 'lib' / 'python{}.{}'.format(*sys.version_info) / 'site-packages'


def clean_environment():
    """Return the environment variables without those that lead to another ROS."""
    return {key: value for key, value in os.environ.items() if key not in FOREIGN_VARIABLES}


def run(command, what, environment=None, **options):
    """
    Run a command.

    :raises EnvironmentFault: naming what failed.
    """
    command = [str(word) for word in command]
    if subprocess.run(command, env=environment or clean_environment(), **options).returncode:
        raise EnvironmentFault(f'{what} failed')


def digest(before, inputs):
    """Return a short text that differs when the texts, files or folders put in differ."""
    state = hashlib.sha256(before.encode())
    for each in inputs:
        if isinstance(each, str):
            state.update(each.encode())
            continue
        for path in sorted(each.rglob('*')) if each.is_dir() else [each]:
            if path.is_file() and '__pycache__' not in path.parts:
                state.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
    return state.hexdigest()[:16]


def steps():
    """Yield each step: what it does in words, its function, the digest of all up to it."""
    before = ''
    for words, function, inputs in (
            ('making the virtual environment', make_venv,
             [str(VENV), BASE_PYTHON, sys.version]),
            ('installing the packages, about half a minute', install_packages,
             [STANDALONE / name for name in (
                 'requirements.txt', 'constraints.txt', 'ros_wheels_environment.py')]),
            ('building the messages, about half a minute', build_messages,
             [STANDALONE / 'messages', STANDALONE / 'cmake']),
            ('installing the project', install_project,
             [STANDALONE / 'python' / 'pyproject.toml', *(REPOSITORY / name for name in (
                 'setup.py', 'setup.cfg', 'pyproject.toml'))])):
        before = digest(before, inputs)
        yield words, function, before


def main():
    """Bring the environment up to date; return the exit status."""
    known = json.loads(STATE.read_text()) if STATE.exists() else []
    todo = [each for each in steps() if each[2] not in known]
    done = [fingerprint for _, _, fingerprint in steps() if fingerprint in known]
    try:
        if todo:
            check_machine()
        for words, function, fingerprint in todo:
            print(f'make env: {words}', flush=True)
            function()
            done.append(fingerprint)
            STATE.write_text(json.dumps(done))
    except EnvironmentFault as fault:
        print(f'make env: {fault}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
