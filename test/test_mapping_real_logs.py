"""Real lidar logs with corrected poses: single crisp walls, where the poses put them."""

from fsmi_explorer.mapping import LaserScan, MappingConfig, OccupancyMap, SensorPoses
import numpy as np
import pytest

LOGS = ['intel', 'aces', 'freiburg-101', 'orebro', 'seattle']


def map_log(log, poses):
    """Map a log; its lidars answer with range_max where they saw nothing for whatever reason."""
    occupancy = OccupancyMap(MappingConfig(inf_is_free=False))
    sweep = (float(log[key]) for key in ('angle_min', 'angle_increment', 'range_min', 'range_max'))
    sweep = tuple(sweep)
    for ranges, pose in zip(log['ranges'], poses):
        occupancy.insert_scan(LaserScan(ranges, *sweep), SensorPoses.planar(pose))
    return occupancy.grid()


def endpoints(log, poses):
    """Return (m, 2) x, y of all returns."""
    ranges = log['ranges'].astype(float)
    angles = poses[:, 2:] + log['angle_min'] + log['angle_increment'] * np.arange(ranges.shape[1])
    points = poses[:, None, :2] + ranges[..., None] * np.stack(
        [np.cos(angles), np.sin(angles)], axis=-1)
    return points[(ranges >= log['range_min']) & (ranges < log['range_max'])]


def spread(cells):
    """Return the cells that are set or next to one, corners included."""
    padded = np.pad(cells, 1)
    rows, cols = cells.shape
    return np.any([padded[row:row + rows, col:col + cols]
                   for row in range(3) for col in range(3)], axis=0)


def share_on_walls(grid, points):
    """Return which share of the points lies in occupied cells, and in or next to one."""
    walls = grid.probabilities > 0.65
    rows, cols = grid.world_to_cell(points).T
    return walls[rows, cols].mean(), spread(walls)[rows, cols].mean()


@pytest.fixture(scope='module', params=LOGS)
def log(request, data_dir):
    """Give each log in turn."""
    return np.load(data_dir / 'logs2d' / f'{request.param}_corrected.npz')


def test_walls_are_where_the_returns_are(log):
    """Most returns lie on walls, nearly all of them within a cell; thick walls are rare."""
    poses = log['pose']
    grid = map_log(log, poses)
    on, near = share_on_walls(grid, endpoints(log, poses))
    assert on > 0.5
    assert near > 0.87
    walls = grid.probabilities > 0.65
    inside = ~spread(~walls)
    assert inside.sum() < 0.02 * walls.sum()


def test_the_sensor_was_in_free_space(log):
    """Every cell that held the sensor is known to be free."""
    poses = log['pose']
    grid = map_log(log, poses)
    rows, cols = grid.world_to_cell(poses[:, :2]).T
    assert (grid.probabilities[rows, cols] < 0.25).all()


def test_wrong_poses_are_noticed(data_dir):
    """The measure of the walls would see poses that are wrong by a few centimetres."""
    log = np.load(data_dir / 'logs2d' / 'seattle_corrected.npz')
    poses = log['pose'] + np.random.default_rng(0).normal(0, (0.1, 0.1, 0.02), (241, 3))
    on, near = share_on_walls(map_log(log, poses), endpoints(log, poses))
    assert on < 0.5
    assert near < 0.87
