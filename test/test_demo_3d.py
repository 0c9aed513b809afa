"""The demo in three dimensions, as a user runs it, in a room."""

import json
import subprocess
import sys

from fsmi_explorer.mapping import OccupancyGrid, VoxelMap
import numpy as np
from PIL import Image
import pytest

pytest.importorskip('rclpy')
DEADLINE = 400.0


@pytest.fixture
def room(tmp_path):
    """Give the map of a room of 5 m x 4 m with a pillar in it."""
    occupied = np.pad(np.zeros((80, 100), np.float32), 4, constant_values=1.0)
    occupied[40:48, 60:68] = 1.0
    path = OccupancyGrid(occupied, 0.05, (-0.2, -0.2, 0.0)).save(tmp_path / 'room.yaml')
    path.write_text(path.read_text() + 'start: [1.0, 1.0, 0.0]\n')
    return path


def test_a_room_is_explored_and_drawn(room, tmp_path):
    out = tmp_path / 'out'
    ended = subprocess.run(
        [sys.executable, '-m', 'fsmi_explorer.cli.main', 'demo', '--dimension', '3', '--world',
         str(room), '--rate', '4', '--out', str(out)],
        timeout=DEADLINE, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    summary = json.loads((out / 'summary.json').read_text())
    assert summary['finished'] and summary['collisions'] == 0
    assert summary['voxel_coverage'] > 0.97 and summary['surface_coverage'] > 0.8
    voxels = VoxelMap.load(out / 'map.bt')
    assert voxels.resolution == 0.1
    assert np.isfinite(voxels.probability(np.array([2.5, 2.0, 1.0])))
    assert (voxels.bounds[1] < (5.6, 4.6, 2.9)).all()  # nothing behind the walls
    with Image.open(out / 'voxels.gif') as animation, Image.open(out / 'voxels.png') as picture:
        assert animation.n_frames > 3 and picture.width > 1000
