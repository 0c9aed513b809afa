"""The 3D world, the rays through it, what sensors measure in it and what can be seen of it."""

from pathlib import Path

from fsmi_explorer.errors import ConfigurationError, FileFormatError
from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
from fsmi_explorer.simulation import find_world, SimulationConfig, Simulator, World
from fsmi_explorer.simulation.cloud_configuration import (
    DepthCameraConfig,
    Lidar3DConfig,
    MountConfig,
    VoxelWorldConfig,
)
from fsmi_explorer.simulation.cloud_sensor import lidar_rays, make_camera, make_lidar
from fsmi_explorer.simulation.floor_plan import FloorPlan
from fsmi_explorer.simulation.voxel_rays import cast, free_distances
from fsmi_explorer.simulation.voxel_visibility import sensor_seats, visible_points, visible_space
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world_files import load_voxel_world, load_world
import numpy as np
import pytest

PLANS = Path(__file__).resolve().parents[1] / 'worlds' / 'plans'
STEEP = np.radians(80.0)


def room(height=2.4, pillar=True) -> VoxelWorld:
    """Return a room of 6 m x 4 m, its corner at (-3, -2), with a pillar of 0.4 m at (1, 0)."""
    solid = np.zeros((round(height / 0.1), 40, 60), bool)
    if pillar:
        solid[:, 18:22, 38:42] = True
    return VoxelWorld(solid, 0.1, (-3.0, -2.0, 0.0))


def flat_of(world: VoxelWorld) -> World:
    """Return the 2D world of what reaches between 0.1 m and 0.5 m."""
    return World(world.solid[1:5].any(axis=0), world.resolution, (*world.origin[:2], 0.0))


def test_distances_are_king_moves():
    rng = np.random.default_rng(3)
    solid = np.pad(rng.random((7, 9, 8)) < 0.03, 1, constant_values=True)
    places = np.argwhere(solid)
    expected = [abs(places - each).max(axis=1).min() for each in np.argwhere(solid | ~solid)]
    np.testing.assert_array_equal(free_distances(solid).ravel(), expected)


@pytest.mark.parametrize('seed', range(5))
def test_rays_end_where_a_walk_in_small_steps_does(seed):
    rng = np.random.default_rng(seed)
    solid = np.pad(rng.random((12, 20, 30)) < 0.02, 1, constant_values=True)
    origin = np.array([15.3, 10.7, 6.2])
    directions = rng.normal(size=(200, 3))
    directions[:6] = np.vstack([np.eye(3), -np.eye(3)])
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    solid[6, 10, 15] = False
    lengths = np.empty(len(directions))
    cast(free_distances(solid), origin, directions, 100.0, lengths)
    walk = np.arange(0.0, 40.0, 1e-3)
    for direction, length in zip(directions, lengths):
        col, row, layer = np.clip(origin[:, None] + direction[:, None] * walk, 0, [
            [31], [21], [13]]).astype(int)
        first = walk[np.argmax(solid[layer, row, col])]
        # A corner that is only grazed may fall between two steps.
        assert length <= first + 1e-9 and (first - length < 2e-3 or solid[tuple(
            (origin + direction * (length + 1e-6)).astype(int)[::-1])])


def test_rays_know_their_reach_and_where_they_begin():
    distance = free_distances(np.pad(np.zeros((5, 5, 5), bool), 1, constant_values=True))
    lengths = np.empty(1)
    for x, reach, expected in ((1.5, 9.0, 4.5), (1.5, 4.4, np.inf), (0.5, 9.0, 0.0),
                               (-4.0, 9.0, 0.0)):
        cast(distance, np.array([x, 3.0, 3.0]), np.array([[1.0, 0.0, 0.0]]), reach, lengths)
        assert lengths[0] == pytest.approx(expected)


