"""Occupancy grids: what is known of the world at one moment."""

from dataclasses import dataclass, replace
from pathlib import Path

from fsmi_explorer.mapping import map_files
from fsmi_explorer.mapping.log_odds import percent
from fsmi_explorer.mapping.rectangle import Rectangle
import numpy as np


@dataclass(frozen=True, eq=False)
class OccupancyGrid:
    """
    Occupancy of the cells of a regular grid.

    :param probabilities: (H, W) float32 P(occupied), NaN where never observed; row 0 is the row
        of smallest y in the frame of the grid, as in nav_msgs/OccupancyGrid.
    :param resolution: side of a cell, m.
    :param origin: pose (x, y, yaw) of the outer corner of cell (0, 0), m and rad.
    :raises ValueError: naming the argument, its value and what is allowed.
    """

    probabilities: np.ndarray
    resolution: float
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self):
        """Check and convert the fields."""
        p = np.ascontiguousarray(self.probabilities, np.float32)
        if p.ndim != 2 or p.size == 0:
            raise ValueError(f'probabilities must have shape (H, W), not empty, got {p.shape}')
        if ((p < 0) | (p > 1)).any():
            raise ValueError('probabilities must lie within 0 to 1 or be NaN, got '
                             f'{np.nanmin(p):g} to {np.nanmax(p):g}')
        if not (np.isfinite(self.resolution) and self.resolution > 0):
            raise ValueError(f'resolution must be positive, got {self.resolution}')
        origin = tuple(float(value) for value in self.origin)
        if len(origin) != 3 or not np.isfinite(origin).all():
            raise ValueError(f'origin must be three finite numbers x, y, yaw, got {origin}')
        object.__setattr__(self, 'probabilities', p)
        object.__setattr__(self, 'resolution', float(self.resolution))
        object.__setattr__(self, 'origin', origin)

    @classmethod
    def load(cls, path: str | Path) -> 'OccupancyGrid':
        """
        Read a map of map_server: a YAML file and the image it names.

        :raises FileFormatError: naming the file, the line where there is one, and the reason.
        """
        percent, resolution, origin = map_files.read_map(Path(path))
        return cls.from_percent(percent, resolution, origin)

    def save(self, path: str | Path, mode: str = 'trinary', **options) -> Path:
        """
        Write a map of map_server: a YAML file and an image beside it.

        :param path: name of the YAML file; the image takes the same name with its own suffix.
        :param mode: trinary, scale or raw.
        :param options: those of `map_files.write_map`.
        :return: path of the YAML file.
        :raises FsmiExplorerError: when the files cannot be written.
        """
        return map_files.write_map(
            Path(path), self.percent(), self.resolution, self.origin, mode=mode, **options)

    @classmethod
    def from_percent(
            cls, data: np.ndarray, resolution: float,
            origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> 'OccupancyGrid':
        """
        Make a grid of the values of nav_msgs/OccupancyGrid.

        :param data: (H, W) int8, 0 to 100; everything else is never observed.
        :param resolution: side of a cell, m.
        :param origin: pose (x, y, yaw) of the outer corner of cell (0, 0).
        """
        probability_of = np.full(256, np.nan, np.float32)
        probability_of[:101] = np.arange(101, dtype=np.float32) / np.float32(100)
        return cls(probability_of[np.asarray(data, np.int8).view(np.uint8)], resolution, origin)

    def percent(self) -> np.ndarray:
        """Return (H, W) int8: round(100 p), -1 where never observed."""
        return percent(self.probabilities)

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        return self.probabilities.shape

    @property
    def known(self) -> np.ndarray:
        """Return (H, W) bool: which cells were ever observed."""
        return ~np.isnan(self.probabilities)

    @property
    def known_area_m2(self) -> float:
        """Return the area of the cells ever observed, m²."""
        return float(np.count_nonzero(self.known)) * self.resolution ** 2

    def world_to_cell(self, points: np.ndarray) -> np.ndarray:
        """
        Return the cells that hold points of the world, also outside of the grid.

        :param points: (..., 2) x, y in m.
        :return: (..., 2) int64 row, column.
        """
        x, y, yaw = self.origin
        delta = np.asarray(points, np.float64) - (x, y)
        turned = delta @ _turn(yaw) / self.resolution
        return np.floor(turned[..., ::-1]).astype(np.int64)

    def cell_to_world(self, cells: np.ndarray) -> np.ndarray:
        """
        Return the centres of cells.

        :param cells: (..., 2) row, column.
        :return: (..., 2) x, y in m.
        """
        x, y, yaw = self.origin
        centres = (np.asarray(cells)[..., ::-1] + 0.5) * self.resolution
        return centres @ _turn(yaw).T + (x, y)

    def contains(self, cells: np.ndarray) -> np.ndarray:
        """Tell (...) bool which of the cells (..., 2) lie within the grid."""
        cells = np.asarray(cells)
        return ((cells >= 0) & (cells < self.shape)).all(axis=-1)

    def window(self, rectangle: Rectangle) -> 'OccupancyGrid':
        """Return the part of the grid within a rectangle, as a grid of its own (a copy)."""
        x, y, yaw = self.origin
        corner = np.array([rectangle.col0, rectangle.row0]) * self.resolution
        x, y = _turn(yaw) @ corner + (x, y)
        return OccupancyGrid(
            self.probabilities[rectangle.slices].copy(), self.resolution, (x, y, yaw))

    def entropy_bits(self, unknown_occupancy: float = 0.5) -> float:
        """
        Return the entropy of all cells together, cells taken as independent.

        :param unknown_occupancy: P(occupied) of a cell never observed; 0 leaves them out.
        """
        p = np.where(self.known, self.probabilities, unknown_occupancy).astype(np.float64)
        p = p[(p > 0) & (p < 1)]
        return float(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)).sum())

    def with_prior(self, prior: float) -> 'OccupancyGrid':
        """
        Return the map as it would be had every cell started at another prior than one half.

        The odds of every observed cell are multiplied by the odds of the prior.

        :param prior: P(occupied) before any observation, between 0 and 1.
        """
        if not 0 < prior < 1:
            raise ValueError(f'prior must lie between 0 and 1, got {prior}')
        p = self.probabilities.astype(np.float64)
        occupied, free = p * prior, (1 - p) * (1 - prior)
        return replace(self, probabilities=occupied / (occupied + free))


def _turn(yaw: float) -> np.ndarray:
    """Return the (2, 2) rotation matrix of an angle in rad; exact for yaw 0."""
    cosine, sine = np.cos(yaw), np.sin(yaw)
    return np.array([[cosine, -sine], [sine, cosine]])
