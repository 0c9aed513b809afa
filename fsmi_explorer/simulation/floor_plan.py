"""Floor plans in metres: walls with doors and windows, and furniture, all of it upright solids."""

from dataclasses import dataclass
from math import atan2, cos, hypot, radians, sin
from pathlib import Path

from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import FileFormatError
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.simulation.reachability import areas
import numpy as np

MARGIN = 0.5     # m of unknown around the building on a map
ROUNDING = 1e-6  # cells by which a wall may miss the edge of a cell that it is meant to lie on


@dataclass(frozen=True)
class Solid:
    """
    An upright box or cylinder.

    :param kind: what it is part of, such as wall or desk.
    :param x: middle in m.
    :param y: middle in m.
    :param yaw: direction of its length in rad.
    :param length: along its own x axis in m; the diameter of a cylinder.
    :param width: along its own y axis in m.
    :param bottom: height of the underside in m.
    :param top: height of the upper side in m.
    :param is_round: whether it is a cylinder.
    """

    kind: str
    x: float
    y: float
    yaw: float
    length: float
    width: float
    bottom: float
    top: float
    is_round: bool = False

    @property
    def corners(self) -> np.ndarray:
        """Corners (4, 2) of the footprint, counter-clockwise, in m."""
        along, aside = self.length / 2, self.width / 2
        own = np.array([(-along, -aside), (along, -aside), (along, aside), (-along, aside)])
        c, s = cos(self.yaw), sin(self.yaw)
        return own @ np.array([(c, s), (-s, c)]) + (self.x, self.y)

    def covers(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Tell which points, of any shape, lie in the footprint."""
        across, up = x - self.x, y - self.y
        if self.is_round:
            return np.hypot(across, up) < self.length / 2
        c, s = cos(self.yaw), sin(self.yaw)
        return (np.abs(c * across + s * up) < self.length / 2) & (
            np.abs(c * up - s * across) < self.width / 2)


@dataclass(frozen=True)
class FloorPlan:
    """
    A building of one floor.

    :param solids: walls and furniture.
    :param start: pose (x, y, yaw) in m and rad that robots start from.
    :param map_height: height in m at which the building is cut for a map: that of a lidar.
    """

    solids: tuple[Solid, ...]
    start: tuple[float, float, float]
    map_height: float

    @classmethod
    def load(cls, path: str | Path) -> 'FloorPlan':
        """
        Read a plan from YAML.

        `walls` are groups of polylines (`lines`) of one `thickness` and `height`; `openings` cut
        them, by kind with `width`, `z` and places `at`; `furniture` is placed by kind as lists of
        [x, y, yaw in degrees]; what a kind is made of stands in the file that `catalogue` names.

        :raises FileFormatError: naming the file and the reason.
        """
        path = Path(path)
        plan = read_yaml(path)
        try:
            catalogue = read_yaml(path.parent / plan['catalogue'])
            x, y, yaw = plan['start']
            return cls((*_build_walls(plan), *_place_furniture(plan, catalogue)),
                       (float(x), float(y), radians(yaw)), float(plan['map_height']))
        except FileFormatError:
            raise
        except KeyError as error:
            raise FileFormatError(f'{path}: {error} is missing') from None
        except (AttributeError, TypeError, ValueError) as error:
            raise FileFormatError(f'{path}: {error}') from None

    def draw(self, resolution: float) -> OccupancyGrid:
        """
        Draw the map of the building: walls, the space inside, and unknown around it.

        The edges of the cells lie at whole multiples of their size, as those of most walls do.

        :param resolution: side of a cell in m.
        """
        cut = [each for each in self.solids if each.bottom <= self.map_height < each.top]
        corners = np.concatenate([each.corners for each in cut])
        low = np.floor((corners.min(axis=0) - MARGIN) / resolution + ROUNDING)
        high = np.ceil((corners.max(axis=0) + MARGIN) / resolution - ROUNDING)
        x, y = (resolution * (np.arange(*ends) + 0.5) for ends in zip(low, high))
        occupied = _paint(cut, x, y)
        labels, _ = areas(~occupied)
        col, row = (np.array(self.start[:2]) / resolution - low).astype(int)
        inside = labels == labels[row, col]
        return OccupancyGrid(np.where(occupied, 1.0, np.where(inside, 0.0, np.nan)), resolution,
                             (*np.round(low * resolution, 9), 0.0))


def _paint(solids: list[Solid], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell (rows, columns) which points of a lattice lie in a footprint."""
    painted = np.zeros((len(y), len(x)), bool)
    for each in solids:
        low, high = each.corners.min(axis=0), each.corners.max(axis=0)
        cols = slice(*np.searchsorted(x, (low[0], high[0])))
        rows = slice(*np.searchsorted(y, (low[1], high[1])))
        painted[rows, cols] |= each.covers(x[cols], y[rows, None])
    return painted


def _build_walls(plan: dict) -> list[Solid]:
    """Make the solids of all walls, cut by the openings that lie on them."""
    openings = [(float(x), float(y), kind['width'], *kind['z'])
                for kind in plan['openings'].values() for x, y in kind['at']]
    solids, used = [], set()
    for group in plan['walls']:
        for line in group['lines']:
            for start, end in zip(line, line[1:]):
                solids += _build_wall(start, end, group, openings, used)
    unused = [each[:2] for each in openings if each not in used]
    if unused:
        raise ValueError(f'the opening at {unused[0]} lies on no wall')
    return solids


def _build_wall(start, end, group, openings, used) -> list[Solid]:
    """Make the solids of one straight wall: between, below and above its openings."""
    thickness, height = group['thickness'], group['height']
    run = hypot(end[0] - start[0], end[1] - start[1])
    yaw = atan2(end[1] - start[1], end[0] - start[0])

    def solid(first: float, last: float, bottom: float, top: float) -> Solid:
        middle = (first + last) / 2
        return Solid('wall', start[0] + middle * cos(yaw), start[1] + middle * sin(yaw), yaw,
                     last - first, thickness, bottom, top)

    solids, reached = [], -thickness / 2  # walls go on to the outer edge of their corners
    for along, opening in _openings_along(start, yaw, run, thickness, openings):
        _, _, width, bottom, top = opening
        used.add(opening)
        first, last = along - width / 2, along + width / 2
        solids += [solid(reached, first, 0.0, height), solid(first, last, 0.0, bottom),
                   solid(first, last, top, height)]
        reached = last
    solids.append(solid(reached, run + thickness / 2, 0.0, height))
    return [each for each in solids if each.length > 0.0 and each.top > each.bottom]


def _openings_along(start, yaw, run, thickness, openings):
    """Find the openings on a straight wall, in order, with their distance from its start."""
    found = []
    for opening in openings:
        across, up = opening[0] - start[0], opening[1] - start[1]
        along, aside = (cos(yaw) * across + sin(yaw) * up, cos(yaw) * up - sin(yaw) * across)
        if 0.0 < along < run and abs(aside) < thickness / 2:
            found.append((along, opening))
    return sorted(found)


def _place_furniture(plan: dict, catalogue: dict) -> list[Solid]:
    """Make the solids of every piece of furniture where it stands."""
    solids = []
    for kind, places in plan['furniture'].items():
        for x, y, degrees in places:
            yaw = radians(degrees)
            for part in catalogue[kind]:
                ahead, aside = part.get('at', (0.0, 0.0))
                length, width = part.get('size') or (part['diameter'], part['diameter'])
                solids.append(Solid(
                    kind, x + ahead * cos(yaw) - aside * sin(yaw),
                    y + ahead * sin(yaw) + aside * cos(yaw), yaw, length, width, *part['z'],
                    is_round='diameter' in part))
    return solids
