"""Pictures: what is drawn where, and that files are whole."""

from fsmi_explorer.cli import pictures
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
from PIL import Image
import pytest


def room(origin=(-3.0, 2.0, 0.0)):
    """Make a room of 4 x 8 m with walls, within 5 x 10 m."""
    p = np.full((100, 200), np.nan, np.float32)
    p[10:90, 20:180] = 0.02
    p[10:90, [20, 179]] = p[[10, 89], 20:180] = 0.98
    return OccupancyGrid(p, 0.05, origin)


def colour_at(image, ax, x, y):
    """Return the colour of the picture at a place in the world."""
    column, row = ax.transData.transform((x, y))
    return image[image.shape[0] - 1 - round(row), round(column)] / 255


def drawn(grid):
    """Draw a map and return the picture and its axes."""
    figure, (ax,) = pictures.new_figure(grid)
    pictures.draw_map(ax, grid)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3], ax


@pytest.mark.parametrize('yaw', [0.0, 0.4, -2.0])
def test_cells_are_drawn_where_they_are(yaw):
    grid = room((-3.0, 2.0, yaw))
    image, ax = drawn(grid)
    for cell, colour in (((50, 100), pictures.FREE), ((2, 3), pictures.UNKNOWN)):
        assert np.allclose(colour_at(image, ax, *grid.cell_to_world(cell)), colour, atol=0.05)
    walls = np.array([colour_at(image, ax, *grid.cell_to_world((10, column)))
                      for column in range(40, 160)])
    assert walls.mean() < 0.5


def test_the_known_part_fills_the_picture():
    left, right, bottom, top = pictures.known_extent(room(), margin=0.0)
    assert (left, right, bottom, top) == pytest.approx((-2.0, 6.0, 2.5, 6.5))


def test_a_stray_beam_does_not_widen_the_picture():
    p = np.full((100, 4000), np.nan, np.float32)
    p[:, :200] = 0.0
    p[50, 200:204] = 0.0
    p[50, 3990:] = 0.0
    _, right, _, _ = pictures.known_extent(OccupancyGrid(p, 0.05), margin=0.0)
    assert right < 10.5


def test_a_map_of_nothing_can_be_drawn():
    image, _ = drawn(OccupancyGrid(np.full((3, 5), np.nan), 0.1))
    assert image.size


def test_information_has_a_colour_bar_in_bits():
    grid = room()
    figure, (ax,) = pictures.new_figure(grid)
    bits = np.where(grid.probabilities < 0.25, 7.5, np.nan)
    pictures.draw_map(ax, grid)
    image = pictures.draw_information(ax, bits, grid)
    assert image.get_clim() == (0.0, 7.5)
    bar = figure.axes[1]
    assert 'bits' in bar.get_ylabel()
    assert bar.get_ylim() == (0.0, 7.5)


@pytest.mark.parametrize('bits', [np.zeros((100, 200)), np.full((100, 200), np.nan)])
def test_no_information_is_no_trouble(tmp_path, bits):
    figure, (ax,) = pictures.new_figure(room())
    pictures.draw_map(ax, room())
    assert pictures.draw_information(ax, bits, room()).get_clim() == (0.0, 1.0)
    pictures.save(figure, tmp_path / 'a.png')


def test_information_goes_from_light_to_dark():
    shades = pictures.information_colours()(np.linspace(0, 1, 20))[:, :3]
    lightness = shades @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(lightness) < 0).all()


def test_blocks_keep_walls_and_leave_out_nothing():
    values = np.full((5, 7), np.nan)
    values[4, 6], values[0, 0] = 3.0, 1.0
    shrunk = pictures.greatest_of_blocks(values, 3)
    assert shrunk.shape == (2, 3)
    assert (shrunk[0, 0], shrunk[1, 2]) == (1.0, 3.0)
    assert np.isnan(shrunk[0, 1:]).all()


def test_walls_of_a_huge_map_are_seen():
    p = np.zeros((50, 6001), np.float32)
    p[25] = 1.0
    image, ax = drawn(OccupancyGrid(p, 0.05))
    shown = ax.images[0].get_array()
    assert max(shown.shape) <= 2001
    assert (shown.max(axis=0) == 1.0).all()
    left, right = (round(ax.transData.transform((x, 1))[0]) for x in (20, 280))
    assert (image[:, left:right].max(axis=2).min(axis=0) < 100).all(), 'the wall has gaps'


@pytest.mark.parametrize(('width', 'expected'), [(4.0, 0.5), (12.0, 2.0), (300.0, 50.0)])
def test_scale_bars_are_round(width, expected):
    figure, (ax,) = pictures.new_figure(room())
    ax.set(xlim=(0, width), ylim=(0, width))
    pictures.draw_scale_bar(ax)
    assert np.ptp(ax.lines[-1].get_xdata()) == pytest.approx(expected)
    assert ax.texts[-1].get_text() == f'{expected:g} m'


def test_a_saved_picture_is_whole(tmp_path):
    figure, (ax,) = pictures.new_figure(room())
    pictures.draw_map(ax, room())
    pictures.draw_path(ax, [[0, 4], [1, 4], [2, 5]])
    pictures.draw_best_pose(ax, (2, 5, 0.3))
    pictures.save(figure, tmp_path / 'map.png')
    with Image.open(tmp_path / 'map.png') as image:
        image.load()
        assert 600 < image.width < 2000
        assert 300 < image.height < 2000
        assert len(np.unique(np.asarray(image.convert('L')))) > 3
    assert [each.name for each in tmp_path.iterdir()] == ['map.png']


def test_a_picture_that_fails_leaves_the_old_one(tmp_path):
    (tmp_path / 'map.png').write_bytes(b'old')
    figure, _ = pictures.new_figure(room())
    figure.savefig = None
    with pytest.raises(TypeError):
        pictures.save(figure, tmp_path / 'map.png')
    assert (tmp_path / 'map.png').read_bytes() == b'old'
