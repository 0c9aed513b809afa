"""The embedded robot: differential drive, lidar and odometry in a 2D world, in fixed steps."""

from math import hypot

from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.mapping import LaserScan
from fsmi_explorer.simulation.cloud_sensor import CloudSensor, make_camera, make_lidar
from fsmi_explorer.simulation.configuration import SimulationConfig
from fsmi_explorer.simulation.lidar import Lidar
from fsmi_explorer.simulation.motion import Motion
from fsmi_explorer.simulation.odometry import Odometry
from fsmi_explorer.simulation.robot import Robot
from fsmi_explorer.simulation.start import choose_start
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world import World
import numpy as np

TIME_TOLERANCE = 1e-9  # s, far below any step


class Simulator:
    """
    Moves the robot and measures scans.

    The same world, configuration, seed and calls always give the same run, bit by bit.

    :param world: the world to drive in.
    :param config: robot, lidar, odometry and start; None for the defaults.
    :param seed: seed of all that is random.
    :param voxel_world: what sensors see in three dimensions, where the robot has any such.
    :raises ConfigurationError: if the robot cannot stand at its start.
    """

    def __init__(self, world: World, config: SimulationConfig | None = None, seed: int = 0,
                 voxel_world: VoxelWorld | None = None):
        self.world = world
        self.config = config or SimulationConfig()
        # Streams of their own, so that noise of one kind does not change that of another.
        lidar_rng, odometry_rng, start_rng, *cloud_rngs = map(
            np.random.default_rng, np.random.SeedSequence(seed).spawn(5))
        start = choose_start(world, self.config.robot.radius, self.config.start, start_rng)
        self._robot = Robot(world, self.config.robot, world.to_walled(*start))
        if not self._robot.stands_free:
            raise ConfigurationError(
                f'a robot of {self.config.robot.radius:g} m radius cannot stand at the start '
                f'{start[0]:g}, {start[1]:g}')
        self._lidar = Lidar(world, self.config.lidar, lidar_rng)
        #: The sensors that see in three dimensions, by the names of their configurations.
        self.cloud_sensors = _make_cloud_sensors(voxel_world, self.config, cloud_rngs)
        self._odometry = Odometry(self.config.odometry, odometry_rng)
        self._motion = Motion(self.config.lidar.rate, self.config.step)
        self._motion.add(0.0, self._robot.place, 0.0, 0.0)
        self._steps = 0
        self._target = (0.0, 0.0)
        self._commanded_at = -np.inf
        self._scans = 0
        self._scan_stamp = 0.0
        self._scan_poses = self.sensor_pose[None]

    @property
    def time(self) -> float:
        """Simulated time since the start in s."""
        return self._steps * self.config.step

    @property
    def pose(self) -> np.ndarray:
        """True pose (x, y, yaw) of the robot in the world, yaw in [-pi, pi)."""
        x, y, yaw = self.world.to_world(*self._robot.place)
        return np.array([x, y, (yaw + np.pi) % (2.0 * np.pi) - np.pi])

    @property
    def velocity(self) -> tuple[float, float]:
        """Speed forwards in m/s and turn rate to the left in rad/s."""
        return self._robot.speeds

    @property
    def collisions(self) -> int:
        """How often the robot ran into a wall; a contact counts once, however long."""
        return self._robot.collisions

    @property
    def collided(self) -> bool:
        """Whether the robot still touches a wall that it ran into."""
        return self._robot.collided

    @property
    def odometry(self) -> np.ndarray:
        """Pose (x, y, yaw) that the wheels measured, 0, 0, 0 at the start."""
        return np.array(self._odometry.pose)

    @property
    def sensor_pose(self) -> np.ndarray:
        """True pose (x, y, yaw) of the lidar in the world now."""
        return self._in_world(self._lidar.places(np.array(self._robot.place)))

    @property
    def scan_stamp(self) -> float:
        """Time of the first beam of the last scan in s."""
        return self._scan_stamp

    @property
    def scan_poses(self) -> np.ndarray:
        """True poses (k, 3) of the lidar during the last scan: one, or one for each beam."""
        return self._scan_poses

    def command(self, speed: float, turn_rate: float) -> None:
        """
        Say what the robot shall strive for, within its limits.

        :param speed: forwards in m/s, negative backwards.
        :param turn_rate: to the left in rad/s.
        :raises ValueError: if a number is not finite.
        """
        if not np.isfinite(hypot(speed, turn_rate)):
            raise ValueError(f'speed and turn_rate must be finite, got {speed!r}, {turn_rate!r}')
        self._target = (speed, turn_rate)
        self._commanded_at = self.time

    def step(self) -> None:
        """Let one step of time pass."""
        before, time = self._robot.place, self.config.step
        timeout = self.config.robot.command_timeout or np.inf
        if self.time - self._commanded_at > timeout - TIME_TOLERANCE:
            self._target = (0.0, 0.0)
        distance, turn = self._robot.move(self._target, time)
        self._odometry.add(distance, turn)
        self._motion.add(self.time, before, distance / time / self.world.resolution, turn / time)
        self._steps += 1

    def scan_due(self) -> bool:
        """Tell whether it is time for the next scan; a sweep is due when it is complete."""
        if not self.config.lidar.enabled:
            return False
        due = self._scans / self.config.lidar.rate + self._lidar.sweep_time
        return self.time > due - TIME_TOLERANCE

    def scan(self) -> LaserScan:
        """Take a scan: all of it now, or as a sweep whose last beam is taken now."""
        lidar = self._lidar
        self._scan_stamp = self.time - lidar.sweep_time
        passed = int((self._scan_stamp + TIME_TOLERANCE) * self.config.lidar.rate)
        self._scans = max(self._scans, passed) + 1
        robot_places = np.array([self._robot.place])
        if self.config.lidar.sweep:
            beams = np.arange(self.config.lidar.beams)
            robot_places = self._motion.places(self._scan_stamp + lidar.time_increment * beams)
        places = lidar.places(robot_places)
        self._scan_poses = self._in_world(places)
        return LaserScan(
            ranges=lidar.measure(places), angle_min=lidar.angle_min,
            angle_increment=lidar.angle_increment, range_min=self.config.lidar.range_min,
            range_max=self.config.lidar.range_max, time_increment=lidar.time_increment)

    def clouds_due(self) -> list[str]:
        """Return the names of the 3D sensors whose next cloud is due."""
        return [name for name, each in self.cloud_sensors.items() if each.is_due(self.time)]

    def cloud(self, name: str) -> np.ndarray:
        """Take a cloud (rows, columns, 3) with a 3D sensor, as of `CloudSensor.take`."""
        return self.cloud_sensors[name].take(self.time, self.pose)

    def _in_world(self, places: np.ndarray) -> np.ndarray:
        """Take poses (..., 3) from the walled grid into the world."""
        x, y, yaw = self.world.to_world(*np.moveaxis(places, -1, 0))
        return np.stack([x, y, (yaw + np.pi) % (2.0 * np.pi) - np.pi], axis=-1)


def _make_cloud_sensors(world, config, rngs) -> dict[str, CloudSensor]:
    """Make the 3D sensors that the robot has."""
    makers = {'lidar_3d': make_lidar, 'depth_camera': make_camera}
    if world is None and config.sees_voxels:
        raise ValueError('voxel_world must be given to a robot with a 3D sensor')
    return {name: make(world, getattr(config, name), rng)
            for (name, make), rng in zip(makers.items(), rngs) if getattr(config, name).enabled}
