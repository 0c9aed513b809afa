"""What there is to set in the simulator: the robot, its lidar, its odometry and its start."""

from dataclasses import dataclass
from math import tau
from pathlib import Path

from fsmi_explorer.configuration import Configuration, parameter, read_yaml, section
from fsmi_explorer.errors import ConfigurationError
from fsmi_explorer.simulation.cloud_configuration import (
    DepthCameraConfig,
    Lidar3DConfig,
    VoxelWorldConfig,
)


@dataclass(frozen=True)
class RobotConfig(Configuration):
    """A round differential drive."""

    radius: float = parameter(
        0.2, 'radius of the robot, which collides with walls', unit='m', low=0.01, high=5.0)
    max_speed: float = parameter(
        0.5, 'highest speed forwards', unit='m/s', low=0.0, high=20.0)
    max_reverse_speed: float = parameter(
        0.5, 'highest speed backwards', unit='m/s', low=0.0, high=20.0)
    max_turn_rate: float = parameter(
        1.0, 'highest turn rate to either side', unit='rad/s', low=0.0, high=20.0)
    acceleration: float = parameter(
        1.0, 'highest gain of speed', unit='m/s^2', low=0.01, high=100.0)
    deceleration: float = parameter(
        1.5, 'highest loss of speed', unit='m/s^2', low=0.01, high=100.0)
    turn_acceleration: float = parameter(
        3.0, 'highest gain of turn rate', unit='rad/s^2', low=0.01, high=1000.0)
    turn_deceleration: float = parameter(
        4.0, 'highest loss of turn rate', unit='rad/s^2', low=0.01, high=1000.0)
    command_timeout: float = parameter(
        0.5, 'the robot brakes when the last command is older; 0 trusts it for ever', unit='s',
        low=0.0, high=60.0)


@dataclass(frozen=True)
class LidarConfig(Configuration):
    """A scanning range finder, fixed to the robot."""

    enabled: bool = parameter(True, 'whether the robot has this sensor')
    range_min: float = parameter(
        0.05, 'what is nearer is reported as -inf', unit='m', low=0.0, high=100.0)
    range_max: float = parameter(
        10.0, 'what is further is reported as +inf', unit='m', low=0.1, high=1000.0)
    beams: int = parameter(360, 'beams of one scan', low=2, high=100000)
    fov: float = parameter(
        tau, 'angle that the beams cover', unit='rad', low=0.001, high=tau)
    rate: float = parameter(10.0, 'scans per second', unit='Hz', low=0.01, high=1000.0)
    clockwise: bool = parameter(False, 'beams run clockwise, with a negative increment')
    sweep: bool = parameter(
        False, 'each beam is taken from where the robot is at the time of that beam, as a '
        'turning mirror does, instead of all beams at one instant')
    noise_sigma: float = parameter(
        0.01, 'standard deviation of a range', unit='m', low=0.0, high=10.0)
    drop_out: float = parameter(
        0.0, 'share of beams without a reading, at random', low=0.0, high=1.0)
    drop_out_value: str = parameter(
        'nan', 'what a beam without a reading reports', choices=('nan', 'inf'))
    x: float = parameter(0.0, 'where the lidar sits, ahead of the centre of the robot', unit='m')
    y: float = parameter(0.0, 'where the lidar sits, left of the centre of the robot', unit='m')
    yaw: float = parameter(0.0, 'where the lidar points, against the robot', unit='rad')

    def __post_init__(self):
        """Check the limits of range against each other too."""
        super().__post_init__()
        if self.range_min >= self.range_max:
            raise ConfigurationError(
                f'range_min must be below range_max, got {self.range_min:g} and '
                f'{self.range_max:g} m')


@dataclass(frozen=True)
class OdometryConfig(Configuration):
    """How far wheel odometry strays from the truth; by default it does not."""

    distance_noise: float = parameter(
        0.0, 'random error of the distance, grows with the root of it', unit='m/sqrt(m)',
        low=0.0, high=1.0)
    turn_noise: float = parameter(
        0.0, 'random error of the heading, grows with the root of the turn',
        unit='rad/sqrt(rad)', low=0.0, high=1.0)
    distance_scale: float = parameter(
        1.0, 'measured distance for each driven metre, as of wrong wheel diameters', unit='m/m',
        low=0.5, high=2.0)
    turn_drift: float = parameter(
        0.0, 'turn to the left wrongly measured for each driven metre', unit='rad/m',
        low=-1.0, high=1.0)


@dataclass(frozen=True)
class StartConfig(Configuration):
    """Where the robot starts."""

    choice: str = parameter(
        'world', 'world: the start that the file of the world names, else its most open point; '
        'open: the most open point; random: anywhere reachable, by the seed; pose: x, y, yaw',
        choices=('world', 'open', 'random', 'pose'))
    x: float = parameter(0.0, 'start in the frame of the map, for choice pose', unit='m')
    y: float = parameter(0.0, 'start in the frame of the map, for choice pose', unit='m')
    yaw: float = parameter(0.0, 'start in the frame of the map, for choice pose', unit='rad')


@dataclass(frozen=True)
class SimulationConfig(Configuration):
    """Everything there is to set in the simulator."""

    step: float = parameter(0.02, 'simulated time of one step', unit='s', low=0.0001, high=0.1)
    robot: RobotConfig = section(RobotConfig)
    lidar: LidarConfig = section(LidarConfig)
    lidar_3d: Lidar3DConfig = section(Lidar3DConfig)
    depth_camera: DepthCameraConfig = section(DepthCameraConfig)
    voxels: VoxelWorldConfig = section(VoxelWorldConfig)
    odometry: OdometryConfig = section(OdometryConfig)
    start: StartConfig = section(StartConfig)

    def __post_init__(self):
        """Check that the steps can keep up with the sensors too."""
        super().__post_init__()
        for name in ('lidar', 'lidar_3d', 'depth_camera'):
            rate = getattr(self, name).rate
            if rate * self.step > 1.0 + 1e-9:
                raise ConfigurationError(
                    f'{name}.rate must be at most one scan per step, {1.0 / self.step:g} Hz, got '
                    f'{rate:g}')

    @property
    def sees_voxels(self) -> bool:
        """Whether the robot has a sensor that sees in three dimensions."""
        return self.lidar_3d.enabled or self.depth_camera.enabled

    @classmethod
    def load(cls, path: str | Path) -> 'SimulationConfig':
        """
        Read the configuration from a YAML file nested as the objects are.

        :raises FileFormatError: if the file cannot be read.
        :raises ConfigurationError: on an unknown name or a value that is not allowed.
        """
        return cls.from_mapping(read_yaml(path) or {}, str(path))
