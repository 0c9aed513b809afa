"""Sensors that see in three dimensions: a spinning lidar, a depth camera."""

from math import tan

from fsmi_explorer.simulation.cloud_configuration import (
    CloudSensorConfig,
    DepthCameraConfig,
    Lidar3DConfig,
    MountConfig,
)
from fsmi_explorer.simulation.voxel_rays import cast
from fsmi_explorer.simulation.voxel_world import VoxelWorld
import numpy as np

TIME_TOLERANCE = 1e-9  # s, far below any step
OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Turns the axes of a camera, right, down and forwards, into those of REP 103."""


class CloudSensor:
    """
    Measures organised clouds of points in a world of voxels, each at one instant.

    :param config: rate, ranges, noise and mount.
    :param rays: (rows, columns, 3) in the frame of the sensor: a reading r is the point r * ray.
    :param rotation: (3, 3) from the frame of the sensor to that of its mount.
    :param rng: source of noise and drop-outs.
    """

    def __init__(self, world: VoxelWorld, config: CloudSensorConfig, rays: np.ndarray,
                 rotation: np.ndarray, rng: np.random.Generator):
        mount = config.mount
        self.config = config
        self.rays = rays
        #: (3,) where the sensor sits on the robot, in m.
        self.position = np.array([mount.x, mount.y, mount.z])
        #: (3, 3) rotation from the frame of the sensor to that of the robot.
        self.rotation = rotation_of(mount) @ rotation
        self._world = world
        self._rng = rng
        self._lengths = np.linalg.norm(rays, axis=-1)
        self._taken = 0

    def is_due(self, time: float) -> bool:
        """Tell whether it is time for the next cloud; time in s."""
        return time > self._taken / self.config.rate - TIME_TOLERANCE

    def take(self, time: float, robot_pose: np.ndarray) -> np.ndarray:
        """
        Take a cloud now.

        :param time: in s.
        :param robot_pose: (3,) x, y, yaw in the world.
        :return: (rows, columns, 3) points in m in the frame of the sensor, NaN where there is
            none.
        """
        self._taken = max(self._taken, int((time + TIME_TOLERANCE) * self.config.rate)) + 1
        return self.measure(*self.pose(robot_pose))

    def pose(self, robot_pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return position (3,) and rotation (3, 3) of the sensor of a robot at x, y, yaw."""
        x, y, yaw = robot_pose
        turned = about_z(yaw)
        return turned @ self.position + (x, y, 0.0), turned @ self.rotation

    def measure(self, position: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        """Measure a cloud (rows, columns, 3) from a position (3,), with a rotation (3, 3)."""
        config, resolution = self.config, self._world.resolution
        directions = (self.rays / self._lengths[..., None]) @ rotation.T
        reach = config.range_max * self._lengths.max() / resolution
        voxels = np.empty(self._lengths.size)
        cast(self._world.free_distance, self._world.to_voxels(position),
             directions.reshape(-1, 3), reach, voxels)
        readings = voxels.reshape(self._lengths.shape) * resolution / self._lengths
        if config.noise_sigma:
            readings += self._rng.normal(0.0, config.noise_sigma, readings.shape)
        readings[(readings < config.range_min) | (readings > config.range_max)] = np.nan
        if config.drop_out:
            readings[self._rng.random(readings.shape) < config.drop_out] = np.nan
        return (readings[..., None] * self.rays).astype(np.float32)


def lidar_rays(config: Lidar3DConfig) -> np.ndarray:
    """Return the rays (rings, azimuths, 3) of a lidar, the lowest ring first, from behind."""
    elevation = np.linspace(config.lowest, config.highest, config.rings)[:, None]
    if config.rings == 1:
        elevation[:] = (config.lowest + config.highest) / 2
    azimuth = np.pi * (2.0 * np.arange(config.azimuths) / config.azimuths - 1.0)
    return np.stack(np.broadcast_arrays(
        np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth),
        np.sin(elevation)), axis=-1)


def pinhole_rays(config: DepthCameraConfig) -> np.ndarray:
    """Return the rays (height, width, 3) of a camera, of depth 1, from the upper left pixel."""
    pixel = 2.0 * tan(config.fov / 2) / config.width
    right = pixel * (np.arange(config.width) + 0.5 - config.width / 2)
    down = pixel * (np.arange(config.height) + 0.5 - config.height / 2)
    return np.stack(np.broadcast_arrays(right, down[:, None], 1.0), axis=-1)


def make_lidar(world: VoxelWorld, config: Lidar3DConfig, rng: np.random.Generator) -> CloudSensor:
    """Make a spinning lidar; its frame looks along x."""
    return CloudSensor(world, config, lidar_rays(config), np.eye(3), rng)


def make_camera(world: VoxelWorld, config: DepthCameraConfig,
                rng: np.random.Generator) -> CloudSensor:
    """Make a depth camera; its frame is the optical one, which looks along z."""
    return CloudSensor(world, config, pinhole_rays(config), OPTICAL, rng)


def about_z(yaw: float) -> np.ndarray:
    """Return the (3, 3) rotation about z by an angle in rad."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def rotation_of(mount: MountConfig) -> np.ndarray:
    """Return the (3, 3) rotation of a mount: roll, then pitch, then yaw, about fixed axes."""
    cp, sp = np.cos(mount.pitch), np.sin(mount.pitch)
    cr, sr = np.cos(mount.roll), np.sin(mount.roll)
    pitch = np.array([[cp, 0.0, sp], [0.0, 1.0, 0.0], [-sp, 0.0, cp]])
    roll = np.array([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    return about_z(mount.yaw) @ pitch @ roll