def test_an_office_is_built_as_its_plan_says():
    plan = FloorPlan.load(PLANS / 'office.yaml')
    world = VoxelWorld.of_plan(plan, 0.05)

    def column(x, y):
        col, row, _ = np.floor((np.array([x, y, 0.0]) - world.origin) / 0.05 + 1e-6).astype(int)
        return world.solid[:, row, col]

    assert world.shape[0] == 52
    assert column(12.0, 6.42).all()                                  # a partition
    door, window = column(13.4, 6.42), column(2.5, 0.02)
    assert not door[:42].any() and door[42:].all()                   # a lintel above 2.1 m
    assert window[:18].all() and not window[18:42].any() and window[42:].all()
    assert not column(8.5, 4.2).any()                                # where robots start


def test_a_table_is_a_thin_board_on_legs_however_coarse_the_voxels():
    flat = FloorPlan.load(PLANS / 'flat.yaml')
    board = next(each for each in flat.solids if each.kind == 'table' and each.bottom > 0.5)
    for resolution in (0.05, 0.1):
        world = VoxelWorld.of_plan(flat, resolution)
        at = ((np.array([board.x, board.y, 0.0]) - world.origin) / resolution).astype(int)
        filled = np.flatnonzero(world.solid[:, at[1], at[0]])
        assert filled.tolist() == [round(0.7 / resolution)]


def test_worlds_from_files(tmp_path):
    config = VoxelWorldConfig(resolution=0.1)
    for name in ('flat', 'office', 'warehouse'):
        path = find_world(name)
        driven, seen = World.load(path), load_voxel_world(path, config)
        x, y, _ = driven.start
        col, row, layer = seen.to_voxels((x, y, 0.6)).astype(int)
        assert seen.free_distance[layer, row, col] > 2
    flat_map = tmp_path / 'map.yaml'
    flat_map.write_text(''.join(line for line in find_world('flat').read_text().splitlines(True)
                                if 'floor_plan' not in line))
    (tmp_path / 'flat.png').write_bytes(find_world('flat').with_suffix('.png').read_bytes())
    world = load_voxel_world(flat_map, config)
    assert world.shape == (50, *World.load(flat_map).shape)
    np.testing.assert_array_equal(world.solid[20], World.load(flat_map).occupied)
    flat_map.write_text(flat_map.read_text() + 'floor_plan: none.yaml\n')
    with pytest.raises(FileFormatError, match='none.yaml'):
        load_voxel_world(flat_map, config)


def test_an_octree_is_a_world_of_what_it_knows_to_be_free(tmp_path):
    box = np.full((10, 20, 30), 0.1, np.float32)
    box[0], box[:, 5:8, 12] = 0.9, 0.9
    box[:, :, 25:] = np.nan
    voxels = VoxelMap(VoxelMapConfig(resolution=0.2))
    voxels.set_dense(np.array([-7, 3, -1]), box)
    voxels.save(tmp_path / 'hall.bt')
    config = VoxelWorldConfig(body_low=0.1, body_high=0.5)
    world = load_voxel_world(tmp_path / 'hall.bt', config)
    np.testing.assert_array_equal(world.solid, ~(box[:, :, :25] < 0.5))
    np.testing.assert_allclose(world.origin, (-1.4, 0.6, -0.2))
    driven = load_world(tmp_path / 'hall.bt', config)
    centres = world.centres(np.argwhere(~world.solid[2]) @ [[0, 1, 0], [0, 0, 1]])[:, :2]
    cells = np.floor((centres - driven.origin[:2]) / 0.2 + 1e-6).astype(int)
    free = np.zeros(driven.shape, bool)
    free[cells[:, 1], cells[:, 0]] = True
    np.testing.assert_array_equal(driven.occupied, ~free)
    with pytest.raises(FileFormatError, match='between 5 and 6'):
        load_world(tmp_path / 'hall.bt', VoxelWorldConfig(body_low=5.0, body_high=6.0))
    for broken, words in ((b'no octree', 'first line'), (b'', 'first line')):
        (tmp_path / 'bad.bt').write_bytes(broken)
        with pytest.raises(FileFormatError, match=words):
            load_world(tmp_path / 'bad.bt', config)


