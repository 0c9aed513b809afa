"""
Maps of map_server: a YAML file that names an image, read and written.

The image's first row is the top of the map, the row of largest y; arrays here start at the bottom.
Occupancy is in percent, -1 where never observed, as in nav_msgs/OccupancyGrid.
"""

from collections import defaultdict
from dataclasses import dataclass
import io
import os
from pathlib import Path
from typing import Any, Callable

from fsmi_explorer.configuration import read_yaml
from fsmi_explorer.errors import FileFormatError, FsmiExplorerError
import numpy as np
import yaml

MODES = ('trinary', 'scale', 'raw')
IMAGE_FORMATS = ('pgm', 'png')

_UNKNOWN = -1
_FREE_PIXEL, _OCCUPIED_PIXEL, _UNKNOWN_PIXEL = 254, 0, 205
# Between these lie exactly the grey levels 60 to 204 and not 205 or 254: what trinary files need.
_TRINARY_FILE_THRESHOLDS = 0.196, 0.65


@dataclass(frozen=True)
class MapDescription:
    """What the YAML file of a map says."""

    image: Path
    resolution: float
    origin: tuple[float, float, float]
    negate: bool
    occupied_threshold: float
    free_threshold: float
    mode: str


def read_map(path: Path) -> tuple[np.ndarray, float, tuple[float, float, float]]:
    """
    Read a map.

    :param path: the YAML file.
    :return: (H, W) int8 percent with row 0 at the bottom; resolution in m; origin (x, y, yaw).
    :raises FileFormatError: naming the file, the line where there is one, and the reason.
    """
    description = read_description(path)
    grey, translucent = _read_image(description.image)
    if description.mode == 'raw':
        percent = np.where(grey <= 100, grey, _UNKNOWN).astype(np.int8)
    else:
        percent = _classify(grey, description)
        percent[translucent] = _UNKNOWN
    return np.ascontiguousarray(percent[::-1]), description.resolution, description.origin


def _classify(grey: np.ndarray, description: MapDescription) -> np.ndarray:
    """Turn grey levels into percent; single precision, as map_server compares thresholds."""
    occupancy = grey.astype(np.float32) / np.float32(255)
    if not description.negate:
        occupancy = np.float32(1) - occupancy
    free_threshold = np.float32(description.free_threshold)
    occupied_threshold = np.float32(description.occupied_threshold)
    percent = np.full(grey.shape, _UNKNOWN, np.int8)
    if description.mode == 'scale':
        between = (occupancy > free_threshold) & (occupancy < occupied_threshold)
        share = (occupancy[between] - free_threshold) / (occupied_threshold - free_threshold)
        percent[between] = np.floor(share * np.float32(100) + np.float32(0.5))
    percent[occupancy >= occupied_threshold] = 100
    percent[occupancy <= free_threshold] = 0
    return percent


