"""Maps of map_server: what is read, what is written, what is refused."""

import os
from pathlib import Path

from fsmi_explorer.errors import FileFormatError, FsmiExplorerError
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
from PIL import Image
import pytest
import yaml

DESCRIPTION = {
    'image': 'map.png', 'resolution': 0.05, 'origin': [-1.0, 2.5, 0.25], 'negate': 0,
    'occupied_thresh': 0.65, 'free_thresh': 0.196}


def write(folder, pixels, **changes):
    """Write an image and a YAML file that names it; a value of None leaves a key out."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(folder / 'map.png')
    path = folder / 'map.yaml'
    path.write_text(''.join(
        yaml.safe_dump({key: value}, default_flow_style=None if isinstance(value, list) else False)
        for key, value in {**DESCRIPTION, **changes}.items() if value is not None))
    return path


def percent_of(folder, pixels, **changes):
    """Return the percent of a written map, first row of the image first."""
    return OccupancyGrid.load(write(folder, pixels, **changes)).percent()[::-1]


def expected_percent(pixel, mode, negate, occupied_thresh, free_thresh):
    """Say what map_server makes of a grey level, one at a time, in its single precision."""
    if mode == 'raw':
        return pixel if pixel <= 100 else -1
    occupancy = np.float32(pixel) / np.float32(255)
    occupancy = occupancy if negate else np.float32(1) - occupancy
    if occupancy <= np.float32(free_thresh):
        return 0
    if occupancy >= np.float32(occupied_thresh):
        return 100
    if mode == 'trinary':
        return -1
    span = np.float32(occupied_thresh) - np.float32(free_thresh)
    return int((occupancy - np.float32(free_thresh)) / span * np.float32(100) + np.float32(0.5))


@pytest.mark.parametrize('mode', ['trinary', 'scale', 'raw'])
@pytest.mark.parametrize('negate', [0, 1])
@pytest.mark.parametrize('thresholds', [(0.65, 0.196), (0.65, 0.25), (0.6, 0.2), (1.0, 0.0)])
def test_every_grey_level(tmp_path, mode, negate, thresholds):
    """All 256 grey levels in every mode."""
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    occupied, free = thresholds
    found = percent_of(tmp_path, levels, mode=mode, negate=negate,
                       occupied_thresh=occupied, free_thresh=free)
    expected = [expected_percent(int(level), mode, negate, occupied, free)
                for level in levels.ravel()]
    assert found.ravel().tolist() == expected


def test_the_grey_of_unknown(tmp_path):
    """Level 205 is unknown at a free threshold of 0.196 and free at 0.25, as in map_server."""
    pixels = np.array([[0, 205, 254]], np.uint8)
    assert percent_of(tmp_path, pixels).tolist() == [[100, -1, 0]]
    assert percent_of(tmp_path, pixels, free_thresh=0.25).tolist() == [[100, 0, 0]]


def test_row_zero_is_at_the_bottom(tmp_path):
    """The last row of the image has the smallest y; resolution and origin are the file's."""
    grid = OccupancyGrid.load(write(tmp_path, np.array([[0, 254], [254, 254]], np.uint8)))
    assert grid.percent().tolist() == [[0, 0], [100, 0]]
    assert grid.resolution == 0.05
    assert grid.origin == (-1.0, 2.5, 0.25)


@pytest.mark.parametrize('mode', ['trinary', 'scale'])
def test_transparent_pixels_are_unknown(tmp_path, mode):
    """Whatever the colour, a pixel that is not opaque says nothing."""
    grey_alpha = np.array([[[0, 255], [0, 254], [254, 0], [254, 255]]], np.uint8)
    assert percent_of(tmp_path, grey_alpha, mode=mode).tolist() == [[100, -1, -1, 0]]


def test_colour_is_read_as_grey(tmp_path):
    """RGB, RGBA and palette images of grey pixels read as the grey image does."""
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    grey = Image.fromarray(levels)
    expected = percent_of(tmp_path, grey, mode='scale')
    for mode in ('RGB', 'RGBA', 'LA', 'P'):
        np.testing.assert_array_equal(
            percent_of(tmp_path, grey.convert(mode), mode='scale'), expected)


def test_palette_with_transparency(tmp_path):
    """A transparent colour of a palette is unknown."""
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), 'P')
    image.putpalette([0, 0, 0, 254, 254, 254, 254, 254, 254])
    image.info['transparency'] = 2
    assert percent_of(tmp_path, image).tolist() == [[100, 0, -1]]


