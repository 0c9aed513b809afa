#!/usr/bin/env python3
"""
What maps of voxels cost: clouds in, memory, rays as runs, sensors at poses.

One thread, best of several. Insertion and memory stand beside those of OctoMap's own library
where its Python binding `octomap` can be imported, rays as runs beside the same rays cell by cell
in an array of all voxels, with the sums that this package has for them.
"""

from functools import partial
from typing import Iterator, NamedTuple

from fsmi_explorer.information import BeamModel, pose_mutual_information_3d, SpinningLidar
from fsmi_explorer.information.beam import beam_sum, BeamCells
from fsmi_explorer.information.cell_information import cell_planes
from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping import VoxelMap, VoxelMapConfig
from measuring import best_seconds, DATA, row
import numpy as np

try:
    import octomap
except ImportError:
    octomap = None

D3 = DATA / 'd3'
_NO_OCTOMAP = 'not compared: no Python module octomap here'


class Cloud(NamedTuple):
    """Points in the frame of the map and where they were seen from, m."""

    origin: np.ndarray
    points: np.ndarray


class Scene(NamedTuple):
    """Clouds of one place, with what they are mapped with, m."""

    name: str
    clouds: list[Cloud]
    resolution: float
    max_range: float


def run(quick: bool = False) -> list[dict]:
    """Measure everything; quick takes few repetitions and small scenes."""
    if not D3.is_dir():
        return [row('voxels', 0, '', f'no real data in {D3}')]
    seconds = 0.1 if quick else 1.0
    scenes = [scene for scene in real_scenes() if not quick or len(scene.clouds) != 3]
    rows = [each for scene in scenes for each in insertion(scene, seconds)]
    for name, max_range in (('freiburg1_360', 6.0), ('la3dm_sim_structured', 20.0)):
        voxels = VoxelMap.load(D3 / f'{name}.bt')
        rows += [*memory(name, voxels), *rays(name, voxels, max_range, seconds)]
        rows += poses(name, voxels, max_range, seconds)
    return rows + poses('room of 12 x 15 x 3 m at 5 cm', room(), 20.0, seconds)


def real_scenes() -> Iterator[Scene]:
    """Return the clouds of the real data."""
    scan = np.load(D3 / 'octomap_scan.npz')
    yield Scene('OctoMap scan', [Cloud(np.zeros(3), scan['points'].astype(float))], 0.05, 0.0)
    scan = np.load(D3 / 'la3dm_sim_structured.npz')
    parts = np.split(scan['points'].astype(float), np.cumsum(scan['count'])[:-1])
    yield Scene('la3dm', [Cloud(*each) for each in zip(scan['origin'], parts)], 0.05, 8.0)
    scan = np.load(D3 / 'ouster_os1_128_n3.npz')
    parts = np.split(scan['points'].astype(float), np.cumsum(scan['count'])[:-1])
    yield Scene('Ouster', [
        Cloud(pose[:3, 3], points @ pose[:3, :3].T + pose[:3, 3])
        for pose, points in zip(scan['pose'], parts)], 0.05, 20.0)


def insertion(scene: Scene, seconds: float) -> list[dict]:
    """Measure how long clouds take into an empty map, and what it then needs."""
    config = VoxelMapConfig(resolution=scene.resolution, max_range=scene.max_range)

    def ours() -> VoxelMap:
        voxels = VoxelMap(config)
        for cloud in scene.clouds:
            voxels.insert_rays(cloud.origin, cloud.points)
        return voxels

    def theirs() -> 'octomap.OcTree':
        tree = octomap.OcTree(scene.resolution)
        for cloud in scene.clouds:
            tree.insertPointCloud(
                cloud.points, cloud.origin, scene.max_range or -1.0, lazy_eval=True)
        tree.updateInnerOccupancy()
        return tree

    spent, size = best_seconds(ours, seconds), ours().memory_bytes
    time_note = memory_note = _NO_OCTOMAP
    if octomap:
        other, tree = best_seconds(theirs, seconds), theirs()
        time_note = f'OctoMap {other * 1e3:.0f} ms, {other / spent:.1f} times'
        memory_note = f'OctoMap {tree.memoryUsage() / 1e6:.1f} MB'
    name = f'{scene.name}, {sum(len(each.points) for each in scene.clouds)} points'
    return [row(f'insertion, {name}', spent * 1e3, 'ms', time_note),
            row(f'memory, {name}', size / 1e6, 'MB', memory_note)]


def memory(name: str, voxels: VoxelMap) -> list[dict]:
    """Compare the memory of a map from a file."""
    note = _NO_OCTOMAP
    if octomap:
        tree = octomap.OcTree(voxels.resolution)
        tree.readBinary(str(D3 / f'{name}.bt').encode())
        note = f'OctoMap {tree.memoryUsage() / 1e6:.1f} MB'
    return [row(f'memory, {name}.bt', voxels.memory_bytes / 1e6, 'MB', note)]


