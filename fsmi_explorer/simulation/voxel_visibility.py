"""What of a world of voxels a robot's 3D sensor can see at all, and how much of it a map knows."""

from fsmi_explorer.jit import kernel
from fsmi_explorer.simulation.reachability import reachable_area
from fsmi_explorer.simulation.voxel_rays import first_hit
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world import World
import numpy as np

SEAT_SPACING = 0.4  # m between the places of the sensor that are tried


def visible_points(world: VoxelWorld, points: np.ndarray, seats: np.ndarray, range_max: float,
                   elevations: tuple[float, float] = (-np.pi / 2, np.pi / 2)) -> np.ndarray:
    """
    Tell which points a sensor sees, all round, from any of its places.

    A point is seen when a straight line leads to it from a place of the sensor, within range and
    between the elevations, and meets nothing solid on its way.

    :param points: (k, 3) in m, not in what is solid; near ones are best near each other.
    :param seats: (n, 3) places of the sensor in m.
    :param range_max: in m.
    :param elevations: of the lowest and the highest ray in rad.
    :return: (k,) bool.
    """
    low, high = np.tan(np.clip(elevations, -1.57, 1.57))
    place = world.to_voxels(seats)
    tile = SEAT_SPACING / world.resolution
    tiles = np.full([int(side / tile) + 2 for side in world.shape[1:]], -1, np.int64)
    tiles[tuple((place[:, 1::-1] / tile).astype(int).T)] = np.arange(len(place))
    reach = range_max / world.resolution
    ring = int(np.ceil(reach / tile)) + 1
    steps = np.stack(np.mgrid[-ring:ring + 1, -ring:ring + 1], axis=-1).reshape(-1, 2)
    steps = steps[np.argsort((steps ** 2).sum(axis=1), kind='stable')]
    seen = np.zeros(len(points), bool)
    _see(world.free_distance, world.to_voxels(points), place, tiles, tile, steps, reach, low,
         high, seen)
    return seen


@kernel
def _see(distance, points, place, tiles, tile, steps, reach, low, high, seen):
    """Try for each point the place that saw the one before, then all, the near ones first."""
    seer = 0
    for i in range(points.shape[0]):
        if not _sees(distance, place[seer], points[i], reach, low, high):
            found = _find_seer(
                distance, place, tiles, tile, steps, reach, low, high, points[i])
            if found < 0:
                continue
            seer = found
        seen[i] = True


@kernel
def _find_seer(distance, place, tiles, tile, steps, reach, low, high, point):
    """Return the number of a place that sees the point, -1 when there is none."""
    tile_row, tile_col = int(point[1] / tile), int(point[0] / tile)
    for step in range(steps.shape[0]):
        row, col = tile_row + steps[step, 0], tile_col + steps[step, 1]
        if 0 <= row < tiles.shape[0] and 0 <= col < tiles.shape[1]:
            seer = tiles[row, col]
            if seer >= 0 and _sees(distance, place[seer], point, reach, low, high):
                return seer
    return -1


@kernel
def _sees(distance, place, point, reach, low, high):
    """Tell whether a point is in range, between the slopes and not hidden."""
    x, y, z = place
    dx, dy, dz = point[0] - x, point[1] - y, point[2] - z
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


def visible_space(world: VoxelWorld, resolution: float, seats: np.ndarray, range_max: float,
                  elevations: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """
    Find the voxels of a map that a sensor can see.

    :param world: the world, whose own voxels may be finer.
    :param resolution: side in m of the voxels of the map, whose edges lie at its multiples.
    :param seats: as of `visible_points`, like all that follows.
    :return: (n, 3) m, centres of those that are free altogether and visible; and (k, 3) m of
        those that are not free altogether and share a side with a visible one.
    """
    low = np.floor(np.array(world.origin) / resolution + 1e-6).astype(int) - 1
    high = np.ceil((world.origin + world.resolution * np.array(world.shape[::-1]))
                   / resolution - 1e-6).astype(int) + 1
    shape = (high - low)[[1, 0, 2]]  # rows, columns and layers: columns of space stay together
    places = np.stack(np.unravel_index(np.arange(shape.prod()), shape), axis=-1)
    centres = (places[:, [1, 0, 2]] + low + 0.5) * resolution
    free = ~_touches_solid(world, centres, resolution)
    seen = np.zeros(len(free), bool)
    seen[free] = visible_points(world, centres[free], seats, range_max, elevations)
    seen, free = seen.reshape(shape), free.reshape(shape)
    surface = _beside(seen) & ~free
    return centres[seen.ravel()], centres[surface.ravel()]


def _touches_solid(world: VoxelWorld, centres: np.ndarray, resolution: float) -> np.ndarray:
    """Tell which voxels (n,) of a map hold something solid, by points within each."""
    count = max(1, round(resolution / world.resolution))
    offsets = resolution * ((np.arange(count) + 0.5) / count - 0.5)
    solid = np.pad(world.solid, 1, constant_values=True)
    touches = np.zeros(len(centres), bool)
    for offset in np.stack(np.meshgrid(offsets, offsets, offsets), axis=-1).reshape(-1, 3):
        voxels = np.floor(world.to_voxels(centres + offset) + 1e-6).astype(int)
        voxels = np.clip(voxels, 0, np.array(solid.shape[::-1]) - 1)
        touches |= solid[voxels[:, 2], voxels[:, 1], voxels[:, 0]]
    return touches


def _beside(mask: np.ndarray) -> np.ndarray:
    """Mark the six neighbours of each voxel of a mask."""
    beside = np.zeros_like(mask)
    for axis in range(3):
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        beside[tuple(ahead)] |= mask[tuple(behind)]
        beside[tuple(behind)] |= mask[tuple(ahead)]
    return beside