def test_black_and_white(tmp_path):
    """One bit per pixel."""
    image = Image.fromarray(np.array([[True, False]]))
    assert image.mode == '1'
    assert percent_of(tmp_path, image).tolist() == [[0, 100]]


def test_sixteen_bits(tmp_path):
    """Sixteen-bit grey is scaled to eight."""
    wide = np.array([[0, 205 * 257, 254 * 257, 65535, 257 * 150 + 99]], np.uint16)
    assert percent_of(tmp_path, wide).tolist() == [[100, -1, 0, 0, -1]]
    (tmp_path / 'map.pgm').write_bytes(b'P5 2 1 65535\n\x00\x00\xff\xff')
    path = write(tmp_path, wide, image='map.pgm')
    assert OccupancyGrid.load(path).percent().tolist() == [[100, 0]]


@pytest.mark.parametrize('content', [
    b'P5\n# a comment\n3 1\n255\n\x00\xcd\xfe', b'P2\n3 1\n255\n0 205 254\n'])
def test_pgm(tmp_path, content):
    """Binary and plain PGM, with a comment as map_saver writes it."""
    (tmp_path / 'map.pgm').write_bytes(content)
    path = write(tmp_path, np.zeros((1, 1), np.uint8), image='map.pgm')
    assert OccupancyGrid.load(path).percent().tolist() == [[100, -1, 0]]


def test_image_beside_the_yaml_or_absolute(tmp_path):
    """The image is found from the YAML file, wherever the process runs."""
    path = write(tmp_path, np.zeros((2, 2), np.uint8))
    (tmp_path / 'images').mkdir()
    (tmp_path / 'map.png').rename(tmp_path / 'images' / 'a.png')
    for image in ('images/a.png', str(tmp_path / 'images' / 'a.png')):
        path.write_text(yaml.safe_dump({**DESCRIPTION, 'image': image}))
        assert OccupancyGrid.load(str(path)).percent().tolist() == [[100, 100], [100, 100]]


def test_what_yaml_allows(tmp_path):
    """Numbers as YAML 1.2 writes them, whole origins, words for flags, capitals for modes."""
    write(tmp_path, np.array([[0]], np.uint8))
    (tmp_path / 'map.yaml').write_text(
        'image: map.png\nresolution: 5e-2\norigin: [1, -2, 0]\nnegate: no\n'
        'occupied_thresh: 0.65\nfree_thresh: 0.25\nmode: Trinary\n')
    grid = OccupancyGrid.load(tmp_path / 'map.yaml')
    assert (grid.resolution, grid.origin) == (0.05, (1.0, -2.0, 0.0))


@pytest.mark.parametrize('changes, line, reason', [
    ({'image': None}, None, "'image' is missing"),
    ({'resolution': None}, None, "'resolution' is missing"),
    ({'origin': None}, None, "'origin' is missing"),
    ({'negate': None}, None, "'negate' is missing"),
    ({'occupied_thresh': None}, None, "'occupied_thresh' is missing"),
    ({'free_thresh': None}, None, "'free_thresh' is missing"),
    ({'image': ''}, 1, 'image must be'),
    ({'image': ['a']}, 1, 'image must be'),
    ({'resolution': 0}, 2, 'resolution must be a positive number'),
    ({'resolution': -0.05}, 2, 'resolution must be a positive number'),
    ({'resolution': True}, 2, 'resolution must be a positive number'),
    ({'resolution': 'fine'}, 2, "got 'fine'"),
    ({'resolution': float('nan')}, 2, 'resolution must be a positive number'),
    ({'origin': [0.0, 0.0]}, 3, 'origin must be three numbers'),
    ({'origin': 5}, 3, 'origin must be three numbers'),
    ({'origin': [0.0, 'a', 0.0]}, 3, 'origin must be three numbers'),
    ({'negate': 2}, 4, 'negate must be 0 or 1'),
    ({'negate': 'maybe'}, 4, 'negate must be 0 or 1'),
    ({'occupied_thresh': 65}, 5, 'occupied_thresh must be a number from 0 to 1'),
    ({'free_thresh': -0.1}, 6, 'free_thresh must be a number from 0 to 1'),
    ({'free_thresh': 0.7}, 6, 'free_thresh must be below occupied_thresh'),
    ({'mode': 'colour'}, 7, 'mode must be one of trinary, scale, raw'),
])
def test_wrong_descriptions(tmp_path, changes, line, reason):
    """The message names the file, the line and the reason."""
    path = write(tmp_path, np.zeros((2, 2), np.uint8), **changes)
    with pytest.raises(FileFormatError) as error:
        OccupancyGrid.load(path)
    place = f'{path}:{line}: ' if line else f'{path}: '
    assert str(error.value).startswith(place)
    assert reason in str(error.value)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('text, reason', [
    ('', 'expected a mapping'), ('- 1\n', 'expected a mapping'), ('a: [1\n', ''),
])
def test_files_that_are_no_description(tmp_path, text, reason):
    """Empty, a list, broken YAML."""
    (tmp_path / 'map.yaml').write_text(text)
    with pytest.raises(FileFormatError, match=f'map.yaml.*{reason}'):
        OccupancyGrid.load(tmp_path / 'map.yaml')


