"""`fsmi_explorer replay`: logs through the real nodes, against the same scans mapped directly."""

import bz2
import json

from bag_files import SCAN, scan, transform, TRANSFORMS, write_bag
from fsmi_explorer.cli.main import main
from fsmi_explorer.logs import read_log
from fsmi_explorer.mapping import MappingConfig, OccupancyGrid, OccupancyMap, SensorPoses
import numpy as np
from PIL import Image
import pytest

pytest.importorskip('rclpy')


def rooms_log(path, scans=40, gap=4.0):
    """Write a log of a robot that drives along a hall of 12 x 4 m, with pauses; return it."""
    lines = []
    angles = np.radians(np.arange(-90, 90))
    for i in range(scans):
        x, y, yaw = 1.5 + 0.2 * i, 2.0 + 0.2 * np.sin(i), 0.2 * np.cos(i)
        c, s = np.cos(angles + yaw), np.sin(angles + yaw)
        with np.errstate(divide='ignore'):
            ranges = np.minimum(np.where(c > 0, (12 - x) / c, -x / c),
                                np.where(s > 0, (4 - y) / s, -y / s))
        words = ' '.join(f'{r:.3f}' for r in ranges)
        stamp = 100.0 + gap * i + (30.0 if i > scans // 2 else 0.0)
        lines.append(f'FLASER 180 {words} {x} {y} {yaw} {x} {y} {yaw} {stamp} host {stamp}')
    path.write_text('\n'.join(lines) + '\n')
    return path


def mapped_directly(log):
    """Map a CARMEN log without ROS."""
    occupancy = OccupancyMap(MappingConfig(inf_is_free=log.no_return_is_free))
    for each in log.scans():
        occupancy.insert_scan(each.scan, SensorPoses.planar(each.pose))
    return occupancy.grid()


def check_map(folder, expected):
    """Check that a saved map is the expected one but for rounding at the edges of cells."""
    grid = OccupancyGrid.load(folder / 'map.yaml')
    assert grid.shape == expected.shape
    assert grid.origin == pytest.approx(expected.origin)
    theirs = np.full(expected.shape, np.nan)
    theirs[expected.probabilities > 0.65] = 1.0
    theirs[expected.probabilities < 0.25] = 0.0
    ours = np.where(grid.probabilities > 0.65, 1.0, np.where(grid.probabilities < 0.25, 0, np.nan))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    assert np.count_nonzero(~same) <= 2e-3 * np.count_nonzero(~np.isnan(theirs))


def check_results(folder, scans):
    """Check the summary and the picture; return the summary."""
    summary = json.loads((folder / 'summary.json').read_text())
    assert summary['scans_read'] == summary['scans_inserted'] == scans
    assert summary['scans_dropped'] == {}
    with Image.open(folder / 'mi.png') as image:
        image.load()
        assert min(image.size) > 300
    for name in ('mapping_node', 'mi_node'):
        output = (folder / 'logs' / f'{name}.log').read_text()
        assert 'unknown parameter' not in output
        assert 'jumped' not in output
    return summary


def test_a_hall(tmp_path, capsys):
    path = rooms_log(tmp_path / 'hall.log')
    assert main(['replay', str(path), '--out', str(tmp_path / 'out')]) == 0
    summary = check_results(tmp_path / 'out', 40)
    assert summary['path_length_m'] == pytest.approx(9.0, abs=1.5)
    # All of the hall but what lies behind the start and beside the edges of the view.
    assert 40 < summary['known_area_m2'] < 49
    check_map(tmp_path / 'out', mapped_directly(read_log(path)))
    assert '40 scans, 0 dropped' in capsys.readouterr().out


def test_a_cut_of_a_real_log(data_dir, tmp_path):
    with bz2.open(data_dir / 'logs2d/originals/aces.clf.bz2', 'rt') as whole:
        lines = [line for line in whole if line.startswith('FLASER')][1500:1620]
    path = tmp_path / 'aces.clf'
    path.write_text(''.join(lines))
    assert main(['replay', str(path), '--out', str(tmp_path / 'out')]) == 0
    check_results(tmp_path / 'out', 120)
    check_map(tmp_path / 'out', mapped_directly(read_log(path)))


def test_a_bag_whose_transforms_come_late(tmp_path):
    messages = [('/tf_static', TRANSFORMS, transform(0, 'base_link', 'laser', 0.2))]
    for i in range(20):
        now = 50.0 + 0.25 * i
        messages.append(('/front/scan', SCAN, scan(now, ranges=np.full(180, 2.0))))
        if i:
            messages.append(('/tf', TRANSFORMS, transform(now + 0.2, 'odom', 'base_link', i / 8)))
        else:
            messages.append(('/tf', TRANSFORMS, transform(now, 'odom', 'base_link')))
    path = write_bag(tmp_path / 'bag', messages)
    assert main(['replay', str(path), '--out', str(tmp_path / 'out')]) == 0
    summary = check_results(tmp_path / 'out', 20)
    assert summary['path_length_m'] == pytest.approx(19 / 8, abs=0.3)


def test_scans_that_nobody_placed_are_counted(tmp_path):
    messages = [('/tf_static', TRANSFORMS, transform(0, 'base_link', 'laser', 0.2)),
                ('/tf', TRANSFORMS, transform(50.0, 'odom', 'base_link')),
                ('/scan', SCAN, scan(50.0)), ('/scan', SCAN, scan(49.5)),
                ('/tf', TRANSFORMS, transform(53.0, 'odom', 'base_link'))]
    path = write_bag(tmp_path / 'bag', messages)
    assert main(['replay', str(path), '--out', str(tmp_path / 'out')]) == 0
    summary = json.loads((tmp_path / 'out' / 'summary.json').read_text())
    assert (summary['scans_read'], summary['scans_inserted']) == (2, 1)
    assert sum(summary['scans_dropped'].values()) == 1
    assert 'no transform' in next(iter(summary['scans_dropped']))


def test_a_bag_that_cannot_be_mapped(tmp_path, capsys):
    messages = [('/tf', TRANSFORMS, transform(50.0, 'odom', 'base_link')),
                ('/tf', TRANSFORMS, transform(50.0, 'base_link', 'laser')),
                ('/scan', SCAN, scan(40.0)), ('/scan', SCAN, scan(45.0))]
    path = write_bag(tmp_path / 'bag', messages)
    assert main(['replay', str(path), '--out', str(tmp_path / 'out')]) == 2
    assert 'no scan could be mapped: no transform map -> laser' in capsys.readouterr().err