def rays(name: str, voxels: VoxelMap, max_range: float, seconds: float) -> list[dict]:
    """Measure rays through a map as runs against the same rays cell by cell."""
    origin = viewpoint(voxels)
    directions = SpinningLidar(16, 64).directions
    poses_ = np.append(origin, 0.0)[None]
    low, high = voxels.cell_bounds
    planes = np.stack([
        plane.reshape((high - low)[::-1]) for plane in cell_planes(
            voxels.dense(low, high).reshape(1, -1), BeamModel())], axis=-1)
    rows = []
    for method in ('fsmi', 'approx_fsmi', 'noise_free'):
        model = BeamModel(max_range=max_range, sigma=0.05)
        lengths = np.empty(len(directions), np.int64)
        cells = BeamCells(*np.empty((3, len(directions), 4 + int(
            1.8 * max_range / voxels.resolution))), lengths)
        total = beam_sum(method, model, voxels.resolution, cells.occupancy.shape[1])

        def dense() -> float:
            gather(planes, origin / voxels.resolution - low, directions,
                   max_range / voxels.resolution, *cells)
            return total(cells).sum()

        box = np.array([low, high]) * voxels.resolution
        runs = partial(pose_mutual_information_3d, voxels, poses_, _Rays(directions), model,
                       method, within=box)
        as_runs, cell_by_cell = best_seconds(runs, seconds), best_seconds(dense, seconds)
        rows.append(row(
            f'ray, {method}, {name}', as_runs / len(directions) * 1e6, 'us',
            f'cell by cell {cell_by_cell / len(directions) * 1e6:.2f} us, '
            f'{cell_by_cell / as_runs:.1f} times; {lengths.mean():.0f} cells'))
    return rows


class _Rays(NamedTuple):
    """A sensor of given rays."""

    directions: np.ndarray


@kernel
def gather(planes, start, directions, max_range, occupancy, f_occ, f_emp, lengths):
    """Write out the cells of rays through an array, stepping from cell to cell."""
    for ray in range(len(directions)):
        cell = np.floor(start).astype(np.int64)
        step = np.where(directions[ray] > 0, 1, -1)
        pitch = 1 / np.maximum(np.abs(directions[ray]), 1e-12)
        border = np.where(step > 0, cell + 1 - start, start - cell) * pitch
        count, entered = 0, 0.0
        i, j, k = cell
        reach = 1.0
        while (entered < max_range and 0 <= i < planes.shape[2] and 0 <= j < planes.shape[1]
               and 0 <= k < planes.shape[0] and reach > 1e-24):
            occupancy[ray, count], f_occ[ray, count], f_emp[ray, count] = planes[k, j, i]
            reach *= 1 - occupancy[ray, count]
            count += 1
            if border[0] <= border[1] and border[0] <= border[2]:
                entered, i = border[0], i + step[0]
                border[0] += pitch[0]
            elif border[1] <= border[2]:
                entered, j = border[1], j + step[1]
                border[1] += pitch[1]
            else:
                entered, k = border[2], k + step[2]
                border[2] += pitch[2]
        lengths[ray] = count


def poses(name: str, voxels: VoxelMap, max_range: float, seconds: float) -> list[dict]:
    """Measure a pose of a lidar of 64 x 512 rays."""
    pose = np.append(viewpoint(voxels), 0.0)[None]
    rows = []
    for method in ('noise_free', 'uniform_fsmi', 'approx_fsmi', 'fsmi'):
        model = BeamModel(max_range=max_range, sigma=0.05)
        spent = best_seconds(partial(
            pose_mutual_information_3d, voxels, pose, SpinningLidar(64, 512), model, method),
            seconds)
        rows.append(row(f'pose of 64 x 512 rays, {method}, {name}', spent * 1e3, 'ms',
                        f'{max_range:g} m at {voxels.resolution * 100:g} cm'))
    return rows


def viewpoint(voxels: VoxelMap) -> np.ndarray:
    """Return of a few free voxels that with most room around it, m."""
    free = voxels.free_voxels()
    some = free[np.random.default_rng(0).integers(len(free), size=200)]
    directions = SpinningLidar(4, 8).directions
    return max(some, key=lambda place: voxels.cast(place, directions, 10.0).min())


def room() -> VoxelMap:
    """Return a room with walls, floor and ceiling in unknown space."""
    p = np.full((64, 240, 304), np.nan, np.float32)
    p[:60] = 0.97
    p[1:59, 1:-1, 1:-1] = 0.12
    voxels = VoxelMap(VoxelMapConfig(resolution=0.05))
    voxels.set_dense([0, 0, 0], p)
    return voxels


def main() -> None:
    """Print the table."""
    for each in run():
        print(f'{each["name"]:60s} {each["value"]:10.2f} {each["unit"]:4s} {each["note"]}')


if __name__ == '__main__':
    main()