def test_missing_files(tmp_path):
    """Neither a missing YAML file nor a missing image is a riddle."""
    with pytest.raises(FileFormatError, match='map.yaml: No such file'):
        OccupancyGrid.load(tmp_path / 'map.yaml')
    path = write(tmp_path, np.zeros((2, 2), np.uint8), image='else.png')
    with pytest.raises(FileFormatError, match='else.png: No such file'):
        OccupancyGrid.load(path)


@pytest.mark.parametrize('content', [
    b'', b'not an image', b'P5 100 100 255\n\x00', b'P5 -3 4 255\n', b'P5 0 0 255\n',
    b'\x89PNG\r\n\x1a\n\x00\x00'])
def test_images_that_cannot_be_read(tmp_path, content):
    """The message names the image, not the YAML file."""
    path = write(tmp_path, np.zeros((2, 2), np.uint8))
    (tmp_path / 'map.png').write_bytes(content)
    with pytest.raises(FileFormatError, match='map.png: '):
        OccupancyGrid.load(path)


def test_any_cut_of_an_image_is_refused(tmp_path):
    """Half a file is no map, wherever it was cut."""
    path = write(tmp_path, np.random.default_rng(0).integers(0, 255, (40, 40)).astype(np.uint8))
    content = (tmp_path / 'map.png').read_bytes()
    for length in range(0, len(content) - 16, 37):
        (tmp_path / 'map.png').write_bytes(content[:length])
        with pytest.raises(FileFormatError, match='map.png: '):
            OccupancyGrid.load(path)


def graded_grid():
    """Make a grid with every percent and never observed cells, off the origin and turned."""
    data = np.arange(-1, 107).reshape(9, 12)
    return OccupancyGrid.from_percent(
        np.where(data > 100, -1, data).astype(np.int8), 0.0213, (-12.3456789, 1 / 3, -0.7))


@pytest.mark.parametrize('mode, image_format', [
    ('trinary', 'pgm'), ('trinary', 'png'), ('scale', 'png'), ('raw', 'pgm'), ('raw', 'png')])
def test_written_maps_read_back(tmp_path, mode, image_format):
    """Raw and scale keep every percent, trinary the three states; all keep the place exactly."""
    grid = graded_grid()
    path = grid.save(tmp_path / 'a.yaml', mode, image_format=image_format)
    again = OccupancyGrid.load(path)
    percent = grid.percent()
    if mode == 'trinary':
        percent = np.select([percent < 0, percent <= 25, percent >= 65], [-1, 0, 100], -1)
    np.testing.assert_array_equal(again.percent(), percent)
    assert (again.resolution, again.origin) == (grid.resolution, grid.origin)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f'a.{image_format}', 'a.yaml']


def test_trinary_thresholds_are_the_callers(tmp_path):
    """What counts as free and as occupied can be told; the file has the thresholds it needs."""
    grid = graded_grid()
    grid.save(tmp_path / 'a.yaml', free_threshold=0.4, occupied_threshold=0.5)
    percent = grid.percent()
    expected = np.select([percent < 0, percent <= 40, percent >= 50], [-1, 0, 100], -1)
    np.testing.assert_array_equal(OccupancyGrid.load(tmp_path / 'a.yaml').percent(), expected)
    content = yaml.safe_load((tmp_path / 'a.yaml').read_text())
    assert (content['occupied_thresh'], content['free_thresh']) == (0.65, 0.196)


