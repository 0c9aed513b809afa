"""The pictures of maps of voxels, what is kept of a run, and how it is judged."""

from fsmi_explorer.cli.isometric import BACKGROUND, colours_by_height, FLOOR_COLOUR, IsometricView
from fsmi_explorer.cli.node_parameters import node_parameters
from fsmi_explorer.cli.record import Canvas, RunRecord, Sample
from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
from fsmi_explorer.simulation import World
from fsmi_explorer.simulation.voxel_world import VoxelWorld
import numpy as np
from PIL import Image
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.cli import voxel_record  # noqa: E402
from fsmi_explorer.cli.voxel_picture import draw_voxels, sample_at, write_voxel_animation  # noqa: E402
from fsmi_explorer.nodes.octomap_messages import octomap_from_voxels  # noqa: E402
from std_msgs.msg import Header  # noqa: E402


def test_a_cube_shows_three_faces_and_hides_what_is_behind():
    view = IsometricView(np.zeros(3), np.ones(3), 0.5, 200)
    near, far = np.array([0.25, 0.25, 0.25]), np.array([0.75, 0.75, 0.25])
    red, blue = np.array([200, 0, 0], np.uint8), np.array([0, 0, 200], np.uint8)
    alone = view.draw(near[None], red[None])
    faces = np.unique(alone.reshape(-1, 3), axis=0)
    assert {tuple(each) for each in faces} == {
        (148, 0, 0), (176, 0, 0), (200, 0, 0), BACKGROUND}
    assert tuple(alone[tuple(view.project(near + (0, 0, 0.25))[1::-1].astype(int))]) == (200, 0, 0)
    both = view.draw(np.stack([near, far]), np.stack([red, blue]))
    swapped = view.draw(np.stack([far, near]), np.stack([blue, red]))
    np.testing.assert_array_equal(both, swapped)
    is_red = alone[..., 1] == 0
    # Nothing covers the near one, but along the edge where both touch.
    assert (both[is_red] == alone[is_red]).mean() > 0.99
    assert (both[..., 2] == 200).any()


def test_cubes_side_by_side_leave_no_gap():
    view = IsometricView(np.zeros(3), np.array([3.0, 3.0, 0.1]), 0.1, 311)
    cells = np.stack(np.meshgrid(np.arange(30), np.arange(30)), axis=-1).reshape(-1, 2)
    centres = np.column_stack([0.1 * cells + 0.05, np.full(900, 0.05)])
    image = view.draw(centres, np.zeros((900, 3), np.uint8))
    corners = view.project(np.array([(0.3, 0.3, 0.1), (2.7, 0.3, 0.1), (2.7, 2.7, 0.1)]))[:, :2]
    for a, b in np.random.default_rng(0).random((300, 2)):
        col, row = corners[1] + a * (corners[0] - corners[1]) + b * (corners[2] - corners[1])
        assert image[int(row), int(col)].max() == 0


def test_floors_are_pale_and_heights_have_colours():
    colours = colours_by_height(np.array([-0.1, 0.0, 1.0, 9.0]), 0.0, 2.0)
    assert tuple(colours[0]) == FLOOR_COLOUR
    assert len({tuple(each) for each in colours}) == 4


def maps_of_a_room():
    """Return a world and maps of it: of its lower half, then of all."""
    world = VoxelWorld(np.zeros((10, 20, 30), bool), 0.1)
    half, whole = VoxelMap(VoxelMapConfig(resolution=0.1)), VoxelMap(
        VoxelMapConfig(resolution=0.1))
    box = np.full((12, 22, 32), 0.1, np.float32)
    box[[0, -1]] = box[:, [0, -1]] = box[:, :, [0, -1]] = 0.9
    half.set_dense(np.array([-1, -1, -1]), box[:6])
    whole.set_dense(np.array([-1, -1, -1]), box)
    return world, half, whole


def frame_of(voxels, time):
    header = Header(frame_id='map')
    header.stamp.sec = time
    return voxel_record._pack(octomap_from_voxels(voxels, header))


def test_a_run_is_judged_and_drawn(tmp_path):
    world, half, whole = maps_of_a_room()
    visible = voxel_record.VisibleSpace.of(
        world, 0.1, np.array([[1.5, 1.0, 0.55]]), 9.0, (-np.pi / 2, np.pi / 2))
    assert len(visible.free) == 10 * 20 * 30
    assert visible.coverage(half) == pytest.approx((0.5, (30 * 20 + 5 * 100) / (
        2 * 30 * 20 + 10 * 100)))
    assert visible.coverage(whole) == (1.0, 1.0)
    record = RunRecord(Canvas(World(np.zeros((20, 30), bool), 0.1)))
    record.samples = [
        Sample(float(i), 0.5 + 0.2 * i, 1.0, 0.0, 0.2 * i, 0.1 * i, 9.0, 1.0, 'exploring')
        for i in range(10)]
    record.path = [(0.5 + 0.2 * i, 1.0) for i in range(10)]
    assert sample_at(record, 3.7).time_s == 3.0 and sample_at(record, -1.0).time_s == 0.0
    frames = [frame_of(half, 1), frame_of(whole, 8)]
    assert frames[1].unpack().known_voxels == whole.known_voxels
    write_voxel_animation(world, record, frames, tmp_path / 'voxels.gif')
    with Image.open(tmp_path / 'voxels.gif') as animation:
        assert animation.n_frames == 2
    figure = draw_voxels(world, record, frames, visible, 'a room')
    figure.canvas.draw()
    assert len(figure.axes) >= 6


def test_later_parameter_files_win(tmp_path):
    first, second = tmp_path / 'a.yaml', tmp_path / 'b.yaml'
    first.write_text('/**/mapping_node: {ros__parameters: {a: 1, b: {c: 2, d: 3}}}\n')
    second.write_text('/**/mapping_node: {ros__parameters: {b: {d: 4}}}\n'
                      '/**/mi_node: {ros__parameters: {a: 5}}\n')
    assert node_parameters([first, second], 'mapping_node') == {'a': 1, 'b': {'c': 2, 'd': 4}}
