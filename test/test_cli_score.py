"""`fsmi_explorer score` on a tiny map: files, the best pose, options, bad values."""

from fsmi_explorer.cli.main import main
from fsmi_explorer.information import BeamModel, mutual_information_surface
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
from PIL import Image
import pytest


@pytest.fixture
def half_known(tmp_path):
    """Save a walled room of which the right half was never observed; return its file."""
    p = np.zeros((30, 40), np.float32)
    p[[0, -1]] = p[:, [0, -1]] = 1.0
    p[1:-1, 20:-1] = np.nan
    return OccupancyGrid(p, 0.1, (1.0, 2.0, 0.0)).save(tmp_path / 'map.yaml')


def test_every_cell_gets_its_bits(half_known, tmp_path, capsys):
    assert main(['score', str(half_known), '--out', str(tmp_path), '--beams', '24']) == 0
    bits = np.load(tmp_path / 'mi.npy')
    grid = OccupancyGrid.load(half_known)
    assert np.array_equal(bits, mutual_information_surface(grid, BeamModel(num_beams=24)))
    assert bits.shape == (30, 40)
    assert bits.min() >= 0
    said = capsys.readouterr().out
    x = float(said.split('best pose x ')[1].split()[0])
    assert 2.5 < x <= 3.0, 'the best free cell borders on the unknown'
    assert '1200 cells, 24 beams' in said
    assert said.count('\n') == 1


def test_the_picture_can_be_looked_at(half_known, tmp_path):
    main(['score', str(half_known), '--out', str(tmp_path)])
    with Image.open(tmp_path / 'mi.png') as image:
        image.load()
        assert min(image.size) > 300


def test_a_narrow_view_looks_at_the_unknown(half_known, tmp_path, capsys):
    main(['score', str(half_known), '--out', str(tmp_path), '--fov', '1.0', '--max-range', '2.0'])
    yaw = float(capsys.readouterr().out.split('yaw ')[1].split()[0])
    assert abs(yaw) < 0.8


def test_options_reach_the_model(half_known, tmp_path):
    main(['score', str(half_known), '--out', str(tmp_path / 'a')])
    main(['score', str(half_known), '--out', str(tmp_path / 'b'), '--unknown-occupancy', '0.05',
          '--max-range', '0.8'])
    free = np.s_[5:25, 2:19]
    near, far = np.load(tmp_path / 'b/mi.npy')[free], np.load(tmp_path / 'a/mi.npy')[free]
    assert near[:, :8].max() == 0.0 < far[:, :8].min()


@pytest.mark.parametrize(('words', 'reason'), [
    (['--fov', '7'], 'fov must be 0 to 6.28'), (['--beams', '0'], 'num_beams'),
    (['--max-range', '0'], 'max_range'), (['--unknown-occupancy', '1.5'], 'unknown_occupancy'),
    (['--method', 'fsmi', '--sigma', '0'], 'fsmi'), (['--threads', '0'], 'threads')])
def test_bad_values_are_refused(half_known, tmp_path, capsys, words, reason):
    assert main(['score', str(half_known), '--out', str(tmp_path / 'out'), *words]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()
