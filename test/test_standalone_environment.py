"""Making the environment: each lack is one clear line, a second call does what has changed."""

import importlib.util
import os
from pathlib import Path
import platform
import shutil
import subprocess
import sys
import sysconfig

import pytest

STANDALONE = Path(__file__).resolve().parents[1] / 'standalone'
if not STANDALONE.is_dir():
    pytest.skip('only in a source checkout', allow_module_level=True)


@pytest.fixture
def make_env(tmp_path, monkeypatch):
    """Give the script as a module that works in an empty folder."""
    spec = importlib.util.spec_from_file_location('make_env', STANDALONE / 'make_env.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shutil.copytree(STANDALONE, tmp_path / 'standalone')
    for name in ('setup.py', 'setup.cfg', 'pyproject.toml'):
        shutil.copy(STANDALONE.parent / name, tmp_path)
    for name, value in {
            'REPOSITORY': tmp_path, 'STANDALONE': tmp_path / 'standalone',
            'VENV': tmp_path / '.venv', 'STATE': tmp_path / '.venv' / 'state.json'}.items():
        monkeypatch.setattr(module, name, value)
    return module


@pytest.mark.parametrize('where, name, value, words', [
    (platform, 'machine', lambda: 'aarch64', 'x86-64, not Linux on aarch64'),
    (platform, 'system', lambda: 'Darwin', 'not Darwin'),
    (platform, 'python_implementation', lambda: 'PyPy', 'CPython 3.10 to 3.13'),
    (sys, 'version_info', (3, 14, 0), 'not 3.14.*PYTHON=python3'),
    (importlib.util, 'find_spec', lambda name: None, r'apt-get install python3\.\d+-venv'),
    (sysconfig, 'get_paths', lambda: {'include': '/nowhere'}, r'install python3\.\d+-dev'),
    (shutil, 'which', lambda name: None, 'compiler is missing: apt-get install g'),
])
def test_what_a_machine_lacks_is_said_in_one_line(
        make_env, monkeypatch, capsys, where, name, value, words):
    for ok in ('machine', 'system', 'python_implementation'):
        monkeypatch.setattr(
            platform, ok, {'machine': lambda: 'x86_64', 'system': lambda: 'Linux',
                           'python_implementation': lambda: 'CPython'}[ok])
    monkeypatch.setattr(where, name, value)
    assert make_env.main() == 1
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1 and said.out == ''
    with pytest.raises(make_env.EnvironmentFault, match=words):
        make_env.check_machine()
    assert not make_env.VENV.exists()


@pytest.fixture
def done(make_env, monkeypatch):
    """Give the list of the steps done, each replaced by an entry."""
    done = []
    for name in ('make_venv', 'install_packages', 'build_messages', 'install_project'):
        monkeypatch.setattr(make_env, name, lambda name=name: done.append(name))
    monkeypatch.setattr(make_env, 'check_machine', lambda: None)
    make_env.VENV.mkdir()
    return done


def test_only_what_has_changed_is_done_again(make_env, done, tmp_path):
    def after_change(path):
        done.clear()
        (tmp_path / path).write_text((tmp_path / path).read_text() + '\n')
        assert make_env.main() == 0
        return done

    everything = ['make_venv', 'install_packages', 'build_messages', 'install_project']
    assert make_env.main() == 0 and done == everything
    done.clear()
    assert make_env.main() == 0 and done == []
    assert after_change('setup.py') == everything[3:]
    assert after_change('standalone/messages/map_msgs/msg/OccupancyGridUpdate.msg') == (
        everything[2:])
    assert after_change('standalone/constraints.txt') == everything[1:]
    assert after_change('standalone/python/tf2_ros/buffer.py') == []


def test_a_step_that_failed_is_done_again(make_env, done, monkeypatch, capsys):
    def fail():
        raise make_env.EnvironmentFault('no space left')

    with monkeypatch.context() as context:
        context.setattr(make_env, 'build_messages', fail)
        assert make_env.main() == 1
    assert capsys.readouterr().err == 'make env: no space left\n'
    assert done == ['make_venv', 'install_packages']
    assert make_env.main() == 0
    assert done == ['make_venv', 'install_packages', 'build_messages', 'install_project']


@pytest.mark.skipif(
    not Path(sys.prefix, 'state.json').exists(), reason='not in an environment of make env')
def test_a_child_of_another_environment_finds_its_own_libraries(tmp_path):
    (tmp_path / 'pyvenv.cfg').touch()
    foreign = tmp_path / 'lib' / 'ros_rcl.libs'
    environment = {
        **os.environ, '_ROS_WHEELS_BOOTSTRAP_COMPLETE': '1',
        'LD_LIBRARY_PATH': f'{foreign}:/opt/kept', 'AMENT_PREFIX_PATH': str(tmp_path)}
    script = ('import os, rclpy; rclpy.init(); rclpy.shutdown(); '
              'print(os.environ["LD_LIBRARY_PATH"], os.environ["AMENT_PREFIX_PATH"])')
    said = subprocess.run(
        [sys.executable, '-c', script], env=environment, check=True, capture_output=True,
        text=True).stdout
    libraries, prefixes = said.split()
    assert str(foreign) not in libraries and '/opt/kept' in libraries
    assert str(Path(sys.prefix, 'lib')) in libraries.split(':')
    assert prefixes == sys.prefix
