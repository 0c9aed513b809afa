"""
Log-odds of voxels in blocks: space that is unknown or all alike costs next to nothing.

Voxel (x, y, z) of the lattice covers x <= X / resolution < x + 1, and so on for Y and Z. Bricks of
8 x 8 x 8 voxels lie in regions of 8 x 8 x 8 bricks. A brick whose voxels are all alike is one
number; a region in which nothing was observed is an entry of an array, the roots, that spans what
was seen so far.
"""

from typing import NamedTuple

from fsmi_explorer.jit import kernel
import numpy as np

BRICK_BITS = 3
BRICK = 1 << BRICK_BITS
"""Voxels along the side of a brick; bricks along the side of a region."""

REGION_BITS = 2 * BRICK_BITS
REGION = 1 << REGION_BITS
"""Voxels along the side of a region."""

PLACES = BRICK ** 3
"""Voxels of a brick; bricks of a region."""

REGION_BYTES, BRICK_BYTES = 8 * PLACES, 4 * PLACES + 4
"""Memory of a region, and of a brick whose voxels are not all alike."""

NONE = -1
"""Of a region: nothing observed in it. Of a brick: its voxels are all alike."""

LARGEST_CELL = 1 << 20
"""Lattice coordinates stay below this."""


class Blocks(NamedTuple):
    """
    The voxels of a map, as kernels take them.

    :param corner: (3,) int64 x, y, z of the first region of the roots.
    :param roots: (nz, ny, nx) int32 number of each region, or NONE.
    :param bricks: (r * 512,) int32 number of each brick of each region, or NONE.
    :param alike: (r * 512,) float32 log-odds of the bricks without number, NaN never observed.
    :param voxels: (b, 512) float32 log-odds in bricks with a number, z y x, NaN never observed.
    :param spare: (b,) int32 numbers of bricks that are not in use any more.
    :param used: (3,) int64 regions, bricks ever used and spare bricks; written by kernels.
    """

    corner: np.ndarray
    roots: np.ndarray
    bricks: np.ndarray
    alike: np.ndarray
    voxels: np.ndarray
    spare: np.ndarray
    used: np.ndarray

    @classmethod
    def empty(cls) -> 'Blocks':
        """Return the blocks of a map in which nothing was observed."""
        return cls(
            np.zeros(3, np.int64), np.empty((0, 0, 0), np.int32), np.empty(0, np.int32),
            np.empty(0, np.float32), np.empty((0, PLACES), np.float32), np.empty(0, np.int32),
            np.zeros(3, np.int64))

    @property
    def memory_bytes(self) -> int:
        """Return the memory of the blocks in use."""
        regions, bricks, spare = self.used
        return int(
            self.roots.nbytes + regions * REGION_BYTES + (bricks - spare) * BRICK_BYTES)

    def spanning(self, low: np.ndarray, high: np.ndarray) -> 'Blocks':
        """
        Return the blocks with roots that span more space.

        :param low: (3,) int x, y, z of the first region to span besides those now spanned.
        :param high: (3,) int, the region after the last.
        """
        if self.roots.size:
            low = np.minimum(low, self.corner)
            high = np.maximum(high, self.corner + self.roots.shape[::-1])
        roots = np.full((high - low)[::-1], NONE, np.int32)
        if self.roots.size:
            place = (self.corner - low)[::-1]
            ends = place + self.roots.shape
            roots[tuple(map(slice, place, ends))] = self.roots
        return self._replace(corner=np.array(low, np.int64), roots=roots)

    def without_spare(self) -> 'Blocks':
        """Return the blocks with bricks numbered anew, none spare."""
        divided = np.flatnonzero(self.bricks[:self.used[0] * PLACES] != NONE)
        voxels = self.voxels[self.bricks[divided]]
        self.bricks[divided] = np.arange(len(divided))
        self.used[1:] = len(divided), 0
        return self._replace(voxels=voxels, spare=np.empty(len(divided), np.int32))

    def forget_regions(self, count: int) -> None:
        """Take their numbers from all regions but the first ones."""
        self.roots[self.roots >= count] = NONE
        self.used[0] = count

    def with_room(self, regions: int, bricks: int) -> 'Blocks':
        """Return the blocks with room for so many regions and bricks, the old ones included."""
        grown = self
        if regions * PLACES > self.bricks.size:
            grown = grown._replace(
                bricks=_enlarged(self.bricks, regions * PLACES),
                alike=_enlarged(self.alike, regions * PLACES))
        if bricks > len(self.voxels):
            grown = grown._replace(
                voxels=_enlarged(self.voxels, bricks), spare=_enlarged(self.spare, bricks))
        return grown


