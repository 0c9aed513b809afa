"""A 3D world for the sensors that see in three dimensions: solid and free voxels."""

from dataclasses import dataclass
from functools import cached_property

from fsmi_explorer.simulation.floor_plan import FloorPlan, MARGIN, ROUNDING
from fsmi_explorer.simulation.reachability import areas
from fsmi_explorer.simulation.voxel_rays import free_distances
from fsmi_explorer.simulation.world import World
import numpy as np


@dataclass(frozen=True, eq=False)
class VoxelWorld:
    """
    Solid and free voxels; what lies outside is solid: floor, ceiling, and no end of the view.

    Lengths inside the simulation are counted in voxels, in the frame of the grid with one more
    solid voxel on every side.

    :param solid: (D, H, W) bool, layer 0 at the smallest z, row 0 at the smallest y.
    :param resolution: side of a voxel in m.
    :param origin: x, y, z in m of the outer corner of voxel (0, 0, 0).
    """

    solid: np.ndarray
    resolution: float
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self):
        """Check shape, resolution and origin."""
        solid = np.array(self.solid, dtype=bool)
        solid.setflags(write=False)
        if solid.ndim != 3 or not solid.size:
            raise ValueError(f'solid must have shape (D, H, W), got {solid.shape}')
        if not 0.0 < self.resolution < np.inf:
            raise ValueError(f'resolution must be a positive length, got {self.resolution!r}')
        origin = tuple(float(each) for each in self.origin)
        if len(origin) != 3 or not np.isfinite(origin).all():
            raise ValueError(f'origin must be finite x, y, z, got {self.origin!r}')
        object.__setattr__(self, 'solid', solid)
        object.__setattr__(self, 'resolution', float(self.resolution))
        object.__setattr__(self, 'origin', origin)

    @classmethod
    def of_plan(cls, plan: FloorPlan, resolution: float) -> 'VoxelWorld':
        """
        Build the walls, lintels, sills and furniture of a floor plan, from floor to ceiling.

        All is solid outside of the building, as it is on the map of the plan: windows are as deep
        as the wall. The edges of the voxels lie at whole multiples of their size.

        :param resolution: side of a voxel in m.
        """
        corners = np.concatenate([each.corners for each in plan.solids])
        low = np.floor((corners.min(axis=0) - MARGIN) / resolution + ROUNDING).astype(int)
        high = np.ceil((corners.max(axis=0) + MARGIN) / resolution - ROUNDING).astype(int)
        top = max(each.top for each in plan.solids)
        x, y = (resolution * (np.arange(*ends) + 0.5) for ends in zip(low, high))
        solid = np.zeros((round(top / resolution), len(y), len(x)), bool)
        for each in plan.solids:
            _build(each, x, y, resolution, solid)
        labels, _ = areas(~solid[round(plan.map_height / resolution)])
        solid[:, labels == labels[0, 0]] = True  # the corner of the margin is outside
        return cls(solid, resolution, (*np.round(low * resolution, 9), 0.0))

    @classmethod
    def of_world(cls, world: World, height: float) -> 'VoxelWorld':
        """
        Build the walls of a 2D world, all of one height in m, in voxels as large as its cells.

        :raises ValueError: for a world that is turned in its frame.
        """
        if world.origin[2] != 0.0:
            raise ValueError('a world of yaw 0 is needed to build on, this one is turned by '
                             f'{world.origin[2]:g} rad')
        layers = max(1, round(height / world.resolution))
        solid = np.broadcast_to(world.occupied, (layers, *world.shape))
        return cls(solid, world.resolution, (*world.origin[:2], 0.0))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, rows and columns."""
        return self.solid.shape

    @cached_property
    def free_distance(self) -> np.ndarray:
        """Distances (D + 2, H + 2, W + 2) uint8 of `free_distances`, with the solid around."""
        return free_distances(np.pad(self.solid, 1, constant_values=True))

    def to_voxels(self, points: np.ndarray) -> np.ndarray:
        """Take points (..., 3) in m into the grid with the solid around, in voxels."""
        return (np.asarray(points, float) - self.origin) / self.resolution + 1.0

    def centres(self, voxels: np.ndarray) -> np.ndarray:
        """
        Say where the centres of voxels lie.

        :param voxels: (..., 3) int layer, row, column.
        :return: (..., 3) x, y, z in m.
        """
        return (np.asarray(voxels)[..., ::-1] + 0.5) * self.resolution + self.origin


def _build(part, x, y, resolution, solid):
    """Fill the voxels whose middle lies in a solid; however thin, it is one layer thick."""
    low, high = part.corners.min(axis=0), part.corners.max(axis=0)
    cols = slice(*np.searchsorted(x, (low[0], high[0])))
    rows = slice(*np.searchsorted(y, (low[1], high[1])))
    bottom = round(part.bottom / resolution)
    layers = slice(bottom, max(round(part.top / resolution), bottom + 1))
    solid[layers, rows, cols] |= part.covers(x[cols], y[rows, None])
