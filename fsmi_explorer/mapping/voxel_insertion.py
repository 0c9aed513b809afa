"""Kernels that put the rays of one cloud into blocks of voxels."""

from typing import NamedTuple

from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping.traversal import CORNER
from fsmi_explorer.mapping.voxel_blocks import (
    BRICK,
    BRICK_BITS,
    divide_brick,
    new_region,
    NONE,
    place_in,
    place_of_brick,
    PLACES,
    REGION_BITS,
    unite_brick,
)
import numpy as np

_ONE = 2.0 ** 61
"""The whole length of a ray; crossings of borders are counted in whole parts of it."""

_NEVER = np.int64(2) ** 62

_BIT = np.uint64(1)

_HIT = BRICK
"""Marks of hits follow those of passes."""


class Marks(NamedTuple):
    """
    What the rays of a cloud say of the voxels of each brick, a bit for each voxel.

    :param layers: (m, 16) uint64; of marked bricks, the voxels passed in 8 layers of z, y x
        within, and those hit.
    :param places: (m,) int64 place of each marked brick.
    :param marks_of: (r * 512,) int32 for each place of a brick one more than its row of layers;
        0 for those without.
    :param used: (1,) int64 rows in use.
    """

    layers: np.ndarray
    places: np.ndarray
    marks_of: np.ndarray
    used: np.ndarray

    @classmethod
    def room(cls, rows: int, places: int) -> 'Marks':
        """Return no marks, with room for those of so many bricks of so many places."""
        return cls(np.empty((rows, 2 * BRICK), np.uint64), np.empty(rows, np.int64),
                   np.zeros(places, np.int32), np.zeros(1, np.int64))

    def with_room(self, rows: int, places: int) -> 'Marks':
        """Return the marks with more room."""
        marks, used = Marks.room(rows, places), self.used[0]
        marks.layers[:used], marks.places[:used] = self.layers[:used], self.places[:used]
        marks.marks_of[:self.marks_of.size], marks.used[0] = self.marks_of, used
        return marks


class Frame(NamedTuple):
    """
    Where points are and where they were seen from.

    :param rotation: (3, 3) of the frame of the points in the frame of the map.
    :param translation: (3,) of the same, m.
    :param start: (3,) the sensor in the frame of the map, m.
    :param limits: (2,) nearer points are left out, farther ones cut and taken for no hit, m.
    :param resolution: side of a voxel, m.
    """

    rotation: np.ndarray
    translation: np.ndarray
    start: np.ndarray
    limits: np.ndarray
    resolution: float


def rotation_matrix(quaternion: np.ndarray) -> np.ndarray:
    """Return the (3, 3) rotation matrix of a unit quaternion x y z w."""
    x, y, z, w = quaternion
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])


@kernel
def ray_end(point, frame):
    """
    Return where a ray ends in voxels, whether short of its point, and whether it counts.

    :param point: (3,) in its own frame, m.
    :param frame: see `Frame`.
    """
    turn, origin, start = frame.rotation, frame.translation, frame.start
    u, v, w = np.float64(point[0]), np.float64(point[1]), np.float64(point[2])
    x = turn[0, 0] * u + turn[0, 1] * v + turn[0, 2] * w + origin[0]
    y = turn[1, 0] * u + turn[1, 1] * v + turn[1, 2] * w + origin[1]
    z = turn[2, 0] * u + turn[2, 1] * v + turn[2, 2] * w + origin[2]
    dx, dy, dz = x - start[0], y - start[1], z - start[2]
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    near, far = frame.limits
    if not (length >= near and length < np.inf):
        return 0.0, 0.0, 0.0, False, False
    cut = length > far
    if cut:
        share = far / length
        x, y, z = start[0] + dx * share, start[1] + dy * share, start[2] + dz * share
    return x / frame.resolution, y / frame.resolution, z / frame.resolution, cut, True


