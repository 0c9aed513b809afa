"""Files of OctoMap: known bytes, real files, round trips, and files that are broken."""

from fsmi_explorer.errors import FileFormatError, FsmiExplorerError
from fsmi_explorer.mapping import MapSizeError, VoxelMap, VoxelMapConfig
import numpy as np
import pytest

HEADER = b'# Octomap OcTree binary file\n# a comment\nid OcTree\nsize 17\nres 0.5\ndata\n'
# The voxel at the origin, occupied: from the root child 7, then always child 0.
ONE_VOXEL = b'\x00\xc0' + 14 * b'\x03\x00' + b'\x02\x00'


def random_map(seed, resolution=0.25):
    """Return a map of free, occupied and unknown voxels, many of them in large cubes."""
    rng = np.random.default_rng(seed)
    voxels = VoxelMap(VoxelMapConfig(resolution=resolution))
    p = rng.choice(np.float32([np.nan, 0.2, 0.4, 0.6, 0.9]), (40, 50, 30))
    p[:, :32] = p[:1, :1, :1]
    p[8:24, 10:30, 3:20] = 0.2
    voxels.set_dense(rng.integers(-40, 10, 3), p)
    return voxels


def read(tmp_path, content, name='map.bt'):
    """Write content to a file and load it."""
    path = tmp_path / name
    path.write_bytes(content)
    return VoxelMap.load(path)


def test_one_voxel_is_these_bytes(tmp_path):
    voxels = read(tmp_path, HEADER + ONE_VOXEL)
    assert voxels.resolution == 0.5
    assert voxels.occupied_voxels().tolist() == [[0.25, 0.25, 0.25]]
    assert voxels.known_voxels == 1
    assert voxels.probability([0.1, 0.1, 0.1]) == pytest.approx(voxels.config.sensor.p_max)
    assert voxels.to_octree() == ONE_VOXEL
    full = voxels.to_octree(binary=False)
    assert len(full) == 17 * 5
    assert full[4::5] == b'\x80' + 15 * b'\x01' + b'\x00'


@pytest.mark.parametrize('seed', range(4))
def test_a_full_tree_keeps_every_voxel(tmp_path, seed):
    voxels = random_map(seed)
    voxels.save(tmp_path / 'map.ot')
    again = VoxelMap.load(tmp_path / 'map.ot')
    assert again.resolution == voxels.resolution
    assert (again.cell_bounds == voxels.cell_bounds).all()
    np.testing.assert_array_equal(
        again.dense(*voxels.cell_bounds), voxels.dense(*voxels.cell_bounds))
    assert again.memory_bytes <= voxels.memory_bytes


@pytest.mark.parametrize('seed', range(4))
def test_a_tree_of_maximum_likelihood_keeps_free_occupied_and_unknown(tmp_path, seed):
    voxels = random_map(seed)
    voxels.save(tmp_path / 'map.bt')
    again = VoxelMap.load(tmp_path / 'map.bt')
    before, after = (each.dense(*voxels.cell_bounds) for each in (voxels, again))
    np.testing.assert_array_equal(np.isnan(before), np.isnan(after))
    np.testing.assert_array_equal(before >= 0.5, after >= 0.5)
    assert again.to_octree() == voxels.to_octree()


def test_the_data_of_a_message_are_a_tree_without_header(tmp_path):
    voxels = random_map(7)
    for binary, name in ((True, 'map.bt'), (False, 'map.ot')):
        data = voxels.to_octree(binary)
        voxels.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().endswith(b'\ndata\n' + data)
        signed = np.frombuffer(data, np.int8)
        again = VoxelMap.from_octree(signed, voxels.config, binary=binary)
        assert again.to_octree(binary) == data


def test_colour_is_left_out():
    voxels = random_map(8)
    nodes = np.frombuffer(voxels.to_octree(binary=False), np.uint8).reshape(-1, 5)
    colour = np.full((len(nodes), 3), 77, np.uint8)
    data = np.hstack([nodes[:, :4], colour, nodes[:, 4:]]).tobytes()
    again = VoxelMap.from_octree(data, voxels.config, binary=False, tree='ColorOcTree')
    assert again.to_octree(binary=False) == nodes.tobytes()


def test_an_empty_map_is_a_tree_without_nodes(tmp_path):
    VoxelMap().save(tmp_path / 'map.bt')
    assert VoxelMap.load(tmp_path / 'map.bt').cell_bounds is None


