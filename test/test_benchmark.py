"""The benchmark: its statistics, its folder of results, and a small sweep from end to end."""

import csv
from importlib.util import find_spec
from math import nan, pi
import os

from fsmi_explorer.benchmark import find_worlds, parallel, PRESETS, read_settings, ResultStore
from fsmi_explorer.benchmark.runs import Row
from fsmi_explorer.benchmark.statistics import bootstrap, compare
from fsmi_explorer.benchmark.table import table
from fsmi_explorer.cli.main import main
from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import FsmiExplorerError
import numpy as np
from PIL import Image
import pytest

FIRST_COLUMNS = (
    'world,policy,seed,path_length_m,duration_s,coverage,path_to_90_m,path_to_95_m,path_to_99_m,'
    'plan_ms_p50,plan_ms_p99,goals,reason')


def row(world, policy, seed, metres, to_99=nan):
    """Make a row of which only the metres matter."""
    return Row(world, policy, seed, metres, 2 * metres, 0.995, 1.0, 2.0, to_99, 5.0, 9.0, 3,
               'Explored.', 2.0, 4.0, nan, 0, True)


def test_bootstrap_of_known_values():
    """All alike: no doubt; half of them one: one half, give or take 1.96 standard errors."""
    assert bootstrap([3.0] * 9) == (3.0, 3.0, 3.0, 9)
    value, low, high, count = bootstrap([0.0, 1.0, nan] * 50)
    assert (value, count) == (0.5, 100)
    assert low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.015)
    assert high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.015)
    assert bootstrap([0.0, 0.0, 9.0], np.median).value == 0.0
    assert bootstrap([nan]).count == 0


def test_a_comparison_is_run_by_run_and_world_by_world():
    """Two starts of one world count as much as one start of the other."""
    rows = [row('a', 'base', 0, 10.0, 8.0), row('a', 'base', 1, 20.0, 8.0),
            row('b', 'base', 0, 40.0, 8.0), row('a', 'own', 0, 5.0), row('a', 'own', 1, 20.0, 8.0),
            row('b', 'own', 0, 80.0, 4.0), row('b', 'own', 1, 1.0)]
    found = compare(rows, 'own', 'base', 'path_length_m')
    assert found.ratio.value == pytest.approx((0.75 + 2.0) / 2)
    assert found.difference.value == pytest.approx((-2.5 + 40.0) / 2)
    assert (found.ratio.count, found.worse, found.lost) == (2, ('b',), 0)
    to_99 = compare(rows, 'own', 'base', 'path_to_99_m')
    assert to_99.ratio.value == pytest.approx((1.0 + 0.5) / 2)
    assert to_99.lost == 1


def test_the_table_names_what_it_compares():
    """Every policy, against the baseline, with intervals."""
    rows = [row(world, policy, 0, metres, metres) for world in 'ab'
            for policy, metres in (('base', 10.0), ('own', 5.0))]
    text = table(rows, 'base', 'standard')
    assert '| own | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] | 0.500 [0.500, 0.500]' in text
    assert '-5.0 [-5.0, -5.0]' in text


@pytest.mark.parametrize('name', PRESETS)
def test_the_robot_knows_its_own_lidar(name):
    """Whatever the settings, what exploration assumes is what is simulated."""
    config = read_settings(name)
    lidar, model = config.simulation.lidar, config.scoring.model
    assert (model.max_range, model.fov) == (lidar.range_max, lidar.fov)
    assert config.exploration.view.model.max_range == lidar.range_max
    assert config.follower.max_turn_rate == config.simulation.robot.max_turn_rate
    assert model.unknown_occupancy == 0.02
    assert config.simulation.step == 0.05


def test_settings_from_a_file(tmp_path):
    """Only what differs need be said."""
    path = tmp_path / 'own.yaml'
    path.write_text('simulation: {lidar: {fov: 3.14, noise_sigma: 0.0}, robot: {radius: 0.3}}\n')
    config = read_settings(str(path))
    assert config.scoring.model.fov == 3.14 < pi
    assert config.planner.space.robot_radius == 0.3
    path.write_text('simulation: {lidar: {range: 3}}\n')
    with pytest.raises(FsmiExplorerError, match='own.yaml.simulation.lidar: unknown parameter'):
        read_settings(str(path))