@kernel
def bounds_of_ends(points, frame, bounds):
    """
    Find the voxels between which all rays end.

    :param points: (n, 3) m.
    :param bounds: (2, 3) least and greatest coordinates in voxels, updated.
    :return: number of rays that count.
    """
    count = 0
    for i in range(len(points)):
        x, y, z, _, counts = ray_end(points[i], frame)
        if counts:
            count += 1
            bounds[0, 0], bounds[1, 0] = min(bounds[0, 0], x), max(bounds[1, 0], x)
            bounds[0, 1], bounds[1, 1] = min(bounds[0, 1], y), max(bounds[1, 1], y)
            bounds[0, 2], bounds[1, 2] = min(bounds[0, 2], z), max(bounds[1, 2], z)
    return count


@kernel
def mark_rays(points, hits, frame, blocks, marks, first):
    """
    Mark the voxels that rays pass and those that they hit.

    Marking a ray again changes nothing, so the caller makes room and goes on where this stopped.

    :param points: (n, 3) m.
    :param hits: (n,) or (1,) bool; without a hit the last voxel counts as passed.
    :param frame: see `Frame`.
    :param blocks: whose roots span all rays; gets regions.
    :param marks: written.
    :param first: ray to begin with.
    :return: number of rays done, fewer than n when there was no room for more.
    """
    resolution = frame.resolution
    start = (frame.start[0] / resolution, frame.start[1] / resolution, frame.start[2] / resolution)
    roots, corner = blocks.roots, (blocks.corner[0], blocks.corner[1], blocks.corner[2])
    layers, marks_of = marks.layers, marks.marks_of
    for i in range(first, len(points)):
        x, y, z, cut, counts = ray_end(points[i], frame)
        if counts:
            hit = hits[i if hits.size > 1 else 0] and not cut
            if not _mark_ray(
                    start, (x, y, z), hit, roots, corner, layers, marks_of, blocks, marks):
                return i
    return len(points)


@kernel
def _mark_ray(start, end, hit, roots, corner, layers, marks_of, blocks, marks):
    """
    Mark the voxels of one ray (Amanatides and Woo 1987); tell whether there was room.

    The steps still to go are counted, so that the walk ends in the voxel of the end point whatever
    the rounding. Borders closer to each other than CORNER voxels are crossed at once.
    """
    x, step_x, left_x, next_x, pitch_x = _axis(start[0], end[0])
    y, step_y, left_y, next_y, pitch_y = _axis(start[1], end[1])
    z, step_z, left_z, next_z, pitch_z = _axis(start[2], end[2])
    longest = max(abs(end[0] - start[0]), abs(end[1] - start[1]), abs(end[2] - start[2]), CORNER)
    near = np.int64(CORNER / longest * _ONE)
    last_x, last_y, last_z, row = ~x, y, z, NONE
    last, voxel = BRICK - 1, _BIT
    while True:
        if ((x ^ last_x) | (y ^ last_y) | (z ^ last_z)) >> BRICK_BITS:
            row = _row_of_brick(roots, corner, marks_of, x, y, z)
            if row == NONE:
                row = _marks_of_brick(blocks, marks, x, y, z)
            if row == NONE:
                return False
            last_x, last_y, last_z = x, y, z
        voxel = _BIT << np.uint64((y & last) << BRICK_BITS | (x & last))
        layers[row, z & last] |= voxel
        nearest = min(next_x, min(next_y, next_z))
        if nearest == _NEVER:
            break
        nearest += near
        if next_x <= nearest:
            x += step_x
            left_x -= 1
            next_x = next_x + pitch_x if left_x else _NEVER
        if next_y <= nearest:
            y += step_y
            left_y -= 1
            next_y = next_y + pitch_y if left_y else _NEVER
        if next_z <= nearest:
            z += step_z
            left_z -= 1
            next_z = next_z + pitch_z if left_z else _NEVER
    if hit:
        layers[row, _HIT + (z & last)] |= voxel
    return True


