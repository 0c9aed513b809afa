"""Range sensors in space: which way their rays go, in a frame with x forward, y left and z up."""

from dataclasses import dataclass
import math
from typing import NamedTuple, Protocol

from fsmi_explorer.configuration import Configuration, parameter
import numpy as np


class YawGrid(NamedTuple):
    """
    How a level sensor looks into rays that serve all its yaws.

    :param elevations: (r,) rad above the horizon.
    :param columns: number c of azimuths, column i at (i + 1/2) 2 pi / c.
    :param weights: (r, c) how many rays of the sensor each ray stands for at the first yaw; at
        the next one the same of the next column.
    :param first_yaw: rad.
    """

    elevations: np.ndarray
    columns: int
    weights: np.ndarray
    first_yaw: float


class RangeSensor(Protocol):
    """What all sensors here have in common."""

    @property
    def directions(self) -> np.ndarray:
        """Return (n, 3) float64 directions of length 1."""

    def yaw_grid(self) -> YawGrid:
        """Return rays by which all yaws are scored together."""


@dataclass(frozen=True)
class SpinningLidar(Configuration):
    """
    A lidar of one or more rings, evenly spaced in elevation from fov_down to fov_up.

    Ray i of a ring points at `-fov/2 + (i + 1/2) fov / azimuths`. A single ring lies halfway.
    """

    rings: int = parameter(16, 'rays above each other', low=1)
    azimuths: int = parameter(512, 'rays side by side', low=1)
    fov_down: float = parameter(
        -math.radians(15.0), 'elevation of the lowest ring', unit='rad', low=-math.pi / 2,
        high=math.pi / 2)
    fov_up: float = parameter(
        math.radians(15.0), 'elevation of the highest ring', unit='rad', low=-math.pi / 2,
        high=math.pi / 2)
    fov: float = parameter(
        2 * math.pi, 'field of view from side to side', unit='rad', low=1e-3, high=2 * math.pi)

    def __post_init__(self):
        """Check the values."""
        super().__post_init__()
        if self.fov_down > self.fov_up:
            raise ValueError(
                f'fov_down must be at most fov_up, got {self.fov_down!r} and {self.fov_up!r}')

    @classmethod
    def planar(cls, azimuths: int, fov: float = 2 * math.pi) -> 'SpinningLidar':
        """Return a lidar of one level ring."""
        return cls(rings=1, azimuths=azimuths, fov_down=0.0, fov_up=0.0, fov=fov)

    @property
    def elevations(self) -> np.ndarray:
        """Return (rings,) elevations of the rings, rad."""
        shares = (np.arange(self.rings) / (self.rings - 1)) if self.rings > 1 else np.array([0.5])
        return self.fov_down + shares * (self.fov_up - self.fov_down)

    @property
    def directions(self) -> np.ndarray:
        """Return (rings * azimuths, 3) float64 directions of length 1, ring by ring."""
        step = self.fov / self.azimuths
        azimuths = (np.arange(self.azimuths) + 0.5) * step - self.fov / 2
        return unit_directions(self.elevations[:, None], azimuths).reshape(-1, 3)

    def yaw_grid(self) -> YawGrid:
        """Return rays by which all yaws are scored together, exactly if they divide the turn."""
        columns = max(round(2 * math.pi / self.fov * self.azimuths), self.azimuths)
        weights = np.zeros((self.rings, columns))
        weights[:, :self.azimuths] = 1
        return YawGrid(self.elevations, columns, weights, self.fov / 2)


@dataclass(frozen=True)
class DepthCamera(Configuration):
    """
    A pinhole camera that measures depth, a ray through the middle of each pixel.

    It looks along x; an optical frame (REP 103) has its z axis there, x to the right and y down.
    """

    width: int = parameter(64, 'pixels side by side', low=1)
    height: int = parameter(48, 'pixels above each other', low=1)
    fx: float = parameter(55.0, 'focal length from side to side', unit='pixels', low=1e-3)
    fy: float = parameter(55.0, 'focal length up and down', unit='pixels', low=1e-3)
    cx: float = parameter(32.0, 'optical axis, pixels from the left edge', unit='pixels')
    cy: float = parameter(24.0, 'optical axis, pixels from the upper edge', unit='pixels')

    @classmethod
    def with_fov(cls, width: int, height: int, fov: float) -> 'DepthCamera':
        """
        Return a camera of square pixels that looks through the middle of its image.

        :param width: pixels.
        :param height: pixels.
        :param fov: field of view from side to side, rad.
        """
        if not 0 < fov < math.pi:
            raise ValueError(f'fov must lie between 0 and pi, got {fov!r}')
        focal = width / 2 / math.tan(fov / 2)
        return cls(width, height, focal, focal, width / 2, height / 2)

    @property
    def directions(self) -> np.ndarray:
        """Return (height * width, 3) float64 directions of length 1, row by row from the top."""
        left = (self.cx - np.arange(self.width) - 0.5) / self.fx
        up = (self.cy - np.arange(self.height) - 0.5) / self.fy
        rays = np.stack(np.broadcast_arrays(1.0, left, up[:, None]), axis=-1).reshape(-1, 3)
        return rays / np.linalg.norm(rays, axis=1, keepdims=True)

    def yaw_grid(self) -> YawGrid:
        """Return rays by which all yaws are scored together, each for the pixels around it."""
        x, y, z = self.directions.T
        elevations, azimuths = np.arcsin(z), np.arctan2(y, x)
        columns = math.ceil(2 * math.pi / np.ptp(azimuths) * self.width) if self.width > 1 else 360
        step = 2 * math.pi / columns
        rows = np.linspace(elevations.min(), elevations.max(), self.height + 1)
        row = np.clip(np.searchsorted(rows, elevations, 'right') - 1, 0, self.height - 1)
        first = math.floor(azimuths.min() / step)
        column = np.floor(azimuths / step).astype(int) - first
        weights = np.zeros((self.height, columns))
        np.add.at(weights, (row, column), 1)
        return YawGrid((rows[1:] + rows[:-1]) / 2, columns, weights, -first * step)


def unit_directions(elevations: np.ndarray, azimuths: np.ndarray) -> np.ndarray:
    """Return directions (..., 3) of elevations and azimuths, which broadcast, rad."""
    level = np.cos(elevations)
    return np.stack(np.broadcast_arrays(
        level * np.cos(azimuths), level * np.sin(azimuths), np.sin(elevations)), axis=-1)