def test_worlds_of_wrong_values_are_refused():
    for arguments, name in (((np.zeros((2, 2)), 0.1), 'solid'),
                            ((np.zeros((2, 2, 2)), -1.0), 'resolution'),
                            ((np.zeros((2, 2, 2)), 0.1, (0.0, np.nan, 0.0)), 'origin')):
        with pytest.raises(ValueError, match=name):
            VoxelWorld(*arguments)
    with pytest.raises(ValueError, match='yaw'):
        VoxelWorld.of_world(World(np.zeros((3, 3), bool), 0.1, (0.0, 0.0, 1.0)), 2.0)


def test_a_lidar_measures_the_planes_of_a_room():
    config = Lidar3DConfig(
        enabled=True, rings=9, azimuths=72, lowest=-STEEP, highest=STEEP, noise_sigma=0.0,
        mount=MountConfig(x=0.5, z=1.1))
    cloud = make_lidar(room(), config, np.random.default_rng(0)).take(0.0, (0.0, 0.5, np.pi / 2))
    assert cloud.shape == (9, 72, 3) and np.isfinite(cloud).all()
    # The robot looks to +y: x of the sensor is y of the room, y of the sensor is -x.
    points = np.stack([-cloud[..., 1], 1.0 + cloud[..., 0], 1.1 + cloud[..., 2]], axis=-1)
    gaps = np.min([points[..., 0] + 3, 3 - points[..., 0], points[..., 1] + 2,
                   2 - points[..., 1], points[..., 2], 2.4 - points[..., 2]], axis=0)
    pillar = np.abs(points[..., :2] - (1.0, 0.0)).max(axis=-1) < 0.2 + 1e-5
    assert (gaps > -1e-5).all() and ((gaps < 1e-5) | pillar).all() and pillar.any()


def test_a_camera_looks_along_its_optical_axis():
    config = DepthCameraConfig(
        enabled=True, width=41, height=31, fov=1.0, noise_sigma=0.0,
        mount=MountConfig(x=0.1, z=1.2, yaw=np.pi))
    camera = make_camera(room(pillar=False), config, np.random.default_rng(0))
    cloud = camera.take(0.0, (0.0, 0.0, 0.0))
    np.testing.assert_allclose(cloud[15, 20], (0.0, 0.0, 3.1), atol=1e-6)
    np.testing.assert_allclose(cloud[15, :, 2], 3.1, rtol=1e-6)  # a depth, not a range
    assert (cloud[:, -1, 0] > 0).all() and (cloud[-1, :, 1] > 0).all()
    pitched = DepthCameraConfig(
        enabled=True, width=1, height=1, noise_sigma=0.0, mount=MountConfig(z=1.0, pitch=0.5))
    cloud = make_camera(room(), pitched, np.random.default_rng(0)).take(0.0, (-2.9, -1.9, 0.78))
    assert cloud[0, 0, 2] == pytest.approx(1.0 / np.sin(0.5))  # down to the floor


def test_ranges_noise_and_drop_out():
    def take(**changes):
        config = Lidar3DConfig(
            enabled=True, rings=20, azimuths=200, mount=MountConfig(z=1.2), **changes)
        return make_lidar(room(pillar=False), config, np.random.default_rng(1)).take(
            0.0, (0.0, 0.0, 0.0))

    exact = np.linalg.norm(take(noise_sigma=0.0), axis=-1)
    cut = np.linalg.norm(take(noise_sigma=0.0, range_min=2.2, range_max=2.6), axis=-1)
    np.testing.assert_array_equal(np.isnan(cut), (exact < 2.2) | (exact > 2.6))
    noise = np.linalg.norm(take(noise_sigma=0.05), axis=-1) - exact
    assert noise.std() == pytest.approx(0.05, rel=0.05) and abs(noise.mean()) < 0.003
    assert np.isnan(take(drop_out=0.3)[..., 0]).mean() == pytest.approx(0.3, abs=0.03)


def config_3d(**changes) -> SimulationConfig:
    return SimulationConfig.from_mapping({
        'lidar_3d': {'enabled': True, 'rings': 4, 'azimuths': 30, 'rate': 5.0, 'drop_out': 0.1},
        'depth_camera': {'enabled': True, 'rate': 2.0}, **changes})


