"""The animation of an exploration: map and information growing around the robot."""

from pathlib import Path

from fsmi_explorer.cli import pictures
from fsmi_explorer.cli.record import Frame, RunRecord
from fsmi_explorer.files import write_atomically
import numpy as np

_WIDE, _CAPTION_HIGH = 900, 34
_FRAME_MS, _LAST_FRAME_MS = 120, 3000
_INFORMATION_SHARE = 0.85
_COLOURS = 96


def write_animation(record: RunRecord, path: Path) -> None:
    """Write the frames of a run as an animated GIF, whole or not at all."""
    most = max(np.nanmax(each.information_bits, initial=1e-9) for each in record.frames)
    stage = _Stage(record, most)
    images = [stage.draw(frame) for frame in record.frames]
    palette = images[len(images) // 2].quantize(_COLOURS)
    images = [each.quantize(palette=palette, dither=0) for each in images]
    durations = [_FRAME_MS] * (len(images) - 1) + [_LAST_FRAME_MS]
    with write_atomically(path, 'wb') as file:
        images[0].save(file, format='GIF', save_all=True, append_images=images[1:],
                       duration=durations, loop=0)


class _Stage:
    """Draws the frames of one run, all in the same window and colours."""

    def __init__(self, record: RunRecord, most_bits: float):
        self._record = record
        rows, columns = np.nonzero(record.frames[-1].percent >= 0)
        self._window = (slice(max(0, rows.min() - 4), rows.max() + 5),
                        slice(max(0, columns.min() - 4), columns.max() + 5))
        height, width = record.frames[-1].percent[self._window].shape
        self._scale = _WIDE / width
        self._size = _WIDE, round(height * self._scale)
        self._most = most_bits
        self._shades = pictures.information_colours()(np.linspace(0, 1, 256))[:, :3]

    def draw(self, frame: Frame):
        """Return the image of a frame."""
        from PIL import Image, ImageDraw
        sample = self._record.samples[frame.sample]
        cells = Image.fromarray((255 * self._cells(frame)[::-1]).astype(np.uint8))
        image = Image.new('RGB', (_WIDE, self._size[1] + _CAPTION_HIGH), 'white')
        image.paste(cells.resize(self._size, Image.Resampling.BOX), (0, 0))
        pen = ImageDraw.Draw(image)
        way = self._pixels(self._record.path_until(sample))
        if len(way) > 1:
            pen.line([tuple(each) for each in way], fill=pictures.PATH_COLOUR, width=2)
        if frame.goals:
            goal = self._record.goals[frame.goals - 1]
            self._mark(pen, (goal.x, goal.y), 7, pictures.GOAL_COLOUR)
        self._mark(pen, (sample.x, sample.y), 6, pictures.PATH_COLOUR)
        pen.text((10, self._size[1] + 9), self._caption(frame), fill='black', font_size=16)
        return image

    def _cells(self, frame: Frame) -> np.ndarray:
        """Return the colours (h, w, 3) of map and information in the window."""
        percent = frame.percent[self._window]
        dark = np.clip(percent, 0, 100)[..., None] / 100.0
        picture = (1 - dark) * np.array(pictures.FREE) + dark * np.array(pictures.WALL)
        picture[percent < 0] = pictures.UNKNOWN
        bits = frame.information_bits[self._window]
        scored = bits > 0
        shade = self._shades[np.clip(255 * bits[scored] / self._most, 0, 255).astype(int)]
        picture[scored] = (_INFORMATION_SHARE * shade
                           + (1 - _INFORMATION_SHARE) * picture[scored])
        return picture

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        """Return the pixels (k, 2) of points (k, 2) m."""
        canvas = self._record.canvas
        cells = (np.asarray(points).reshape(-1, 2) - canvas.origin[:2]) / canvas.resolution
        cells -= (self._window[1].start, self._window[0].start)
        return np.column_stack([cells[:, 0], self._size[1] / self._scale - cells[:, 1]]) \
            * self._scale

    def _mark(self, pen, point: tuple[float, float], radius: int, colour: str) -> None:
        x, y = self._pixels(np.array(point))[0]
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour,
                    outline='white', width=2)

    def _caption(self, frame: Frame) -> str:
        sample = self._record.samples[frame.sample]
        return (f'{sample.time_s:5.0f} s   {sample.distance_m:6.1f} m driven   '
                f'{sample.explored:6.1%} explored   best pose promises '
                f'{sample.best_mi_bits:.2f} bits (colour)')
