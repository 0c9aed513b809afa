"""The picture of an exploration: what was found, what drove it, how it went."""

from typing import Any

from fsmi_explorer.cli import pictures
from fsmi_explorer.cli.record import Frame, RunRecord, Summary
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np

_STORY_SHARES = (0.02, 0.3, 0.6, 0.85)
_WIDTH, _DPI = 15.0, 100


def draw_exploration(record: RunRecord, summary: Summary) -> Any:
    """
    Draw a run on one page.

    Above the final map with the way and the goals in order, and the information that every place
    promised at its best; in the middle four moments of the run; below what was known and what was
    left, over the metres driven.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    final = _grid_of(record, record.frames[-1])
    left, right, bottom, top = pictures.known_extent(final)
    aspect = (top - bottom) / (right - left)
    heights = [_WIDTH * 0.44 * aspect, _WIDTH * 0.22 * aspect, 2.2]
    figure = Figure(figsize=(_WIDTH, sum(heights) + 2.4), dpi=_DPI, layout='constrained')
    FigureCanvasAgg(figure)
    figure.suptitle(_headline(summary), fontsize=15)
    above, middle, below = figure.subfigures(3, 1, height_ratios=[each + 0.7 for each in heights])
    way, promise = above.subplots(1, 2)
    _draw_way(way, record, final)
    _draw_promise(promise, record, final)
    _draw_story(middle, record, (left, right), (bottom, top))
    _draw_course(below.subplots(), record)
    return figure


def _headline(summary: Summary) -> str:
    return (f'{summary.world.rsplit("/", 1)[-1]}: {summary.coverage:.1%} explored in '
            f'{summary.path_length_m:.0f} m and {summary.duration_s:.0f} s, '
            f'{summary.goals_reached} goals reached ({summary.policy}, seed {summary.seed})')


def _grid_of(record: RunRecord, frame: Frame) -> OccupancyGrid:
    return OccupancyGrid.from_percent(
        frame.percent, record.canvas.resolution, record.canvas.origin)


def _draw_way(ax: Any, record: RunRecord, grid: OccupancyGrid) -> None:
    from matplotlib.collections import LineCollection
    pictures.draw_map(ax, grid)
    points = np.array(record.path)
    pieces = np.stack([points[:-1], points[1:]], axis=1)
    line = LineCollection(pieces, cmap='plasma', linewidth=1.8, zorder=3)
    line.set_array(np.linspace(0.0, 1.0, len(pieces)))
    ax.add_collection(line)
    for number, goal in enumerate(record.goals, 1):
        ax.annotate(str(number), (goal.x, goal.y), ha='center', va='center', fontsize=7, zorder=5,
                    bbox={'boxstyle': 'circle,pad=0.2', 'fc': 'white', 'ec': 'black', 'lw': 0.6})
    ax.plot(*points[0], 'o', color=pictures.START_COLOUR, markersize=11, zorder=6, label='start')
    ax.plot(*points[-1], 's', color=pictures.PATH_COLOUR, markersize=9, zorder=6, label='end')
    ax.legend(loc='upper right', framealpha=0.9)
    ax.set_title('The map found, the way driven (dark to bright), the goals in order')


def _draw_promise(ax: Any, record: RunRecord, grid: OccupancyGrid) -> None:
    pictures.draw_map(ax, grid)
    pictures.draw_information(ax, record.peak_bits, grid, label='bits one scan there would tell')
    ax.plot(*np.array(record.path).T, color=pictures.PATH_COLOUR, linewidth=0.8, zorder=3)
    ax.set_title('The most information each place ever promised: it drew the robot')


def _draw_story(figure: Any, record: RunRecord, xlim: tuple, ylim: tuple) -> None:
    metres = np.array([record.samples[each.sample].distance_m for each in record.frames])
    chosen = [record.frames[int(np.searchsorted(metres, share * metres[-1]))]
              for share in _STORY_SHARES]
    most = max(np.nanmax(each.information_bits, initial=1e-9) for each in chosen)
    for ax, frame in zip(figure.subplots(1, len(chosen)), chosen):
        sample, grid = record.samples[frame.sample], _grid_of(record, frame)
        pictures.draw_map(ax, grid)
        pictures.draw_information_layer(ax, frame.information_bits, grid, highest=most)
        ax.plot(*record.path_until(sample).T, color=pictures.PATH_COLOUR, linewidth=1.0)
        ax.plot(sample.x, sample.y, 'o', color=pictures.PATH_COLOUR, markersize=6)
        if frame.goals:
            goal = record.goals[frame.goals - 1]
            ax.plot(goal.x, goal.y, '*', color=pictures.GOAL_COLOUR, markersize=11)
        ax.set(xticks=[], yticks=[], xlabel='', ylabel='', xlim=xlim, ylim=ylim)
        ax.set_title(f'{sample.distance_m:.0f} m: {sample.explored:.0%} known', fontsize=10)
    figure.suptitle('On the way: information now (dark is much), the robot, its next goal (star)')


def _draw_course(ax: Any, record: RunRecord) -> None:
    metres = [each.distance_m for each in record.samples]
    ax.plot(metres, [100 * each.explored for each in record.samples],
            color=pictures.START_COLOUR, linewidth=2)
    ax.set(xlabel='metres driven', ylim=(0, 102), xlim=(0, max(metres)))
    ax.set_ylabel('explored (%)', color=pictures.START_COLOUR)
    ax.grid(alpha=0.3)
    other = ax.twinx()
    other.plot(metres, [each.entropy_bits / 1000 for each in record.samples],
               color=pictures.INFORMATION_COLOUR, linewidth=2)
    other.set_ylabel('information left (kbit)', color=pictures.INFORMATION_COLOUR)
    other.set_ylim(bottom=0)