def test_the_same_seed_gives_the_same_clouds_in_time():
    def drive(seed):
        world = room()
        simulator = Simulator(
            flat_of(world), config_3d(start={'choice': 'pose'}), seed, world)
        clouds = []
        for _ in range(60):
            simulator.command(0.4, 0.2)
            simulator.step()
            for name in simulator.clouds_due():
                clouds.append((name, round(simulator.time, 3), simulator.cloud(name)))
        return clouds

    first, again, other = drive(1), drive(1), drive(2)
    times = [time for name, time, _ in first if name == 'lidar_3d']
    np.testing.assert_allclose(np.diff(times)[1:], 0.2, atol=0.021)
    assert len([name for name, _, _ in first if name == 'depth_camera']) == 3
    for one, two in zip(first, again):
        np.testing.assert_array_equal(one[2], two[2])
    assert not np.array_equal(first[0][2], other[0][2], equal_nan=True)


def test_the_flat_lidar_is_unmoved_by_3d_sensors_and_can_be_off():
    world = room()
    flat = flat_of(world)
    ranges = [Simulator(flat, config, 5, world).scan().ranges
              for config in (SimulationConfig(), config_3d())]
    np.testing.assert_array_equal(*ranges)
    assert not Simulator(flat, config_3d(lidar={'enabled': False}), 5, world).scan_due()
    with pytest.raises(ValueError, match='voxel_world'):
        Simulator(flat, config_3d())


def test_configurations_that_contradict_themselves_are_refused():
    for section, values, word in (
            ('lidar_3d', {'lowest': 0.2, 'highest': 0.1}, 'lowest'),
            ('depth_camera', {'range_min': 6.0}, 'range_min'),
            ('lidar_3d', {'rate': 100.0}, 'lidar_3d.rate')):
        with pytest.raises(ConfigurationError, match=word):
            SimulationConfig.from_mapping({section: values})


def test_what_is_visible_is_what_dense_rays_from_the_seats_meet():
    world = room(height=1.2)
    flat = flat_of(world)
    seats = sensor_seats(flat, 0.2, (0.0, 0.0, 0.55), start=(-2.0, 0.0))
    assert 60 < len(seats) < 160
    near = seats[seats[:, 0] < -1.0]
    free = world.centres(np.argwhere(~world.solid))
    visible = np.zeros(world.shape, bool)
    visible[~world.solid] = visible_points(world, free, near, 3.0, (-0.4, 0.3))
    config = Lidar3DConfig(rings=60, azimuths=500, lowest=-0.4, highest=0.3)
    met = np.zeros(world.shape, bool)
    rays = lidar_rays(config).reshape(-1, 3)
    lengths = np.empty(len(rays))
    for seat in near:
        cast(world.free_distance, world.to_voxels(seat), rays, 30.0, lengths)
        for step in np.arange(0.0, 30.0, 0.5):
            on = rays[step < lengths - 1e-6]
            col, row, layer = (world.to_voxels(seat) + step * on).astype(int).T - 1
            met[layer, row, col] = True
    # A line to the middle is asked for, and a ray may only graze: they differ at the borders.
    assert np.count_nonzero(visible & ~met) < 0.01 * np.count_nonzero(visible)
    assert np.count_nonzero(met & ~visible) < 0.12 * np.count_nonzero(visible)
    assert not visible[:, 19:21, 42:43].any()  # in the shadow of the pillar


def test_the_voxels_of_a_map_are_visible_where_they_are_free_altogether():
    # A room of 1.2 m x 1 m x 0.8 m, with one fine voxel in the middle of its floor.
    solid = np.zeros((16, 20, 24), bool)
    solid[0, 10, 12] = True
    world = VoxelWorld(solid, 0.05, (-0.6, -0.5, 0.0))
    seats = np.array([[0.0, 0.0, 0.55]])
    space, surface = visible_space(world, 0.1, seats, 5.0, (-np.pi / 2, np.pi / 2))
    assert len(space) == 12 * 10 * 8 - 1
    walls = 2 * (12 * 10 + 12 * 8 + 10 * 8)
    assert len(surface) == walls  # one more, and the floor below it is seen by none
    np.testing.assert_allclose(np.abs(surface).min(axis=0), (0.05, 0.05, 0.05))