def test_trinary_pixels_are_those_of_map_saver(tmp_path):
    """0 occupied, 254 free, 205 unknown, in a binary PGM of the plainest kind."""
    OccupancyGrid(np.array([[0.0, 1.0, np.nan]]), 0.05).save(tmp_path / 'a.yaml')
    assert (tmp_path / 'a.pgm').read_bytes() == b'P5\n3 1\n255\n\xfe\x00\xcd'
    assert (tmp_path / 'a.yaml').read_text().splitlines() == [
        'image: a.pgm', 'mode: trinary', 'resolution: 0.05', 'origin: [0.0, 0.0, 0.0]',
        'negate: 0', 'occupied_thresh: 0.65', 'free_thresh: 0.196']


def test_raw_and_scale_pixels_are_those_of_map_saver(tmp_path):
    """Raw stores percent and 255, scale stores brightness and opacity."""
    grid = OccupancyGrid(np.array([[0.0, 1.0, 0.37, np.nan]]), 0.05)
    grid.save(tmp_path / 'raw.yaml', 'raw')
    assert (tmp_path / 'raw.pgm').read_bytes()[-4:] == bytes([0, 100, 37, 255])
    grid.save(tmp_path / 'scale.yaml', 'scale')
    with Image.open(tmp_path / 'scale.png') as image:
        assert np.asarray(image)[0].tolist() == [[255, 255], [0, 255], [161, 255], [128, 0]]


def test_names(tmp_path):
    """A name without suffix gets one, a name with dots keeps them, strings are paths too."""
    grid = graded_grid()
    assert grid.save(tmp_path / 'a') == tmp_path / 'a.yaml'
    assert grid.save(str(tmp_path / 'v1.2.yaml')) == tmp_path / 'v1.2.yaml'
    assert grid.save(tmp_path / 'v1.3') == tmp_path / 'v1.3.yaml'
    assert grid.save(tmp_path / 'key: value.yml') == tmp_path / 'key: value.yml'
    for name in ('a.yaml', 'v1.2.yaml', 'v1.3.yaml', 'key: value.yml'):
        assert OccupancyGrid.load(tmp_path / name).shape == grid.shape
    assert (tmp_path / 'v1.3.pgm').exists()


def test_a_failed_write_leaves_the_old_map(tmp_path, monkeypatch):
    """A full disk half way through: the old pair of files is whole, no other file is left."""
    old = graded_grid()
    path = old.save(tmp_path / 'a.yaml', 'raw')
    synced = []

    def full_on_the_second_file(descriptor):
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full_on_the_second_file)
    with pytest.raises(FsmiExplorerError, match='a.yaml: cannot be written: No space left'):
        OccupancyGrid(np.zeros((3, 3)), 0.1).save(path, 'raw')
    np.testing.assert_array_equal(OccupancyGrid.load(path).percent(), old.percent())
    assert sorted(p.name for p in tmp_path.iterdir()) == ['a.pgm', 'a.yaml']


def test_the_image_takes_its_name_first(tmp_path, monkeypatch):
    """A YAML file never names an image that is not there yet."""
    names = []
    replace = os.replace
    monkeypatch.setattr(
        os, 'replace', lambda old, new: (names.append(Path(new).name), replace(old, new)))
    graded_grid().save(tmp_path / 'a.yaml')
    assert names == ['a.pgm', 'a.yaml']


def test_a_folder_that_is_not_there(tmp_path):
    """One line that names the file."""
    with pytest.raises(FsmiExplorerError, match='cannot be written: No such file or directory'):
        graded_grid().save(tmp_path / 'none' / 'a.yaml')


@pytest.mark.parametrize('options, name', [
    ({'mode': 'grey'}, 'mode'),
    ({'image_format': 'jpg'}, 'image_format'),
    ({'mode': 'scale', 'image_format': 'pgm'}, 'image_format must be png'),
    ({'free_threshold': 0.7}, 'thresholds'),
])
def test_wrong_options(tmp_path, options, name):
    """Nothing is written."""
    with pytest.raises(ValueError, match=name):
        graded_grid().save(tmp_path / 'a.yaml', **options)
    assert not list(tmp_path.iterdir())


def test_every_real_map_loads(data_dir):
    """Maps of many makers: loaded, and free and occupied as their catalogue's pixels say."""
    paths = sorted((data_dir / 'maps2d').glob('*.yaml'))
    assert len(paths) > 30
    for path in paths:
        grid = OccupancyGrid.load(path)
        with Image.open(path.with_suffix('.png')) as image:
            pixels = np.asarray(image.convert('L'))[::-1]
        expected = np.select([pixels == 0, pixels == 254], [100, 0], -1)
        np.testing.assert_array_equal(grid.percent(), expected)
