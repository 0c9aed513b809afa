"""
How the package draws: occupancy, information in bits, paths; one look for all pictures.

Colours are told apart by colour-blind readers too: information runs from light yellow to dark
blue, paths are vermilion. matplotlib is imported where it is used, and draws without a display.
"""

from pathlib import Path
from typing import Any

from fsmi_explorer.files import write_atomically
import numpy as np

FREE, UNKNOWN, WALL = (1.0, 1.0, 1.0), (0.86, 0.86, 0.86), (0.13, 0.13, 0.13)
PATH_COLOUR, START_COLOUR, GOAL_COLOUR = '#D55E00', '#009E73', '#CC79A7'
INFORMATION_COLOUR = '#225EA8'
_MARGIN, _STRAY_SHARE = 1.0, 0.002
_INCHES_WIDE, _INCHES_HIGH = 9.0, 8.0
_MOST_PIXELS = 2000


def new_figure(grid: Any, columns: int = 1) -> tuple[Any, np.ndarray]:
    """
    Make a figure in the proportions of the known part of a map.

    :param grid: map that will be drawn.
    :param columns: how many pictures stand side by side.
    :return: figure and array of axes (columns,).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    left, right, bottom, top = known_extent(grid)
    wide, high = _INCHES_WIDE, _INCHES_WIDE * (top - bottom) / (right - left)
    shrink = min(1.0, _INCHES_HIGH / high)
    size = ((wide * shrink + 1.8) * columns, high * shrink + 1.2)
    figure = Figure(figsize=size, dpi=110, layout='compressed')
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def known_extent(grid: Any, margin: float = _MARGIN) -> tuple[float, float, float, float]:
    """
    Return the box (left, right, bottom, top) m around the observed cells of a map.

    A few stray beams, far out through a window, do not widen it.
    """
    known = ~np.isnan(grid.probabilities)
    if not known.any():
        known[:] = True
    (first_row, last_row), (first, last) = (_bulk(known.sum(axis=axis)) for axis in (1, 0))
    corners = grid.resolution * np.array(
        [[x, y] for x in (first, last + 1) for y in (first_row, last_row + 1)])
    x0, y0, yaw = grid.origin
    turn = np.array([[np.cos(yaw), np.sin(yaw)], [-np.sin(yaw), np.cos(yaw)]])
    corners = corners @ turn + (x0, y0)
    (left, bottom), (right, top) = corners.min(axis=0) - margin, corners.max(axis=0) + margin
    return left, right, bottom, top


def _bulk(counts: np.ndarray) -> np.ndarray:
    """Return the first and last index between which all but a few of the counted things lie."""
    below = np.cumsum(counts) / counts.sum()
    return np.searchsorted(below, (_STRAY_SHARE, 1 - _STRAY_SHARE))


def draw_map(ax: Any, grid: Any) -> None:
    """
    Draw occupancy on axes in metres: free white, walls dark.

    Never observed is light grey, as is a cell known to be occupied with probability one half.
    """
    _place(ax, np.nan_to_num(grid.probabilities, nan=0.5), grid,
           cmap=occupancy_colours(), vmin=0.0, vmax=1.0)
    left, right, bottom, top = known_extent(grid)
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel='x (m)', ylabel='y (m)', aspect='equal')
    ax.set_facecolor(UNKNOWN)
    draw_scale_bar(ax)


def draw_information(
    ax: Any, bits: np.ndarray, grid: Any, *,
    highest: float | None = None, label: str = 'mutual information (bits)',
) -> Any:
    """
    Lay information over a map, with a colour bar.

    :param bits: (H, W) bits; NaN where there is nothing to show.
    :param highest: bits of the darkest colour; the greatest of the picture if None.
    :return: the image, for animations to update.
    """
    image = draw_information_layer(ax, bits, grid, highest=highest)
    bar = ax.figure.colorbar(image, ax=ax, label=label, fraction=0.046, pad=0.02)
    bar.outline.set_visible(False)
    return image


def draw_information_layer(
    ax: Any, bits: np.ndarray, grid: Any, *, highest: float | None = None,
) -> Any:
    """Lay information over a map, without a colour bar; arguments as of `draw_information`."""
    most = highest or float(np.fmax.reduce(bits, axis=None, initial=0.0)) or 1.0
    return _place(ax, bits, grid, cmap=information_colours(), vmin=0.0, vmax=most)


def occupancy_colours() -> Any:
    """Return the colour map of occupancy: free over unknown to occupied."""
    from matplotlib.colors import LinearSegmentedColormap
    return LinearSegmentedColormap.from_list('occupancy', [FREE, UNKNOWN, WALL])


def information_colours() -> Any:
    """Return the colour map of information: light yellow for none to dark blue for most."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap
    shades = colormaps['YlGnBu'](np.linspace(0.02, 0.95, 256))
    return LinearSegmentedColormap.from_list('information', shades)


