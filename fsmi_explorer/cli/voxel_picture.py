"""The picture and the animation of a map of voxels that grew in an exploration."""

from pathlib import Path
from typing import Any

from fsmi_explorer.cli import pictures
from fsmi_explorer.cli.isometric import colours_by_height, IsometricView
from fsmi_explorer.cli.record import RunRecord, Sample
from fsmi_explorer.cli.voxel_record import VisibleSpace, VoxelFrame
from fsmi_explorer.files import write_atomically
from fsmi_explorer.mapping import VoxelMap
from fsmi_explorer.simulation.voxel_world import VoxelWorld
import numpy as np

_STILL_WIDE, _FRAME_WIDE, _CAPTION_HIGH = 1800, 900, 34
_FRAME_MS, _LAST_FRAME_MS, _COLOURS = 120, 3000, 128
_STORY_SHARES = (0.05, 0.25, 0.5, 0.75)
_MOST_SHARES = 40


class VoxelStage:
    """
    Draws the maps of one run, all from one side and in the same colours, without the ceiling.

    :param world: the truth, of which only the size is used.
    :param record: the way of the robot.
    :param width: of the pictures in pixels.
    :param resolution: side of the voxels of the maps in m.
    """

    def __init__(self, world: VoxelWorld, record: RunRecord, width: int, resolution: float):
        self._low = np.array(world.origin)
        self._high = self._low + world.resolution * np.array(world.shape[::-1])
        self._record = record
        self._view = IsometricView(self._low, self._high, resolution, width)

    def draw(self, voxels: VoxelMap, sample: Sample) -> Any:
        """Return the image of a map, and of the way to the place of a sample."""
        from PIL import Image, ImageDraw
        centres = voxels.occupied_voxels()
        # Noise spreads floor and ceiling over the voxels on both sides of their planes.
        floor, ceiling = self._low[2] + voxels.resolution, self._high[2] - voxels.resolution
        centres = centres[centres[:, 2] < ceiling]
        image = Image.fromarray(self._view.draw(
            centres, colours_by_height(centres[:, 2], floor, ceiling)))
        pen = ImageDraw.Draw(image)
        way = self._pixels(self._record.path_until(sample))
        if len(way) > 1:
            pen.line([tuple(each) for each in way], fill=pictures.PATH_COLOUR,
                     width=max(2, image.width // 450))
        x, y = self._pixels(np.array([(sample.x, sample.y)]))[0]
        size = image.width / 150
        pen.ellipse((x - size, y - size, x + size, y + size), fill=pictures.PATH_COLOUR,
                    outline='white', width=2)
        return image

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        """Return the pixels (k, 2) of points (k, 2) m on the floor."""
        return self._view.project(
            np.column_stack([points, np.full(len(points), self._low[2])]))[:, :2]


def write_voxel_animation(
        world: VoxelWorld, record: RunRecord, frames: list[VoxelFrame], path: Path) -> None:
    """Write the growing map as an animated GIF, whole or not at all."""
    stage = VoxelStage(world, record, _FRAME_WIDE, frames[-1].message.resolution)
    images = [_captioned(stage, frame, record) for frame in frames]
    palette = images[-1].quantize(_COLOURS)
    images = [each.quantize(palette=palette, dither=0) for each in images]
    durations = [_FRAME_MS] * (len(images) - 1) + [_LAST_FRAME_MS]
    with write_atomically(path, 'wb') as file:
        images[0].save(file, format='GIF', save_all=True, append_images=images[1:],
                       duration=durations, loop=0)


def _captioned(stage: VoxelStage, frame: VoxelFrame, record: RunRecord) -> Any:
    """Return the image of a frame with a line below that says where it stands."""
    from PIL import Image, ImageDraw
    sample, voxels = sample_at(record, frame.time_s), frame.unpack()
    drawing = stage.draw(voxels, sample)
    image = Image.new('RGB', (drawing.width, drawing.height + _CAPTION_HIGH), 'white')
    image.paste(drawing)
    cubic_metres = voxels.known_voxels * voxels.resolution ** 3
    ImageDraw.Draw(image).text(
        (10, drawing.height + 9), f'{sample.time_s:5.0f} s   {sample.distance_m:6.1f} m driven   '
        f'{cubic_metres:6.0f} m³ known', fill='black', font_size=16)
    return image


def sample_at(record: RunRecord, time_s: float) -> Sample:
    """Return the last sample of a run that is not later than a time, or the first of all."""
    times = [each.time_s for each in record.samples]
    return record.samples[max(0, int(np.searchsorted(times, time_s, side='right')) - 1)]


def draw_voxels(world: VoxelWorld, record: RunRecord, frames: list[VoxelFrame],
                visible: VisibleSpace, headline: str) -> Any:
    """Draw the last map large, below it how it grew, and how much was known over the way."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    stage = VoxelStage(world, record, _STILL_WIDE, frames[-1].message.resolution)
    figure = Figure(figsize=(15.0, 15.5), dpi=100, layout='constrained')
    FigureCanvasAgg(figure)
    figure.suptitle(headline, fontsize=15)
    above, middle, below = figure.subfigures(3, 1, height_ratios=(9.5, 2.8, 2.6))
    _show(above.subplots(), stage, frames[-1], record)
    _colour_bar(above, world)
    last = sample_at(record, frames[-1].time_s).distance_m
    metres = [sample_at(record, each.time_s).distance_m for each in frames]
    for ax, share in zip(middle.subplots(1, len(_STORY_SHARES)), _STORY_SHARES):
        frame = frames[int(np.searchsorted(metres, share * last))]
        _show(ax, stage, frame, record)
        ax.set_title(f'{sample_at(record, frame.time_s).distance_m:.0f} m', fontsize=10)
    _draw_course(below.subplots(), metres, frames, visible)
    return figure


def _show(ax: Any, stage: VoxelStage, frame: VoxelFrame, record: RunRecord) -> None:
    ax.imshow(stage.draw(frame.unpack(), sample_at(record, frame.time_s)))
    ax.axis('off')


def _colour_bar(figure: Any, world: VoxelWorld) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    bottom = world.origin[2]
    heights = Normalize(bottom, bottom + world.resolution * world.shape[0])
    figure.colorbar(ScalarMappable(heights, 'viridis'), ax=figure.axes[0], shrink=0.4,
                    label='height (m)', location='right', pad=0.01)


def _draw_course(ax: Any, metres: list[float], frames: list[VoxelFrame],
                 visible: VisibleSpace) -> None:
    step = max(1, len(frames) // _MOST_SHARES)
    frames, metres = frames[::-step][::-1], metres[::-step][::-1]
    shares = 100 * np.array([visible.coverage(each.unpack()) for each in frames])
    for share, colour, name in zip(
            shares.T, (pictures.START_COLOUR, pictures.INFORMATION_COLOUR), ('space', 'surfaces')):
        ax.plot(metres, share, color=colour, linewidth=2, label=f'{name} that can be seen')
    ax.set(xlabel='metres driven', ylabel='observed (%)', ylim=(0, 102), xlim=(0, max(metres)))
    ax.legend(loc='lower right')
    ax.grid(alpha=0.3)
