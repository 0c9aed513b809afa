"""The pictures of a sweep: how exploration went with every policy, and which way it took."""

from collections.abc import Sequence
from typing import Any

from fsmi_explorer.benchmark.runs import Row
from fsmi_explorer.benchmark.statistics import by_start, per_world
from fsmi_explorer.benchmark.store import ResultStore
from fsmi_explorer.simulation import World
import numpy as np

_COLOURS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#999999')
_FREE, _WALL = 1.0, 0.25
_POINTS, _BAND = 300, (10, 90)
_TIME, _DISTANCE, _COVERAGE, _ENTROPY = range(4)
_MOST_INCHES = 10.0


def draw_progress(store: ResultStore, rows: Sequence[Row], baseline: str = '') -> Any:
    """
    Draw explored area and remaining entropy against metres and seconds, one line per policy.

    Lines are means over the runs, bands hold the middle 80 of 100; a run that has ended stays
    where it is.

    :param rows: rows to draw.
    :param baseline: where worlds of all sizes are drawn together, each is drawn to its own scale:
        what this policy took to the end there, on average. Empty for metres and seconds.
    """
    figure = _figure(11.0, 7.5)
    axes = figure.subplots(2, 2, sharex='col', sharey='row')
    scales = {_DISTANCE: _scale(rows, baseline, 'path_length_m'),
              _TIME: _scale(rows, baseline, 'duration_s')}
    for number, policy in enumerate(sorted({row.policy for row in rows})):
        own = [row for row in rows if row.policy == policy]
        colour = _COLOURS[number % len(_COLOURS)]
        for ax_column, by in zip(axes.T, (_DISTANCE, _TIME)):
            for ax, of in zip(ax_column, (_COVERAGE, _ENTROPY)):
                _draw_band(ax, _curves(store, own, by, of, scales[by]), colour, policy)
    share = f', of what {baseline} takes to the end' if baseline else ''
    for ax, what in zip(axes[1], ('metres driven', 'seconds')):
        ax.set_xlabel(f'{what}{share}')
    for ax, what in zip(axes[:, 0], ('explored (%)', 'entropy left (% of that at the start)')):
        ax.set_ylabel(what)
    for ax in axes.flat:
        ax.grid(alpha=0.3)
        ax.set_xlim(left=0.0)
    axes[0, 0].legend(loc='lower right')
    return figure


def _figure(wide: float, high: float) -> Any:
    """Make an empty figure, in inches, that needs no screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    figure = Figure(figsize=(wide, high), dpi=100, layout='constrained')
    FigureCanvasAgg(figure)
    return figure


def _scale(rows: Sequence[Row], baseline: str, column: str) -> dict[str, float]:
    """Return what counts as one in each world."""
    if not baseline:
        return {row.world: 1.0 for row in rows}
    return per_world(by_start(rows, baseline, column))


def _curves(store: ResultStore, rows: Sequence[Row], by: int, of: int,
            scale: dict[str, float]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the curve (x, y in %) of each run whose world has a scale."""
    curves = []
    for row in rows:
        if row.world in scale:
            course, _ = store.course(row)
            whole = max(course[0, _ENTROPY], 1.0) if of == _ENTROPY else 1.0
            curves.append((course[:, by] / scale[row.world], 100.0 * course[:, of] / whole))
    return curves


def _draw_band(ax: Any, curves: list[tuple[np.ndarray, np.ndarray]], colour: str,
               label: str) -> None:
    if not curves:
        return
    x = np.linspace(0.0, max(each[-1] for each, _ in curves), _POINTS)
    y = np.array([np.interp(x, *curve) for curve in curves])
    ax.plot(x, y.mean(axis=0), color=colour, linewidth=1.8, label=label)
    ax.fill_between(x, *np.percentile(y, _BAND, axis=0), color=colour, alpha=0.12, linewidth=0)


def draw_way(world: World, row: Row, poses: np.ndarray) -> Any:
    """
    Draw the way of a run over the plan of its world, from dark to bright.

    :param poses: (k, 3).
    """
    from matplotlib.collections import LineCollection
    rows, columns = world.shape
    high = rows / columns * _MOST_INCHES
    shrink = min(1.0, _MOST_INCHES / high)
    figure = _figure(_MOST_INCHES * shrink, high * shrink + 0.6)
    ax = figure.subplots()
    ax.imshow(np.where(world.occupied, _WALL, _FREE), cmap='gray', vmin=0.0, vmax=1.0,
              origin='lower', extent=(0, columns, 0, rows), interpolation='nearest')
    x, y, yaw = world.origin
    turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    points = (poses[:, :2] - (x, y)) @ turn / world.resolution
    line = LineCollection(np.stack([points[:-1], points[1:]], axis=1), cmap='plasma',
                          array=np.linspace(0.0, 1.0, max(len(points) - 1, 0)), linewidth=2)
    ax.add_collection(line)
    ax.plot(*points[0], 'o', color=_COLOURS[2], markersize=9)
    ax.plot(*points[-1], 's', color=_COLOURS[1], markersize=7)
    ax.set(xticks=[], yticks=[])
    ax.set_title(f'{row.world}, {row.policy}, seed {row.seed}: {row.coverage:.1%} in '
                 f'{row.path_length_m:.0f} m and {row.duration_s:.0f} s; 95 % after '
                 f'{row.path_to_95_m:.0f} m, 99 % after {row.path_to_99_m:.0f} m', fontsize=9)
    return figure