def _enlarged(array: np.ndarray, length: int) -> np.ndarray:
    """Return an array of a new length that begins as another; memory not written costs nothing."""
    result = np.empty((length, *array.shape[1:]), array.dtype)
    result[:len(array)] = array
    return result


@kernel(inline='always')
def place_of_brick(blocks, x, y, z):
    """
    Return where in `bricks` and `alike` the brick of a voxel is; NONE outside of all regions.

    :param blocks: see `Blocks`.
    :param x: voxel.
    :param y: voxel.
    :param z: voxel.
    """
    i, j, k = region_of(blocks, x, y, z)
    depth, height, width = blocks.roots.shape
    if not (0 <= i < depth and 0 <= j < height and 0 <= k < width):
        return NONE
    region = blocks.roots[i, j, k]
    return NONE if region == NONE else region * PLACES + place_in(
        x >> BRICK_BITS, y >> BRICK_BITS, z >> BRICK_BITS)


@kernel(inline='always')
def region_of(blocks, x, y, z):
    """Return the indices in `roots` of the region of a voxel, which may lie outside."""
    corner = blocks.corner
    return ((z >> REGION_BITS) - corner[2], (y >> REGION_BITS) - corner[1],
            (x >> REGION_BITS) - corner[0])


@kernel(inline='always')
def place_in(x, y, z):
    """Return which of its brick a voxel is, or which of its region a brick."""
    last = BRICK - 1
    return (z & last) << (2 * BRICK_BITS) | (y & last) << BRICK_BITS | (x & last)


@kernel(inline='always')
def log_odds_at(blocks, x, y, z):
    """Return the log-odds of a voxel, NaN where never observed."""
    place = place_of_brick(blocks, x, y, z)
    if place == NONE:
        return np.float32(np.nan)
    brick = blocks.bricks[place]
    return blocks.alike[place] if brick == NONE else blocks.voxels[brick, place_in(x, y, z)]


@kernel
def new_region(blocks, x, y, z):
    """
    Give the region of a voxel, in which nothing was observed, its number.

    :return: whether there was room for it.
    """
    region = blocks.used[0]
    if (region + 1) * PLACES > blocks.bricks.size:
        return False
    blocks.used[0] += 1
    blocks.roots[region_of(blocks, x, y, z)] = region
    blocks.bricks[region * PLACES:(region + 1) * PLACES] = NONE
    blocks.alike[region * PLACES:(region + 1) * PLACES] = np.nan
    return True


@kernel
def divide_brick(blocks, place):
    """Give a brick that was one number its own voxels and return its number; needs room."""
    if blocks.used[2]:
        blocks.used[2] -= 1
        brick = blocks.spare[blocks.used[2]]
    else:
        brick = blocks.used[1]
        blocks.used[1] += 1
    blocks.voxels[brick] = blocks.alike[place]
    blocks.bricks[place] = brick
    return brick


@kernel
def unite_brick(blocks, place):
    """Make a brick one number if its voxels are all alike."""
    brick = blocks.bricks[place]
    # As whole numbers, of which NaN is one too.
    bits = blocks.voxels[brick].view(np.int32)
    for i in range(1, PLACES):
        if bits[i] != bits[0]:
            return
    blocks.alike[place] = blocks.voxels[brick, 0]
    blocks.bricks[place] = NONE
    blocks.spare[blocks.used[2]] = brick
    blocks.used[2] += 1


@kernel
def find_cubes(blocks, cubes):
    """
    Find for each brick the largest cube of voxels all alike that holds it.

    Cubes have sides of 8, 16, 32 or 64 voxels and lie at multiples of their side.

    :param cubes: (r * 512,) uint8, written with the logarithm to base 2 of the side; a brick
        with a number of its own gets that of 8.
    """
    cubes[:] = BRICK_BITS
    bits = blocks.alike.view(np.int32)
    for region in range(blocks.used[0]):
        first = region * PLACES
        for level in range(1, BRICK_BITS + 1):
            side = 1 << level
            for corner in range(PLACES):
                if (corner | corner >> BRICK_BITS | corner >> 2 * BRICK_BITS) & (side - 1):
                    continue
                if _is_cube(blocks.bricks, bits, cubes, first, corner, level):
                    for k, j, i in np.ndindex(side, side, side):
                        cubes[first + corner + place_in(i, j, k)] = BRICK_BITS + level


@kernel
def _is_cube(bricks, bits, cubes, first, corner, level):
    """Tell whether eight cubes of the level below are alike."""
    half = 1 << (level - 1)
    for k, j, i in np.ndindex(2, 2, 2):
        place = first + corner + place_in(i * half, j * half, k * half)
        if (bricks[place] != NONE or cubes[place] != BRICK_BITS + level - 1
                or bits[place] != bits[first + corner]):
            return False
    return True
