"""The package says truly what it is, what it needs and what it installs."""

import ast
from configparser import ConfigParser
from importlib import import_module, metadata, util
import os
from pathlib import Path
import shutil
import subprocess
import sys
import sysconfig
from xml.etree import ElementTree

import fsmi_explorer
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
EXECUTABLES = {
    'fsmi_explorer', 'mapping_node', 'mi_node', 'goal_node', 'simulator_node', 'navigator_node'}
CORE = (
    'benchmark', 'exploration', 'information', 'logs', 'mapping', 'navigation', 'simulation')
KEYS = {
    'PIL': 'python3-pil', 'matplotlib': 'python3-matplotlib', 'numba': 'python3-numba',
    'llvmlite': 'python3-numba',  # which cannot do without
    'numpy': 'python3-numpy', 'yaml': 'python3-yaml', 'tf2_ros': 'tf2_ros_py'}
# Come with pip on every distribution: asked for when a rosbag is to be read or a cluster used.
NOT_IN_ROSDEP = {'rosbags', 'distributed'}


def manifest() -> ElementTree.Element:
    """Return package.xml."""
    return ElementTree.parse(REPOSITORY / 'package.xml').getroot()


def imports_of(folder: Path) -> dict[str, set[str]]:
    """Map the top-level names that the modules below a folder import to the files that do."""
    found = {}
    for path in folder.rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else (
                [node.module] if isinstance(node, ast.ImportFrom) else [])
            for name in names:
                found.setdefault(name.split('.')[0], set()).add(str(path))
    return {name: files for name, files in found.items()
            if name not in sys.stdlib_module_names and name != 'fsmi_explorer'}


def copy_of_the_sources(target: Path) -> Path:
    """Copy what is under version control or would be; builds leave traces."""
    return Path(shutil.copytree(REPOSITORY, target, ignore=shutil.ignore_patterns(
        '.*', '__pycache__', '*.egg-info', 'build', 'install', 'log', 'output', 'results')))


def test_one_version():
    assert manifest().findtext('version') == fsmi_explorer.__version__
    assert metadata.version('fsmi_explorer') == fsmi_explorer.__version__


def test_the_manifest_is_of_an_ament_python_package():
    root = manifest()
    assert root.get('format') == '3'
    assert root.findtext('name') == 'fsmi_explorer'
    assert root.findtext('license') == 'Apache-2.0'
    assert 'Apache License' in (REPOSITORY / root.find('license').get('file')).read_text()
    assert root.findtext('export/build_type') == 'ament_python'
    assert (REPOSITORY / 'resource' / 'fsmi_explorer').exists()


def test_every_import_is_declared():
    root = manifest()
    declared = {each.text for each in root if each.tag in ('depend', 'exec_depend')}
    needed = imports_of(REPOSITORY / 'fsmi_explorer')
    for folder in ('launch',):
        needed |= imports_of(REPOSITORY / folder)
    missing = {
        name: files for name, files in needed.items()
        if KEYS.get(name, name) not in declared and name not in NOT_IN_ROSDEP}
    assert not missing
    numba, = (each for each in root if each.text == 'python3-numba')
    assert numba.get('condition') == '$ROS_DISTRO == humble or $ROS_DISTRO == lyrical'


@pytest.mark.parametrize('folder', CORE)
def test_the_core_imports_no_ros(folder):
    allowed = {'llvmlite', 'numba', 'numpy', 'yaml', 'PIL'}
    allowed |= {'logs': {'rosbags'}, 'benchmark': {'distributed', 'matplotlib'}}.get(folder, set())
    outside = imports_of(REPOSITORY / 'fsmi_explorer' / folder)
    assert not {name: files for name, files in outside.items() if name not in allowed}


def test_every_executable_leads_to_a_function():
    scripts = {
        each.name: each for each in metadata.entry_points(group='console_scripts')
        if each.value.startswith('fsmi_explorer.')}
    assert set(scripts) == EXECUTABLES
    for each in scripts.values():
        assert callable(each.load())


def test_ros2_run_finds_the_executables():
    config = ConfigParser()
    config.read(REPOSITORY / 'setup.cfg')
    assert config['develop']['script_dir'] == '$base/lib/fsmi_explorer'
    assert config['install']['install_scripts'] == '$base/lib/fsmi_explorer'


def test_pip_installs_executables_and_shared_files(tmp_path):
    sources = copy_of_the_sources(tmp_path / 'sources')
    prefix = tmp_path / 'prefix'
    subprocess.run(
        [sys.executable, '-m', 'pip', 'install', '-q', '--no-deps', '--no-build-isolation',
         '--ignore-installed', '--no-compile', '--no-warn-script-location', '--prefix', prefix,
         sources],
        check=True)
    assert EXECUTABLES <= {path.name for path in (prefix / 'bin').iterdir()}
    share = prefix / 'share'
    assert (share / 'ament_index/resource_index/packages/fsmi_explorer').exists()
    for folder in ('launch', 'config', 'rviz', 'worlds', 'urdf'):
        ours = {path.relative_to(REPOSITORY) for path in (REPOSITORY / folder).rglob('*')
                if path.is_file() and '__pycache__' not in path.parts}
        assert all((share / 'fsmi_explorer' / path).is_file() for path in ours)
    packages = sysconfig.get_path('purelib', vars={'base': str(prefix)})
    said = subprocess.run(
        [prefix / 'bin' / 'fsmi_explorer', '--version'], cwd=tmp_path, capture_output=True,
        env={**os.environ, 'PYTHONPATH': packages}, text=True, check=True)
    assert said.stdout == f'fsmi_explorer {fsmi_explorer.__version__}\n'


@pytest.mark.skipif(shutil.which('colcon') is None, reason='no colcon here')
def test_colcon_installs_executables_for_ros2_run(tmp_path):
    copy_of_the_sources(tmp_path / 'src' / 'fsmi_explorer')
    subprocess.run(['colcon', 'build'], cwd=tmp_path, check=True, capture_output=True)
    install = tmp_path / 'install' / 'fsmi_explorer'
    assert EXECUTABLES <= {path.name for path in (install / 'lib' / 'fsmi_explorer').iterdir()}
    assert (install / 'share/ament_index/resource_index/packages/fsmi_explorer').exists()
    assert (install / 'share/fsmi_explorer/package.xml').exists()
    assert not (tmp_path / 'install' / 'tf2_ros').exists()


@pytest.mark.parametrize('linter', ['ament_flake8', 'ament_pep257'])
def test_ament_linters(linter):
    pytest.importorskip(f'{linter}.main')
    assert import_module(f'{linter}.main').main(argv=[str(REPOSITORY / 'fsmi_explorer')]) == 0


@pytest.mark.skipif(util.find_spec('ruff') is None, reason='no ruff here')
def test_ruff():
    found = subprocess.run(
        [sys.executable, '-m', 'ruff', 'check', '--output-format', 'concise', REPOSITORY],
        capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