def write_world(path, occupied):
    """Write the two files of a world of cells of 5 cm."""
    Image.fromarray(np.where(occupied, 0, 254).astype(np.uint8)).save(path.with_suffix('.png'))
    path.with_suffix('.yaml').write_text(
        f'image: {path.name}.png\nresolution: 0.05\norigin: [0, 0, 0]\nnegate: 0\n'
        'occupied_thresh: 0.65\nfree_thresh: 0.25\n')


@pytest.fixture(scope='module')
def worlds(tmp_path_factory):
    """Write two worlds of 4 m x 3 m."""
    folder = tmp_path_factory.mktemp('worlds')
    for name, wall in (('left', 30), ('right', 50)):
        occupied = np.zeros((60, 80), bool)
        occupied[[0, -1]], occupied[:, [0, -1]], occupied[:40, wall:wall + 3] = True, True, True
        write_world(folder / name, occupied)
    return folder


def sweep_to(out, worlds, *more):
    """Run the command on the two worlds; return its exit status."""
    return main(['benchmark', '--worlds', str(worlds), '--policies',
                 'fsmi_greedy,nearest_frontier', '--out', str(out), *more])


@pytest.fixture(scope='module')
def swept(worlds, tmp_path_factory):
    """Run the sweep of two worlds, two policies and two starts once, for all tests."""
    out = tmp_path_factory.mktemp('sweep')
    assert sweep_to(out, worlds, '--seeds', '2') == 0
    return out


def lines_of(out):
    """Return the rows as mappings by world, policy and seed."""
    with open(out / 'results.csv', newline='') as file:
        lines = list(csv.DictReader(file))
    return {(each['world'], each['policy'], each['seed']): each for each in lines}


def test_a_small_sweep(swept):
    """A row for each run, starts that differ, a table, plots, and a picture of each way."""
    head = (swept / 'results.csv').read_text().splitlines()[0]
    assert head.startswith(FIRST_COLUMNS)
    lines = lines_of(swept)
    assert len(lines) == 8
    for each in lines.values():
        assert float(each['coverage']) > 0.99
        assert float(each['path_to_90_m']) <= float(each['path_length_m']) < 30.0
        assert each['reason'].startswith('Explored')
    paths = [lines['left', 'fsmi_greedy', seed]['path_length_m'] for seed in '01']
    assert paths[0] != paths[1]
    assert '8 runs: 2 worlds, 2 policies, 2 starts' in (swept / 'table.md').read_text()
    pictures = [swept / 'progress.png', swept / 'progress' / 'left.png',
                *(swept / 'ways' / f'{"-".join(key)}.png' for key in lines)]
    for picture in pictures:
        assert Image.open(picture).getextrema() != ((255, 255),) * 3


def test_a_finished_run_is_never_redone(swept, worlds, monkeypatch):
    """The same sweep once more runs nothing; `--again` runs one policy anew."""
    before, run = (swept / 'results.csv').read_text(), []
    monkeypatch.setattr(parallel, 'execute', lambda each, config: run.append(each))
    assert sweep_to(swept, worlds, '--seeds', '2') == 0
    assert (swept / 'results.csv').read_text() == before
    assert not run


def test_a_killed_sweep_loses_nothing(swept, worlds, tmp_path):
    """Rows that are there stay, one cut short is run again: all is as without the kill."""
    text = (swept / 'results.csv').read_text()
    head, *rows = text.splitlines(keepends=True)
    out = tmp_path / 'killed'
    (out / 'runs').mkdir(parents=True)
    for each in (swept / 'runs').iterdir():
        (out / 'runs' / each.name).write_bytes(each.read_bytes())
    (out / 'settings.yaml').write_bytes((swept / 'settings.yaml').read_bytes())
    (out / 'results.csv').write_text(head + ''.join(rows[:6]) + rows[6][:25])
    assert sweep_to(out, worlds, '--seeds', '2') == 0
    assert (out / 'results.csv').read_text().startswith(head + ''.join(rows[:6]))
    assert same_runs(lines_of(out), lines_of(swept))


