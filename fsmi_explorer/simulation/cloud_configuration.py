"""What there is to set in the sensors that see in three dimensions, and in their world."""

from dataclasses import dataclass
from math import pi, radians

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.errors import ConfigurationError


@dataclass(frozen=True)
class MountConfig(Configuration):
    """Where a sensor sits on the robot, and where it looks."""

    x: float = parameter(0.0, 'ahead of the centre of the robot', unit='m')
    y: float = parameter(0.0, 'left of the centre of the robot', unit='m')
    z: float = parameter(0.6, 'above the ground', unit='m')
    roll: float = parameter(0.0, 'leaning to the right', unit='rad', low=-pi, high=pi)
    pitch: float = parameter(0.0, 'looking down', unit='rad', low=-pi, high=pi)
    yaw: float = parameter(0.0, 'looking to the left', unit='rad', low=-pi, high=pi)


@dataclass(frozen=True)
class CloudSensorConfig(Configuration):
    """What all sensors have that publish clouds of points."""

    enabled: bool = parameter(False, 'whether the robot has this sensor')
    rate: float = parameter(10.0, 'clouds per second', unit='Hz', low=0.01, high=1000.0)
    range_min: float = parameter(0.3, 'what is nearer gives no point', unit='m', low=0.0)
    range_max: float = parameter(30.0, 'what is further gives no point', unit='m', low=0.1)
    noise_sigma: float = parameter(
        0.01, 'standard deviation of a range', unit='m', low=0.0, high=10.0)
    drop_out: float = parameter(0.0, 'share of rays without a point, at random', low=0.0, high=1.0)
    mount: MountConfig = section(MountConfig)

    def __post_init__(self):
        """Check the limits of range against each other too."""
        super().__post_init__()
        if self.range_min >= self.range_max:
            raise ConfigurationError(f'range_min must be below range_max, got {self.range_min:g} '
                                     f'and {self.range_max:g} m')


@dataclass(frozen=True)
class Lidar3DConfig(CloudSensorConfig):
    """A spinning lidar: rings, one above the other, of rays all round."""

    rings: int = parameter(16, 'rings of rays', low=1, high=1024)
    azimuths: int = parameter(360, 'rays of a ring', low=1, high=8192)
    lowest: float = parameter(
        radians(-30.0), 'elevation of the lowest ring', unit='rad', low=-pi / 2, high=pi / 2)
    highest: float = parameter(
        radians(30.0), 'elevation of the highest ring', unit='rad', low=-pi / 2, high=pi / 2)

    def __post_init__(self):
        """Check the elevations against each other too."""
        super().__post_init__()
        if self.lowest > self.highest:
            raise ConfigurationError(
                f'lowest must not be above highest, got {self.lowest:g} and {self.highest:g} rad')


@dataclass(frozen=True)
class DepthCameraConfig(CloudSensorConfig):
    """A pinhole camera that measures depths, along its optical axis."""

    width: int = parameter(80, 'columns of the image', unit='pixels', low=1, high=8192)
    height: int = parameter(60, 'rows of the image', unit='pixels', low=1, high=8192)
    fov: float = parameter(
        1.2, 'angle between the outer edges of the image, left and right', unit='rad', low=0.01,
        high=3.0)
    range_max: float = parameter(5.0, 'what is further gives no point', unit='m', low=0.1)


@dataclass(frozen=True)
class VoxelWorldConfig(Configuration):
    """The world that 3D sensors see, made only where the robot has one."""

    resolution: float = parameter(
        0.05, 'side of the voxels that a floor plan is built of', unit='m', low=0.01, high=1.0)
    wall_height: float = parameter(
        2.5, 'height of the walls of a world that is a flat map', unit='m', low=0.1, high=100.0)
    body_low: float = parameter(
        0.2, 'in a world of voxels, what reaches above this height is in the way of the robot',
        unit='m')
    body_high: float = parameter(
        0.5, 'in a world of voxels, what begins above this height is not in the way of the robot',
        unit='m')

    def __post_init__(self):
        """Check the heights against each other too."""
        super().__post_init__()
        if self.body_low >= self.body_high:
            raise ConfigurationError(f'body_low must be below body_high, got {self.body_low:g} '
                                     f'and {self.body_high:g} m')