def _read_image(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return (H, W) uint8 grey levels and (H, W) bool not opaque, first row at the top."""
    from PIL import Image, UnidentifiedImageError
    try:
        with Image.open(path) as image:
            image.load()
            if image.mode.startswith('I'):
                grey = _to_bytes(np.asarray(image).astype(np.int64))
            else:
                grey = np.asarray(image.convert('L'))
            translucent = np.zeros(grey.shape, bool)
            if 'A' in image.getbands() or 'transparency' in image.info:
                translucent = np.asarray(image.convert('RGBA').getchannel('A')) < 255
            return grey, translucent
    except UnidentifiedImageError:
        raise FileFormatError(f'{path}: not an image of a known format') from None
    except OSError as error:
        raise FileFormatError(f'{path}: {error.strerror or error}') from None
    except (ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise FileFormatError(f'{path}: not a readable image: {error}') from None


def _to_bytes(wide: np.ndarray) -> np.ndarray:
    """Scale 16-bit grey levels to 8 bit."""
    return ((np.clip(wide, 0, 65535) * 255 + 32767) // 65535).astype(np.uint8)


def read_description(path: Path) -> MapDescription:
    """
    Read the YAML file of a map.

    :raises FileFormatError: naming the file, the line where there is one, and the reason.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise FileFormatError(f'{path}: expected a mapping with keys image, resolution, ...')
    lines = _lines_of_keys(path)

    def take(key: str, convert: Callable[[Any], Any], allowed: str) -> Any:
        if key not in content:
            raise FileFormatError(f'{path}: key {key!r} is missing')
        try:
            return convert(content[key])
        except (TypeError, ValueError):
            place, got = f'{path}:{lines[key]}', repr(content[key])
            raise FileFormatError(f'{place}: {key} must be {allowed}, got {got}') from None

    mode = take('mode', _mode, 'one of ' + ', '.join(MODES)) if 'mode' in content else 'trinary'
    description = MapDescription(
        image=path.parent / take('image', _name, 'the name of an image file'),
        resolution=take('resolution', _positive, 'a positive number of metres per cell'),
        origin=take('origin', _origin, 'three numbers [x, y, yaw]'),
        negate=take('negate', _flag, '0 or 1'),
        occupied_threshold=take('occupied_thresh', _share, 'a number from 0 to 1'),
        free_threshold=take('free_thresh', _share, 'a number from 0 to 1'),
        mode=mode)
    if description.free_threshold >= description.occupied_threshold:
        raise FileFormatError(
            f'{path}:{lines["free_thresh"]}: free_thresh must be below occupied_thresh, got '
            f'{description.free_threshold:g} and {description.occupied_threshold:g}')
    return description


def _lines_of_keys(path: Path) -> dict[str, int]:
    """Return the line, counted from 1, of each key of a mapping; 1 for keys merged into it."""
    node = yaml.compose(path.read_text(), yaml.SafeLoader)
    return defaultdict(lambda: 1, {key.value: key.start_mark.line + 1 for key, _ in node.value})


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    number = float(value)
    if not np.isfinite(number):
        raise ValueError
    return number


def _positive(value: Any) -> float:
    number = _number(value)
    if number <= 0:
        raise ValueError
    return number


def _share(value: Any) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError
    return number


def _origin(value: Any) -> tuple[float, float, float]:
    x, y, yaw = (_number(each) for each in value)
    return x, y, yaw


def _flag(value: Any) -> bool:
    if value not in (0, 1):
        raise ValueError
    return bool(value)


def _mode(value: Any) -> str:
    if str(value).lower() not in MODES:
        raise ValueError
    return value.lower()


def _name(value: Any) -> str:
    if value in ('', None) or isinstance(value, (list, dict)):
        raise ValueError
    return str(value)


def write_map(
        path: Path, percent: np.ndarray, resolution: float, origin: tuple[float, float, float],
        *, mode: str = 'trinary', free_threshold: float = 0.25, occupied_threshold: float = 0.65,
        image_format: str | None = None) -> Path:
    """
    Write a map: image first, then the YAML file, each complete before it takes its name.

    Modes raw and scale keep every percent; trinary keeps free, occupied and unknown.

    :param path: name of the YAML file; the image takes the same name with its own suffix.
    :param percent: (H, W) int8, row 0 at the bottom, -1 where never observed.
    :param resolution: side of a cell, m.
    :param origin: pose (x, y, yaw) of the outer corner of cell (0, 0).
    :param mode: trinary, scale or raw.
    :param free_threshold: trinary: cells up to this P(occupied) are written as free.
    :param occupied_threshold: trinary: cells from this P(occupied) on are written as occupied.
    :param image_format: pgm or png; by default png for scale, which needs transparency, else pgm.
    :return: path of the YAML file.
    :raises ValueError: on an unknown mode or format, or thresholds out of order.
    :raises FsmiExplorerError: when the files cannot be written.
    """
    image_format = image_format or ('png' if mode == 'scale' else 'pgm')
    if mode not in MODES:
        raise ValueError(f'mode must be one of {", ".join(MODES)}, got {mode!r}')
    if image_format not in IMAGE_FORMATS or (mode, image_format) == ('scale', 'pgm'):
        allowed = 'png' if mode == 'scale' else ' or '.join(IMAGE_FORMATS)
        raise ValueError(f'image_format must be {allowed}, got {image_format!r}')
    if not 0 <= free_threshold < occupied_threshold <= 1:
        raise ValueError(
            'thresholds must satisfy 0 <= free_threshold < occupied_threshold <= 1, got '
            f'{free_threshold} and {occupied_threshold}')
    path = path if path.suffix in ('.yaml', '.yml') else path.with_name(path.name + '.yaml')
    image_path = path.with_suffix('.' + image_format)
    pixels = _pixels(percent, mode, free_threshold, occupied_threshold)[::-1]
    in_file = (0.0, 1.0) if mode == 'scale' else _TRINARY_FILE_THRESHOLDS
    text = yaml.safe_dump({
        'image': image_path.name, 'mode': mode, 'resolution': float(resolution),
        'origin': [float(value) for value in origin], 'negate': 0,
        'occupied_thresh': in_file[1], 'free_thresh': in_file[0],
    }, sort_keys=False, default_flow_style=None)
    _replace_files({image_path: _encode(pixels, image_format), path: text.encode()})
    return path


def _pixels(
        percent: np.ndarray, mode: str, free_threshold: float,
        occupied_threshold: float) -> np.ndarray:
    """Return (H, W) grey levels, for mode scale (H, W, 2) with opacity; uint8."""
    never = percent < 0
    if mode == 'raw':
        return np.where(never, 255, percent).astype(np.uint8)
    if mode == 'scale':
        grey = np.where(never, 128, np.rint((100 - percent.astype(np.float64)) * 2.55))
        return np.stack([grey, np.where(never, 0, 255)], axis=-1).astype(np.uint8)
    pixels = np.full(percent.shape, _UNKNOWN_PIXEL, np.uint8)
    pixels[percent <= round(100 * free_threshold)] = _FREE_PIXEL
    pixels[percent >= round(100 * occupied_threshold)] = _OCCUPIED_PIXEL
    pixels[never] = _UNKNOWN_PIXEL
    return pixels


def _encode(pixels: np.ndarray, image_format: str) -> bytes:
    from PIL import Image
    stream = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.save(stream, format={'pgm': 'PPM', 'png': 'PNG'}[image_format])
    return stream.getvalue()


def _replace_files(contents: dict[Path, bytes]) -> None:
    """Write all files under other names first, then give them their names in order."""
    temporaries = {path: path.with_name(f'.{path.name}.{os.getpid()}') for path in contents}
    try:
        for path, content in contents.items():
            with open(temporaries[path], 'wb') as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for path, temporary in temporaries.items():
            os.replace(temporary, path)
    except OSError as error:
        raise FsmiExplorerError(f'{path}: cannot be written: {error.strerror}') from None
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