@pytest.mark.parametrize(('content', 'reason'), [
    (b'', 'not a file of OctoMap'), (b'\x89PNG\r\n\x1a\n' * 900, 'not a file of OctoMap'),
    (HEADER[:40], "no line 'data'"), (HEADER, 'the tree has 0'),
    (HEADER + ONE_VOXEL[:-2], 'ends in the middle'), (HEADER + ONE_VOXEL[:-1], 'ends in the'),
    (HEADER + ONE_VOXEL + b'\x00\x00', 'more follows'),
    (HEADER + 17 * b'\x03\x00', 'deeper than 16'),
    (HEADER.replace(b'17', b'18') + ONE_VOXEL, '18 nodes, the tree has 17'),
    (HEADER.replace(b'17', b'-2') + ONE_VOXEL, 'size.*-2'),
    (HEADER.replace(b'0.5', b'0') + ONE_VOXEL, "res.*'0'"),
    (HEADER.replace(b'0.5', b'nan') + ONE_VOXEL, 'res.*nan'),
    (HEADER.replace(b'res 0.5\n', b'') + ONE_VOXEL, 'res.*None'),
    (HEADER.replace(b'OcTree\ns', b'RoughOcTree\ns') + ONE_VOXEL, "OcTree.*'RoughOcTree'"),
    (HEADER.replace(b' binary', b'') + 85 * b'\xff', 'finite|ends|deeper'),
    (HEADER.replace(b' binary', b'') + 84 * b'\x01', 'whole number of nodes')])
def test_a_broken_file_is_refused_with_its_name_and_the_reason(tmp_path, content, reason):
    with pytest.raises(FileFormatError, match=f'map.bt: .*({reason})'):
        read(tmp_path, content)


def test_files_that_cannot_be(tmp_path):
    with pytest.raises(FileFormatError, match='none.bt: No such file'):
        VoxelMap.load(tmp_path / 'none.bt')
    with pytest.raises(FsmiExplorerError, match='cannot be written'):
        VoxelMap().save(tmp_path / 'no_folder' / 'map.bt')
    with pytest.raises(ValueError, match='path must end with .bt or .ot'):
        VoxelMap().save(tmp_path / 'map.pcd')
    far = VoxelMap()
    far.insert_rays([2000.0, 0.0, 0.0], [[2000.5, 0.0, 0.0]])
    with pytest.raises(ValueError, match='32767'):
        far.save(tmp_path / 'map.bt')
    assert list(tmp_path.iterdir()) == []


def test_a_map_larger_than_allowed_is_refused(tmp_path):
    # A free cube of half the side of the tree.
    header = HEADER.replace(b'17', b'2')
    with pytest.raises(MapSizeError, match='map.bt: .*max_memory = 2000 MB'):
        read(tmp_path, header + b'\x01\x00')


def test_random_damage_never_goes_by_unseen_as_another_error(tmp_path):
    rng, voxels = np.random.default_rng(9), random_map(9)
    for name in ('map.bt', 'map.ot'):
        voxels.save(tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        for _ in range(60):
            broken = bytearray(whole)
            broken[rng.integers(len(whole))] ^= 1 << rng.integers(8)
            content = bytes(broken[:rng.integers(len(whole))] if rng.integers(2) else broken)
            try:
                read(tmp_path, content, 'broken')
            except (FileFormatError, MapSizeError):
                pass


@pytest.mark.parametrize(('name', 'resolution', 'nodes'), [
    ('freiburg1_360.bt', 0.02, 1547112), ('la3dm_sim_structured.bt', 0.1, 131839)])
def test_real_files_come_back_as_they_were(data_dir, tmp_path, name, resolution, nodes):
    content = (data_dir / 'd3' / name).read_bytes()
    voxels = VoxelMap.load(data_dir / 'd3' / name)
    assert voxels.resolution == resolution
    voxels.save(tmp_path / 'again.bt')
    written = (tmp_path / 'again.bt').read_bytes()
    # As many nodes as OctoMap's own library has after pruning.
    assert f'\nsize {nodes}\n'.encode() in written
    if f'\nsize {nodes}\n'.encode() in content:
        assert written.split(b'\ndata\n', 1)[1] == content.split(b'\ndata\n', 1)[1]
