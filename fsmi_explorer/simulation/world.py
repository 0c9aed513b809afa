"""A 2D world that robots drive in: walls on a grid, read from a map."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, sin
from pathlib import Path

from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.shared_files import shared_folders
from fsmi_explorer.simulation.clearance import chebyshev_distance
import numpy as np

FREE_BELOW = 0.25  # what a map calls less certain than this is a wall to the robot


@dataclass(frozen=True, eq=False)
class World:
    """
    Walls on a grid of square cells.

    Lengths inside the simulation are counted in cells, in the frame of the *walled grid*: the grid
    with one more cell of wall on every side, so that nothing ever leaves it.

    :param occupied: (H, W) bool, row 0 at the smallest y; what lies outside is wall too.
    :param resolution: side of a cell in m.
    :param origin: pose (x, y, yaw) of the lower left corner of cell (0, 0).
    :param start: pose (x, y, yaw) that the world proposes to start from, None if it does not.
    """

    occupied: np.ndarray
    resolution: float
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    start: tuple[float, float, float] | None = None

    def __post_init__(self):
        """Check shape, resolution and poses."""
        occupied = np.array(self.occupied, dtype=bool)
        occupied.setflags(write=False)
        if occupied.ndim != 2 or not occupied.size:
            raise ValueError(f'occupied must have shape (H, W), got {occupied.shape}')
        if not 0.0 < self.resolution < np.inf:
            raise ValueError(f'resolution must be a positive length, got {self.resolution!r}')
        object.__setattr__(self, 'occupied', occupied)
        object.__setattr__(self, 'resolution', float(self.resolution))
        object.__setattr__(self, 'origin', _pose('origin', self.origin))
        if self.start is not None:
            object.__setattr__(self, 'start', _pose('start', self.start))

    @classmethod
    def load(cls, path: str | Path) -> 'World':
        """
        Read a world from a map of map_server; what the map does not call free is wall.

        The YAML may hold `start: [x, y, yaw]`, which map servers ignore.

        :raises FileFormatError: naming the file and the reason.
        """
        grid = OccupancyGrid.load(path)
        free = grid.probabilities < FREE_BELOW
        if not free.any():
            raise FileFormatError(f'{path}: no cell of this map is free')
        try:
            start = read_yaml(path).get('start')
            return cls(~free, grid.resolution, grid.origin, start)
        except ValueError as error:
            raise FileFormatError(f'{path}: {error}') from None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.occupied.shape

    @cached_property
    def free_distance(self) -> np.ndarray:
        """
        Chebyshev distance of each cell of the walled grid to the nearest wall.

        :return: (H + 2, W + 2) int32 cells, 0 in walls: all cells nearer than that are free.
        """
        return chebyshev_distance(np.pad(self.occupied, 1, constant_values=True))

    def to_walled(self, x: float, y: float, yaw: float = 0.0) -> tuple[float, float, float]:
        """Take a pose in the world (m, rad) into the walled grid (cells, rad)."""
        across, up = x - self.origin[0], y - self.origin[1]
        c, s = cos(self.origin[2]), sin(self.origin[2])
        return ((c * across + s * up) / self.resolution + 1.0,
                (c * up - s * across) / self.resolution + 1.0,
                yaw - self.origin[2])

    def to_world(self, x: float, y: float, yaw: float = 0.0) -> tuple[float, float, float]:
        """Take a pose in the walled grid (cells, rad) into the world (m, rad)."""
        across, up = (x - 1.0) * self.resolution, (y - 1.0) * self.resolution
        c, s = cos(self.origin[2]), sin(self.origin[2])
        return (c * across - s * up + self.origin[0],
                s * across + c * up + self.origin[1],
                yaw + self.origin[2])

    def cell_centres(self, cells: np.ndarray) -> np.ndarray:
        """
        Say where the centres of cells lie.

        :param cells: (..., 2) int row, column.
        :return: (..., 2) x, y in the world in m.
        """
        cells = np.asarray(cells)
        x, y, _ = self.to_world(cells[..., 1] + 1.5, cells[..., 0] + 1.5)
        return np.stack([x, y], axis=-1)


def _pose(name: str, values) -> tuple[float, float, float]:
    try:
        x, y, yaw = (float(each) for each in values)
    except (TypeError, ValueError):
        raise ValueError(f'{name} must be [x, y, yaw], got {values!r}') from None
    if not np.isfinite(hypot(x, y) + yaw):
        raise ValueError(f'{name} must be finite, got {values!r}')
    return x, y, yaw


def find_world(name_or_yaml: str | Path) -> Path:
    """
    Find a world: a YAML file of one's own or the name of one that comes with the package.

    :param name_or_yaml: path of a map YAML, or a name such as `office`.
    :raises FileFormatError: if there is no such file or name.
    """
    path = Path(name_or_yaml)
    if path.is_file():
        return path
    if path.suffix in ('.yaml', '.yml') or len(path.parts) > 1:
        raise FileFormatError(f'{path}: no such file')
    found = [each for folder in shared_folders('worlds') for each in sorted(folder.glob('*.yaml'))]
    for each in found:
        if each.stem == str(path):
            return each
    known = sorted({each.stem for each in found})
    raise FileFormatError(
        f'{path}: no world of this name, known are {", ".join(known)}; or give a map YAML file')