def same_runs(some, others):
    """Tell whether two sweeps are alike, times of plans apart."""
    def plain(lines):
        return {key: {name: each for name, each in line.items() if not name.startswith('plan_ms')}
                for key, line in lines.items()}
    return plain(some) == plain(others)


def test_workers_change_nothing(swept, worlds, tmp_path):
    """Two processes come to the same rows as one."""
    assert sweep_to(tmp_path, worlds, '--workers', '2') == 0
    first = {key: line for key, line in lines_of(swept).items() if key[2] == '0'}
    assert same_runs(lines_of(tmp_path), first)


def test_again(swept, worlds, tmp_path):
    """The rows of one policy are thrown away, those of the others stay."""
    for name in ('results.csv', 'settings.yaml'):
        (tmp_path / name).write_bytes((swept / name).read_bytes())
    store = ResultStore(tmp_path, read_settings('standard'))
    store.forget(['fsmi_greedy'])
    assert {each.policy for each in store.rows()} == {'nearest_frontier'}
    assert len(store.rows()) == 4


def test_other_settings_are_refused(swept, worlds, capsys):
    """A folder has results of one kind only; it says which value differs."""
    assert sweep_to(swept, worlds, '--settings', 'range_5m') == 2
    said = capsys.readouterr().err
    assert 'simulation.lidar.range_max is 10.0 there and 5.0 here' in said
    assert read_yaml(swept / 'settings.yaml')['simulation.lidar.range_max'] == 10.0


def test_a_run_that_fails_is_told(worlds, tmp_path, capsys):
    """There is no row of it, the other world is run all the same, and the status is 1."""
    write_world(tmp_path / 'closet', np.zeros((4, 4), bool))
    status = main(['benchmark', '--policies', 'fsmi_greedy', '--out', str(tmp_path / 'out'),
                   '--worlds', str(tmp_path / 'closet.yaml'), str(worlds / 'left.yaml')])
    assert status == 1
    assert [key[0] for key in lines_of(tmp_path / 'out')] == ['left']
    said = capsys.readouterr().err
    assert 'closet fsmi_greedy 0 failed: ConfigurationError: a robot of 0.2 m radius' in said


def test_a_worker_that_is_killed_is_told():
    """The others do not wait for ever for a process that has gone."""
    with pytest.raises(FsmiExplorerError, match='a worker was killed'):
        list(parallel._in_processes(os._exit, [1, 1], 2))


@pytest.mark.parametrize('words, what', [
    (['--worlds', 'nowhere'], 'nowhere: no world of this name'),
    (['--worlds', 'no/such.yaml'], 'no/such.yaml: no such file'),
    (['--worlds', 'no/*.yaml'], 'no/*.yaml: there are no YAML files'),
    (['--policies', 'psychic'], 'psychic: no policy of this name'),
    (['--baseline', 'psychic'], 'psychic: no policy of this name'),
    (['--settings', 'psychic'], 'psychic: no settings of this name'),
    (['--seeds', '0'], '--seeds must be at least 1')])
def test_bad_names_are_one_line(words, what, capsys, tmp_path):
    """Nothing is run or written, and the status is 2."""
    assert main(['benchmark', '--out', str(tmp_path / 'out'), *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f'fsmi_explorer benchmark: error: {what}')
    assert said.count('\n') == 1
    assert not (tmp_path / 'out').exists()


@pytest.mark.skipif(find_spec('distributed') is not None, reason='Dask is there')
def test_a_cluster_needs_dask(worlds, tmp_path, capsys):
    """One line says how to get it."""
    assert sweep_to(tmp_path, worlds, '--scheduler', 'localhost:8786') == 2
    assert 'pip install "fsmi_explorer[cluster]"' in capsys.readouterr().err


def test_worlds_by_name_file_folder_and_pattern(worlds):
    """Each once; two different ones of one name are refused."""
    found = find_worlds(['flat', str(worlds), str(worlds / 'l*.yaml'), str(worlds / 'left.yaml')])
    assert list(found) == ['flat', 'left', 'right']
    other = worlds / 'other'
    other.mkdir()
    (other / 'left.yaml').write_text('')
    with pytest.raises(FsmiExplorerError, match='another world is called left too'):
        find_worlds([str(worlds), str(other)])
