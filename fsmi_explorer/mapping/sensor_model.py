"""How much one beam tells about a cell, and the configuration of mapping."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.mapping.log_odds import log_odds
import numpy as np


@dataclass(frozen=True)
class InverseSensorModel(Configuration):
    """
    Occupancy of a cell given one beam (Moravec and Elfes 1985; Thrun et al. 2005, ch. 9).

    A cell starts at even odds. Log-odds add up and stay within bounds, so that a map can still
    change its mind when a door closes.
    """

    p_hit: float = parameter(
        0.7, 'occupancy of a cell given that a beam ended in it', low=0.5, high=0.999)
    p_miss: float = parameter(
        0.4, 'occupancy of a cell given that a beam passed through it', low=0.001, high=0.5)
    p_min: float = parameter(
        0.001, 'occupancy that misses never push a cell below', low=1e-6, high=0.499)
    p_max: float = parameter(
        0.999, 'occupancy that hits never push a cell above', low=0.501, high=1 - 1e-6)

    @property
    def log_odds(self) -> np.ndarray:
        """Return (4,) float32: log-odds of p_hit, p_miss, p_min, p_max."""
        return log_odds(np.array([self.p_hit, self.p_miss, self.p_min, self.p_max]))


@dataclass(frozen=True)
class MappingConfig(Configuration):
    """How scans become a map."""

    resolution: float = parameter(
        0.05, 'side of a cell', unit='m', low=0.001, high=10.0, live=False)
    max_range: float = parameter(
        0.0, 'beams are cut here; 0 uses all of the range that the sensor states', unit='m',
        low=0.0)
    inf_is_free: bool = parameter(
        True, 'a beam without return clears its cells up to the maximum range')
    max_cells: int = parameter(
        50_000_000, 'a scan that would make the map larger is refused', unit='cells', low=1)
    sensor: InverseSensorModel = section(InverseSensorModel)


@dataclass(frozen=True)
class VoxelMapConfig(Configuration):
    """
    How point clouds become a map of voxels.

    The bounds of the sensor model are tighter than in the plane: free space soon reaches the
    lower one everywhere, is all alike then, and costs little memory and time.
    """

    resolution: float = parameter(
        0.05, 'side of a voxel', unit='m', low=0.001, high=10.0, live=False)
    min_range: float = parameter(
        0.0, 'points nearer to the sensor are left out, such as those of the robot itself',
        unit='m', low=0.0)
    max_range: float = parameter(
        0.0, 'rays are cut here; 0 uses points at any distance', unit='m', low=0.0)
    max_memory: float = parameter(
        2000.0, 'a cloud that would make the map larger is refused', unit='MB', low=1.0)
    sensor: InverseSensorModel = section(InverseSensorModel, p_min=0.1192, p_max=0.971)
