"""What happened in one exploration: samples, goals and frames, on the canvas of the world."""

import csv
from dataclasses import asdict, astuple, dataclass, field, fields
from pathlib import Path
from typing import NamedTuple
import zlib

from fsmi_explorer.files import write_atomically
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation import World
import numpy as np

_MOST_FRAMES = 160
_NOT_SCORED = -1


@dataclass(frozen=True)
class Sample:
    """The state of the exploration at one map; a row of run.csv."""

    time_s: float
    x: float
    y: float
    yaw: float
    distance_m: float
    explored: float
    entropy_bits: float
    best_mi_bits: float
    state: str


class RecordedGoal(NamedTuple):
    """A navigation target as it was chosen."""

    time_s: float
    x: float
    y: float
    yaw: float


class Canvas:
    """
    The cells of a world, onto which maps that grow are laid.

    :param world: fixes shape, resolution and origin.
    """

    def __init__(self, world: World):
        """Remember where the cells of the world lie."""
        self.shape = world.shape
        self.resolution, self.origin = world.resolution, world.origin
        self._centres = world.cell_centres(np.stack(np.indices(world.shape), axis=-1))
        self._geometry, self._below = None, np.zeros(0, np.int64)

    def lay(self, grid: OccupancyGrid, values: np.ndarray, empty) -> np.ndarray:
        """
        Lay the cells of a map onto the canvas: each of its own takes that below its centre.

        :param grid: where the cells of the map lie.
        :param values: (h, w) values of those cells.
        :param empty: value of the cells that the map does not reach.
        :return: (H, W) array.
        """
        geometry = (*grid.shape, grid.resolution, *grid.origin)
        if geometry != self._geometry:
            cells = grid.world_to_cell(self._centres)
            below = cells[..., 0] * grid.shape[1] + cells[..., 1]
            self._below = np.where(grid.contains(cells), below, values.size)
            self._geometry = geometry
        return np.append(values, values.dtype.type(empty))[self._below]


@dataclass(frozen=True)
class Frame:
    """
    Map and information at one moment, kept compressed.

    :param sample: index of the sample that belongs to it.
    :param goals: number of goals chosen so far.
    :param best_mi_bits: bits that the value 100 of the information stands for.
    """

    sample: int
    goals: int
    best_mi_bits: float
    shape: tuple[int, int]
    packed_map: bytes
    packed_information: bytes

    @property
    def percent(self) -> np.ndarray:
        """Return the occupancy (H, W) int8 in percent, -1 where never observed."""
        return self._unpack(self.packed_map)

    @property
    def information_bits(self) -> np.ndarray:
        """Return the information (H, W) float32 in bits, NaN where not scored."""
        return to_bits(self._unpack(self.packed_information), self.best_mi_bits)

    def _unpack(self, packed: bytes) -> np.ndarray:
        return np.frombuffer(zlib.decompress(packed), np.int8).reshape(self.shape)


@dataclass
class RunRecord:
    """
    Everything that pictures and files of a run are made from.

    :param canvas: where maps are laid.
    :param samples: one for each map received.
    :param path: (x, y) m of the robot, as often as it was looked up.
    :param frames: at most a fixed number, evenly over the run.
    :param peak_bits: (H, W) most information that each cell ever promised, NaN where never scored.
    """

    canvas: Canvas
    samples: list[Sample] = field(default_factory=list)
    path: list[tuple[float, float]] = field(default_factory=list)
    goals: list[RecordedGoal] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    peak_bits: np.ndarray = None
    _stride: int = 1

    def __post_init__(self):
        """Start with no information seen."""
        self.peak_bits = np.full(self.canvas.shape, np.nan, np.float32)

    def add_information(self, mi_percent: np.ndarray, best_mi_bits: float) -> None:
        """Keep the most that each cell promised; (H, W) int8 on the canvas, -1 not scored."""
        np.fmax(self.peak_bits, to_bits(mi_percent, best_mi_bits), out=self.peak_bits)

    def add(self, sample: Sample, percent: np.ndarray, mi_percent: np.ndarray) -> None:
        """Append a sample, and a frame if one is due; both arrays (H, W) int8 on the canvas."""
        if len(self.samples) % self._stride == 0:
            self._add_frame(sample, percent, mi_percent)
        self.samples.append(sample)

    def _add_frame(self, sample: Sample, percent: np.ndarray, mi_percent: np.ndarray) -> None:
        self.frames.append(Frame(
            len(self.samples), len(self.goals), sample.best_mi_bits, self.canvas.shape,
            zlib.compress(percent.tobytes(), 1), zlib.compress(mi_percent.tobytes(), 1)))
        if len(self.frames) > _MOST_FRAMES:  # however long the run, memory stays bounded
            del self.frames[1::2]
            self._stride *= 2

    def path_until(self, sample: Sample) -> np.ndarray:
        """Return the (k, 2) points driven when the sample was taken, by share of the metres."""
        points = np.array(self.path).reshape(-1, 2)
        return points[:np.searchsorted(driven(points), sample.distance_m, side='right')]

    def write_csv(self, path: Path) -> None:
        """Write the samples as a table."""
        with write_atomically(path, 'w', newline='') as file:
            table = csv.writer(file)
            table.writerow(each.name for each in fields(Sample))
            table.writerows(
                [f'{value:.4f}' if isinstance(value, float) else value for value in astuple(row)]
                for row in self.samples)


@dataclass(frozen=True)
class Summary:
    """The result of a run, as summary.json holds it."""

    reason: str
    path_length_m: float
    duration_s: float
    coverage: float
    entropy_bits_start: float
    entropy_bits_end: float
    goals_reached: int
    goals_failed: int
    policy: str
    world: str
    seed: int
    finished: bool
    collisions: int
    wall_s: float
    samples: int

    def as_dict(self) -> dict:
        """Return the values by name, numbers rounded to what is meaningful."""
        return {name: round(value, 4) if isinstance(value, float) else value
                for name, value in asdict(self).items()}


def driven(points: np.ndarray) -> np.ndarray:
    """Return the metres driven (k,) at each of the points (k, 2)."""
    if not len(points):
        return np.zeros(0)
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def to_bits(mi_percent: np.ndarray, best_mi_bits: float) -> np.ndarray:
    """Turn an information map, 0..100 of the best cell, into bits; NaN where not scored."""
    bits = mi_percent.astype(np.float32) * np.float32(best_mi_bits / 100.0)
    bits[mi_percent == _NOT_SCORED] = np.nan
    return bits
