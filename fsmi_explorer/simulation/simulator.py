"""The embedded robot: differential drive, lidar and odometry in a 2D world, in fixed steps."""

from math import cos, hypot, pi, sin

from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.mapping import LaserScan
from fsmi_explorer.simulation.clearance import clearance
from fsmi_explorer.simulation.configuration import SimulationConfig
from fsmi_explorer.simulation.drive import approach, drive
from fsmi_explorer.simulation.lidar import Lidar
from fsmi_explorer.simulation.motion import Motion
from fsmi_explorer.simulation.odometry import Odometry
from fsmi_explorer.simulation.start import choose_start
from fsmi_explorer.simulation.world import World
import numpy as np

CONTACT_ENDS = 0.01  # m from the wall at which a contact counts as over


class Simulator:
    """
    Moves the robot and measures scans; the same world, configuration, seed and calls always give
    the same run, bit by bit.

    :param world: the world to drive in.
    :param config: robot, lidar, odometry and start.
    :param seed: seed of all that is random.
    :raises ConfigurationError: if the robot cannot stand at its start.
    """

    def __init__(self, world: World, config: SimulationConfig | None = None, seed: int = 0):
        self.world = world
        self.config = config or SimulationConfig()
        lidar_rng, odometry_rng, start_rng = map(
            np.random.default_rng, np.random.SeedSequence(seed).spawn(3))
        self.lidar = Lidar(world, self.config.lidar, lidar_rng)
        self._odometry = Odometry(self.config.odometry, odometry_rng)
        self._radius = self.config.robot.radius / world.resolution
        start = choose_start(world, self.config.robot.radius, self.config.start, start_rng)
        self._place = world.to_walled(*start)
        if clearance(world.free_distance, *self._place[:2], self._radius) < self._radius:
            raise ConfigurationError(
                f'start {start[0]:g}, {start[1]:g} is nearer to a wall than the radius of the '
                f'robot, {self.config.robot.radius:g} m')
        self._steps = 0
        self._scans = 0
        self._speeds = (0.0, 0.0)
        self._target = (0.0, 0.0)
        self._commanded_at = -np.inf
        self._collisions = 0
        self._collided = False
        self._motion = Motion(self.config)
        self._motion.add(0.0, self._place, 0.0, 0.0)
        self._scan_stamp = 0.0
        self._scan_places = np.array([self._sensor_place()])

    @property
    def time(self) -> float:
        """Simulated time since the start in s."""
        return self._steps * self.config.step

    @property
    def pose(self) -> np.ndarray:
        """True pose (x, y, yaw) of the robot in the world, yaw in [-pi, pi)."""
        return self._in_world(self._place)

    @property
    def velocity(self) -> tuple[float, float]:
        """Speed forwards in m/s and turn rate in rad/s."""
        return self._speeds

    @property
    def collisions(self) -> int:
        """How often the robot has run into a wall; a contact counts once, however long."""
        return self._collisions

    @property
    def collided(self) -> bool:
        """Whether the robot touches a wall that it ran into."""
        return self._collided

    @property
    def odometry(self) -> np.ndarray:
        """Pose (x, y, yaw) that the wheels measured, from 0, 0, 0 at the start."""
        return np.array(self._odometry.pose)

    @property
    def sensor_pose(self) -> np.ndarray:
        """True pose (x, y, yaw) of the lidar in the world now."""
        return self._in_world(self._sensor_place())

    @property
    def scan_stamp(self) -> float:
        """Time of the first beam of the last scan in s."""
        return self._scan_stamp

    @property
    def scan_poses(self) -> np.ndarray:
        """True poses (k, 3) of the lidar during the last scan: 1, or one for each beam."""
        return np.array([self._in_world(place) for place in self._scan_places])

    def command(self, speed: float, turn_rate: float) -> None:
        """
        Set what the robot strives for; limits of the robot apply.

        :param speed: forwards in m/s, negative backwards.
        :param turn_rate: to the left in rad/s.
        :raises ValueError: if a number is not finite.
        """
        if not np.isfinite(hypot(speed, turn_rate)):
            raise ValueError(f'a command must be finite, got {speed!r}, {turn_rate!r}')
        robot = self.config.robot
        self._target = (min(max(speed, -robot.max_reverse_speed), robot.max_speed),
                        min(max(turn_rate, -robot.max_turn_rate), robot.max_turn_rate))
        self._commanded_at = self.time

    def step(self) -> None:
        """Let one step of time pass."""
        speed, turn_rate = self._speeds_after_step()
        step, before = self.config.step, self._place
        cells = speed / self.world.resolution
        *self._place, share = drive(
            self.world.free_distance, *before, cells * step, turn_rate * step, self._radius)
        self._motion.add(self.time, before, share * cells, turn_rate)
        self._odometry.add(share * speed * step, turn_rate * step)
        self._speeds = (speed, turn_rate)
        self._steps += 1
        self._note_contact(touched=share < 1.0)

    def _speeds_after_step(self) -> tuple[float, float]:
        """Change both speeds towards what is commanded, or towards standstill without command."""
        robot, step = self.config.robot, self.config.step
        age = self.time - self._commanded_at
        trusted = not robot.command_timeout or age < robot.command_timeout - 1e-9
        speed, turn_rate = self._target if trusted else (0.0, 0.0)
        return (
            approach(self._speeds[0], speed, robot.acceleration, robot.deceleration, step),
            approach(self._speeds[1], turn_rate, robot.turn_acceleration,
                     robot.turn_deceleration, step))

    def _note_contact(self, touched: bool) -> None:
        """Count a new contact and stop the robot; see whether an old contact is over."""
        if touched and not self._collided:
            self._collisions += 1
            self._collided = True
            self._speeds = (0.0, 0.0)
        elif touched:
            self._speeds = (0.0, self._speeds[1])
        elif self._collided:
            limit = self._radius + CONTACT_ENDS / self.world.resolution
            self._collided = clearance(
                self.world.free_distance, *self._place[:2], limit) < limit

    def scan_due(self) -> bool:
        """Tell whether it is time for the next scan."""
        return self.time >= self._next_scan() - 1e-9

    def _next_scan(self) -> float:
        """Time of the next scan; a sweep is over, and there, when its last beam is taken."""
        return self._scans / self.config.lidar.rate + self._sweep_time()

    def _sweep_time(self) -> float:
        return self.lidar.time_increment * (self.config.lidar.beams - 1)

    def scan(self) -> LaserScan:
        """Take a scan now: of this instant, or the sweep of which this is the last beam."""
        lidar = self.lidar
        self._scans = max(self._scans, int(self.time * lidar.config.rate + 1e-6)) + 1
        self._scan_stamp = self.time - self._sweep_time()
        if lidar.config.sweep:
            times = self._scan_stamp + lidar.time_increment * np.arange(lidar.config.beams)
            self._scan_places = np.array([
                self._sensor_place(place) for place in self._motion.places(times)])
        else:
            self._scan_places = np.array([self._sensor_place()])
        return LaserScan(
            ranges=lidar.measure(self._scan_places), angle_min=lidar.angle_min,
            angle_increment=lidar.angle_increment, range_min=lidar.config.range_min,
            range_max=lidar.config.range_max, time_increment=lidar.time_increment)

    def _sensor_place(self, place=None) -> tuple[float, float, float]:
        """Pose of the lidar in the walled grid."""
        x, y, yaw = self._place if place is None else place
        mount = self.config.lidar
        ahead, left = mount.x / self.world.resolution, mount.y / self.world.resolution
        return (x + ahead * cos(yaw) - left * sin(yaw),
                y + ahead * sin(yaw) + left * cos(yaw), yaw + mount.yaw)

    def _in_world(self, place) -> np.ndarray:
        x, y, yaw = self.world.to_world(*place)
        return np.array([x, y, (yaw + pi) % (2 * pi) - pi])