def _place(ax: Any, picture: np.ndarray, grid: Any, **options: Any) -> Any:
    """
    Show an array (H, W) on the cells of a map, wherever and however the map lies.

    Of cells too many to be seen, the greatest of a block is shown: walls stay whole.
    """
    from matplotlib.transforms import Affine2D
    block = -(-max(picture.shape) // _MOST_PIXELS)
    shown = greatest_of_blocks(picture, block)
    rows, columns = shown.shape
    x, y, yaw = grid.origin
    side = block * grid.resolution
    image = ax.imshow(shown, origin='lower', interpolation='nearest',
                      extent=(0, columns * side, 0, rows * side), **options)
    image.set_transform(Affine2D().rotate(yaw).translate(x, y) + ax.transData)
    return image


def greatest_of_blocks(values: np.ndarray, block: int) -> np.ndarray:
    """Return the greatest value of each block of cells, NaN where a block has none."""
    if block == 1:
        return values
    rows, columns = (-(-size // block) for size in values.shape)
    padded = np.full((rows * block, columns * block), np.nan, values.dtype)
    padded[:values.shape[0], :values.shape[1]] = values
    return np.fmax.reduce(padded.reshape(rows, block, columns, block), axis=(1, 3))


def draw_path(ax: Any, points: np.ndarray, label: str = 'path of the robot') -> Any:
    """Draw a path (k, 2) m with its start marked; return the line."""
    points = np.asarray(points, float).reshape(-1, 2)
    line, = ax.plot(*points.T, color=PATH_COLOUR, linewidth=1.4, label=label, zorder=3)
    ax.plot(*points[:1].T, 'o', color=START_COLOUR, markersize=8, markeredgecolor='white',
            label='start', zorder=4)
    return line


def draw_best_pose(ax: Any, pose: np.ndarray) -> None:
    """Mark the pose (x, y, yaw) of most information; a yaw of NaN is none."""
    x, y, yaw = pose
    if np.isfinite(yaw):
        ax.quiver(x, y, np.cos(yaw), np.sin(yaw), color=GOAL_COLOUR, scale=20, width=0.005,
                  zorder=4)
    ax.plot(x, y, '*', color=GOAL_COLOUR, markersize=15, markeredgecolor='white', linestyle='',
            label='most informative pose', zorder=4)


def draw_legend(figure: Any) -> None:
    """Say below the picture what the lines and marks are, where it hides nothing."""
    figure.legend(loc='outside lower center', ncols=4, frameon=False)


def draw_scale_bar(ax: Any) -> None:
    """Draw a bar of a round number of metres, about a fifth of the picture, in its corner."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    wish = (right - left) / 5
    power = 10.0 ** np.floor(np.log10(wish))
    length = max(step for step in (power, 2 * power, 5 * power) if step <= wish)
    x, y = right - 0.04 * (right - left) - length, bottom + 0.04 * (top - bottom)
    ax.plot([x, x + length], [y, y], color=WALL, linewidth=3, solid_capstyle='butt', zorder=5)
    ax.annotate(f'{length:g} m', (x + length / 2, y), xytext=(0, 5), ha='center',
                textcoords='offset points', color=WALL, zorder=5,
                bbox={'facecolor': 'white', 'edgecolor': 'none', 'alpha': 0.7, 'pad': 1})


def save(figure: Any, path: str | Path) -> None:
    """Write a picture, in the format its name says, whole or not at all."""
    with write_atomically(path, 'wb') as file:
        figure.savefig(file, format=Path(path).suffix.lstrip('.'))