@kernel
def _axis(start, end):
    """
    Return how a ray runs along one axis.

    :return: first voxel, step, number of steps, where along the ray the first border is crossed,
        and how far it is from border to border.
    """
    first, extent = np.int64(np.floor(start)), end - start
    steps = np.int64(np.floor(end)) - first
    if steps == 0:
        return first, 0, 0, _NEVER, 0
    border = first + 1 if steps > 0 else first
    pitch = np.int64(_ONE / abs(extent)) if abs(steps) > 1 else 0
    crossed = np.int64(min((border - start) / extent, 1.0) * _ONE)
    return first, (1 if steps > 0 else -1), abs(steps), crossed, pitch


@kernel(inline='always')
def _row_of_brick(roots, corner, marks_of, x, y, z):
    """Return the row of marks of the brick of a voxel, NONE if it has none yet."""
    i, j, k = (z >> REGION_BITS) - corner[2], (y >> REGION_BITS) - corner[1], (
        x >> REGION_BITS) - corner[0]
    region, row = roots[i, j, k], NONE
    if region != NONE:
        place = region * PLACES + place_in(x >> BRICK_BITS, y >> BRICK_BITS, z >> BRICK_BITS)
        if place < marks_of.size:
            row = np.int64(marks_of[place]) - 1
    return row


@kernel
def _marks_of_brick(blocks, marks, x, y, z):
    """Return the row of marks of the brick of a voxel, a new one if need be; NONE without room."""
    place = place_of_brick(blocks, x, y, z)
    if place == NONE:
        if not new_region(blocks, x, y, z):
            return NONE
        place = place_of_brick(blocks, x, y, z)
    if place >= marks.marks_of.size:
        return NONE
    row = marks.marks_of[place] - 1
    if row >= 0:
        return row
    row = marks.used[0]
    if row >= len(marks.layers):
        return NONE
    marks.used[0] += 1
    marks.marks_of[place] = row + 1
    marks.places[row] = place
    marks.layers[row] = 0
    return row


@kernel
def apply_voxel_marks(model, blocks, marks):
    """
    Change each marked voxel once, and forget the marks.

    :param model: (4,) float32 log-odds added by a hit and by a miss, least and greatest allowed.
    :param blocks: changed; has room for a new brick for each marked one.
    :param marks: emptied.
    :return: number of voxels that changed.
    """
    changed = 0
    for row in range(marks.used[0]):
        place = marks.places[row]
        marks.marks_of[place] = 0
        layers = marks.layers[row]
        brick = blocks.bricks[place]
        if brick == NONE:
            if not _says_something_new(layers, model, blocks.alike[place]):
                continue
            brick = divide_brick(blocks, place)
        odds = blocks.voxels[brick]
        for layer in range(BRICK):
            if layers[layer]:
                part = odds[layer * BRICK * BRICK:(layer + 1) * BRICK * BRICK]
                changed += _apply_layer(layers[layer], layers[_HIT + layer], model, part)
        unite_brick(blocks, place)
    marks.used[0] = 0
    return changed


@kernel
def _says_something_new(layers, model, odds):
    """Tell whether marks change a brick whose voxels have all the same log-odds."""
    hits, passes = np.uint64(0), np.uint64(0)
    for layer in range(BRICK):
        hits |= layers[_HIT + layer]
        passes |= layers[layer] & ~layers[_HIT + layer]
    return (passes != 0 and not odds <= model[2]) or (hits != 0 and not odds >= model[3])


@kernel
def _apply_layer(passed, hit, model, odds):
    """Change the voxels of one layer of a brick; return how many did change."""
    by_hit, by_miss, least, greatest = model
    changed = 0
    for i in range(BRICK * BRICK):
        before = odds[i]
        is_hit, is_passed = (hit >> np.uint64(i)) & _BIT, (passed >> np.uint64(i)) & _BIT
        after = by_hit if is_hit else by_miss
        after += np.float32(0) if np.isnan(before) else before
        after = after if after < greatest else greatest
        after = after if after > least else least
        after = after if is_passed else before
        odds[i] = after
        changed += 1 if is_passed and after != before else 0
    return changed
