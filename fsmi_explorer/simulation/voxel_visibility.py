"""What of a world of voxels a robot's 3D sensor can see at all, and how much of it a map knows."""

from fsmi_explorer.jit import kernel
from fsmi_explorer.simulation.reachability import reachable_area
from fsmi_explorer.simulation.voxel_rays import first_hit
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world import World
import numpy as np

SEAT_SPACING = 0.4  # m between the places of the sensor that are tried


def visible_voxels(voxel_world: VoxelWorld, seats: np.ndarray, range_max: float,
                   elevations: tuple[float, float] = (-np.pi / 2, np.pi / 2)) -> np.ndarray:
    """
    Tell which free voxels a sensor sees, all round, from any of its places.

    A voxel is seen when a straight line leads from a place of the sensor to the middle of the
    voxel, within range and between the elevations, and meets nothing solid on its way.

    :param seats: (n, 3) places of the sensor in m.
    :param range_max: in m.
    :param elevations: of the lowest and the highest ray in rad.
    :return: (D, H, W) bool.
    """
    low, high = np.tan(np.clip(elevations, -1.57, 1.57))
    place = voxel_world.to_voxels(seats)
    tile = SEAT_SPACING / voxel_world.resolution
    tiles = np.full([int(side / tile) + 2 for side in voxel_world.shape[1:]], -1, np.int64)
    tiles[tuple((place[:, 1::-1] / tile).astype(int).T)] = np.arange(len(place))
    reach = range_max / voxel_world.resolution
    ring = int(np.ceil(reach / tile)) + 1
    steps = np.stack(np.mgrid[-ring:ring + 1, -ring:ring + 1], axis=-1).reshape(-1, 2)
    steps = steps[np.argsort((steps ** 2).sum(axis=1), kind='stable')]
    seen = np.zeros(voxel_world.shape, bool)
    _see(voxel_world.free_distance, place, tiles, tile, steps, reach, low, high, seen)
    return seen


@kernel
def _see(distance, place, tiles, tile, steps, reach, low, high, seen):
    """Try for each free voxel the place that saw the one before, then all, the near ones first."""
    layers, rows, cols = seen.shape
    seer = 0
    for row in range(rows):
        for col in range(cols):
            for layer in range(layers):
                if distance[layer + 1, row + 1, col + 1] == 0:
                    continue
                voxel = (col + 1.5, row + 1.5, layer + 1.5)
                if not _sees(distance, place[seer], voxel, reach, low, high):
                    found = _find_seer(
                        distance, place, tiles, tile, steps, reach, low, high, voxel)
                    if found < 0:
                        continue
                    seer = found
                seen[layer, row, col] = True


@kernel
def _find_seer(distance, place, tiles, tile, steps, reach, low, high, voxel):
    """Return the number of a place that sees the voxel, -1 when there is none."""
    tile_row, tile_col = int(voxel[1] / tile), int(voxel[0] / tile)
    for step in range(steps.shape[0]):
        row, col = tile_row + steps[step, 0], tile_col + steps[step, 1]
        if 0 <= row < tiles.shape[0] and 0 <= col < tiles.shape[1]:
            seer = tiles[row, col]
            if seer >= 0 and _sees(distance, place[seer], voxel, reach, low, high):
                return seer
    return -1


@kernel
def _sees(distance, place, voxel, reach, low, high):
    """Tell whether a voxel is in range, between the slopes and not hidden."""
    x, y, z = place
    dx, dy, dz = voxel[0] - x, voxel[1] - y, voxel[2] - z
    level = np.hypot(dx, dy)
    length = np.hypot(level, dz)
    if length > reach or dz < low * level or dz > high * level:
        return False
    return length == 0.0 or first_hit(
        distance, x, y, z, dx / length, dy / length, dz / length, length) > length


def sensor_seats(world: World, robot_radius: float, mount: tuple[float, float, float],
                 start=None) -> np.ndarray:
    """
    List places of a sensor on a robot: one in each square of the spacing that it can reach.

    :param world: the 2D world that the robot drives in.
    :param robot_radius: in m.
    :param mount: x, y, z of the sensor on the robot in m; x and y are small against the spacing.
    :param start: as of `reachable_area`.
    :return: (n, 3) x, y, z in m.
    """
    cells = np.argwhere(reachable_area(world, robot_radius, start))
    tile = max(1, round(SEAT_SPACING / world.resolution))
    offset = np.abs(cells % tile - tile // 2).sum(axis=1)
    cells = cells[np.argsort(offset, kind='stable')]
    _, first = np.unique(cells // tile, axis=0, return_index=True)
    return np.column_stack(
        [world.cell_centres(cells[first]), np.full(len(first), mount[2])])


def surface_voxels(voxel_world: VoxelWorld, visible: np.ndarray) -> np.ndarray:
    """Tell which solid voxels (D, H, W) bool share a side with a visible free one."""
    padded = np.pad(visible, 1)
    beside = np.zeros(visible.shape, bool)
    for axis in range(3):
        for shift in (0, 2):
            window = [slice(1, -1)] * 3
            window[axis] = slice(shift, shift + visible.shape[axis])
            beside |= padded[tuple(window)]
    return beside & voxel_world.solid
