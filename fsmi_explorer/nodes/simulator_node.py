"""`simulator_node`: the embedded robot, which stands in for Gazebo or a real one."""

from array import array
from dataclasses import dataclass
import math
import sys
from time import monotonic
from typing import ClassVar

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.nodes.base import ExplorerNode, run
from fsmi_explorer.nodes.cloud_outlets import CloudOutlets
from fsmi_explorer.nodes.conversions import pose_to_message, rotation_by
from fsmi_explorer.simulation import find_world, SimulationConfig, Simulator, World
from fsmi_explorer.simulation.voxel_world import VoxelWorld
from fsmi_explorer.simulation.world_files import load_voxel_world, load_world
from geometry_msgs.msg import TransformStamped, Twist, TwistStamped
from nav_msgs.msg import Odometry
import numpy as np
from rclpy.qos import QoSProfile
from rclpy.time import Time
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import LaserScan
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

_SHORTEST_TICK = 0.001
_MOST_CATCHING_UP = 0.2
_RUSH = 0.002
_LONGEST_HOLD = 1.0


@dataclass(frozen=True)
class SimulatorNodeConfig(Configuration):
    """What simulator_node reads."""

    fixed: ClassVar[tuple[str, ...]] = ('simulation',)

    world: str = parameter(
        'office', 'name of a world that comes with the package, a YAML file of map_server, or a '
        'file of OctoMap', live=False)
    seed: int = parameter(0, 'of all that is random; same seed, same run', low=0, live=False)
    real_time_factor: float = parameter(
        1.0, 'how many times faster than real time; 0 for as fast as the machine can', low=0.0,
        high=1000.0)
    publish_rate: float = parameter(
        50.0, 'how often clock, odometry and transforms are published, in simulated time; less '
        'lets everything run faster', unit='Hz', low=1.0, high=1000.0)
    command_lead: float = parameter(
        0.0, 'while the robot drives, time waits for the next command once the last one is this '
        'old, so that a slow machine slows time down and not the reactions of the driver; more '
        'than a period of the commands, 0 to wait for nobody', unit='s', low=0.0, high=10.0)
    map_frame: str = parameter('map', 'frame of the world', live=False)
    odom_frame: str = parameter('odom', 'frame of the odometry', live=False)
    base_frame: str = parameter('base_link', 'frame of the robot', live=False)
    laser_frame: str = parameter('laser', 'frame of the lidar', live=False)
    localise: bool = parameter(
        True, 'publish the true map -> odom, as a perfect SLAM would; off when a SLAM runs',
        live=False)
    stamped_cmd_vel: bool = parameter(
        False, 'listen to TwistStamped instead of Twist', live=False)
    simulation: SimulationConfig = section(SimulationConfig)


class SimulatorNode(ExplorerNode):
    """
    Moves the robot and publishes what its sensors say.

    This node makes the time that others follow, so it is itself paced by a steady clock.
    """

    def __init__(self):
        """Place the robot in its world and let time begin."""
        super().__init__('simulator_node', SimulatorNodeConfig)
        config = self.config
        path = find_world(config.world)
        world, voxel_world = load_world(path, config.simulation.voxels), None
        if config.simulation.sees_voxels:
            voxel_world = load_voxel_world(path, config.simulation.voxels)
        self._simulator = Simulator(world, config.simulation, config.seed, voxel_world)
        with self.preparing():
            self._warm_up(world, voxel_world)
        self._clock_publisher = self.create_publisher(ClockMessage, '/clock', QoSProfile(depth=1))
        self._scan_publisher = self.create_publisher(LaserScan, 'scan', QoSProfile(depth=5))
        self._clouds = CloudOutlets(self, self._simulator)
        self._odometry_publisher = self.create_publisher(Odometry, 'odom', QoSProfile(depth=10))
        self._broadcaster = TransformBroadcaster(self)
        self._static_broadcaster = StaticTransformBroadcaster(self)
        kind = TwistStamped if config.stamped_cmd_vel else Twist
        self.diagnostics.listen(kind, 'cmd_vel', self._on_command, 1)
        self._published_at = self._commanded_at = 0.0
        self._is_driven = False
        self._held_since: float | None = None
        self._odometry_is_exact = config.simulation.odometry == type(config.simulation.odometry)()
        self._publish_static()
        self.diagnostics.value('collisions', lambda: self._simulator.collisions)
        self.diagnostics.value('simulated time (s)', lambda: f'{self._simulator.time:.2f}')
        self._pace()

    def _warm_up(self, world: World, voxel_world: VoxelWorld | None) -> None:
        """Compile what a step and a scan need, with a robot that is thrown away."""
        trial = Simulator(world, self.config.simulation, self.config.seed, voxel_world)
        trial.command(0.1, 0.1)
        trial.step()
        trial.scan()
        for name in trial.clouds_due():
            trial.cloud(name)

    def _pace(self) -> None:
        """Begin to tick at the rate that is asked for now."""
        self._factor = self.config.real_time_factor
        self._begun = (monotonic(), self._simulator.time)
        period = self.config.simulation.step / self._factor if self._factor else 0.0
        self._timer = self.create_steady_timer(max(period, _SHORTEST_TICK), self._tick)

    def _tick(self) -> None:
        """Let as much time pass as should have passed by now."""
        if self.config.real_time_factor != self._factor:
            self.destroy_timer(self._timer)
            self._pace()
        if self._factor == 0.0:
            self._rush()
            return
        now, (real, simulated) = monotonic(), self._begun
        target = simulated + self._factor * (now - real)
        if target - self._simulator.time > _MOST_CATCHING_UP * self._factor:
            # The machine is too slow: go on from here instead of rushing after what is lost.
            self._begun = (now, self._simulator.time)
            target = self._simulator.time + self.config.simulation.step
        while (self._simulator.time + 0.5 * self.config.simulation.step < target
               and not self._is_held(now)):
            self._step()

    def _rush(self) -> None:
        """Let time pass as fast as it can, with a look at the commands now and then."""
        end = monotonic() + _RUSH
        while (now := monotonic()) < end and not self._is_held(now):
            self._step()

    def _is_held(self, now: float) -> bool:
        """Tell whether time waits for the next command, which it does not do for ever."""
        lead = self.config.command_lead
        if not (lead and self._is_driven and self._simulator.time - self._commanded_at >= lead):
            return False
        if self._held_since is None:
            self._held_since = now
        self._is_driven = now - self._held_since < _LONGEST_HOLD
        return self._is_driven

    def _step(self) -> None:
        """Let one step of time pass and publish all there is to say."""
        simulator, collisions = self._simulator, self._simulator.collisions
        simulator.step()
        if simulator.collisions > collisions:
            x, y, _ = simulator.pose
            self.get_logger().warning(
                f'the robot ran into something at {x:.2f}, {y:.2f} after {simulator.time:.1f} s')
        is_scan_due, clouds_due = simulator.scan_due(), simulator.clouds_due()
        period = 1.0 / self.config.publish_rate
        if is_scan_due or clouds_due or simulator.time - self._published_at > period - 1e-6:
            self._published_at = simulator.time
            stamp = _stamp(simulator.time)
            self._clock_publisher.publish(ClockMessage(clock=stamp))
            self._publish_odometry(stamp)
        if is_scan_due:
            self._publish_scan()
        self._clouds.publish(clouds_due, _stamp(simulator.time))

    def _publish_odometry(self, stamp) -> None:
        pose, config = self._simulator.odometry, self.config
        transforms = [_transform(config.odom_frame, config.base_frame, pose, stamp)]
        if config.localise and not self._odometry_is_exact:
            transforms.append(
                _transform(config.map_frame, config.odom_frame, self._correction(), stamp))
        self._broadcaster.sendTransform(transforms)
        if self._odometry_publisher.get_subscription_count():
            message = Odometry(child_frame_id=config.base_frame)
            message.header.stamp, message.header.frame_id = stamp, config.odom_frame
            message.pose.pose = pose_to_message(pose)
            twist = message.twist.twist
            twist.linear.x, twist.angular.z = (float(each) for each in self._simulator.velocity)
            self._odometry_publisher.publish(message)

    def _correction(self) -> np.ndarray:
        """Return (3,) x, y, yaw of the frame of odometry in the world."""
        true, measured = self._simulator.pose, self._simulator.odometry
        yaw = true[2] - measured[2]
        c, s = math.cos(yaw), math.sin(yaw)
        return np.array([true[0] - c * measured[0] + s * measured[1],
                         true[1] - s * measured[0] - c * measured[1], yaw])

    def _publish_static(self) -> None:
        config, lidar = self.config, self.config.simulation.lidar
        stamp = _stamp(self._simulator.time)
        transforms = [_transform(
            config.base_frame, config.laser_frame, (lidar.x, lidar.y, lidar.yaw), stamp)]
        if config.localise and self._odometry_is_exact:
            transforms.append(
                _transform(config.map_frame, config.odom_frame, self._correction(), stamp))
        transforms += self._clouds.transforms(config.base_frame, stamp)
        self._static_broadcaster.sendTransform(transforms)

    def _publish_scan(self) -> None:
        scan = self._simulator.scan()
        count = len(scan.ranges)
        message = LaserScan(
            angle_min=float(scan.angle_min), angle_increment=float(scan.angle_increment),
            angle_max=float(scan.angle_min + (count - 1) * scan.angle_increment),
            range_min=float(scan.range_min), range_max=float(scan.range_max),
            time_increment=float(scan.time_increment),
            scan_time=1.0 / self.config.simulation.lidar.rate,
            ranges=array('f', scan.ranges.tobytes()))
        message.header.frame_id = self.config.laser_frame
        message.header.stamp = _stamp(self._simulator.scan_stamp)
        self._scan_publisher.publish(message)
        self.diagnostics.count('scans')

    def _on_command(self, message: Twist | TwistStamped) -> None:
        twist = message.twist if self.config.stamped_cmd_vel else message
        try:
            self._simulator.command(twist.linear.x, twist.angular.z)
        except ValueError as error:
            self.diagnostics.drop('malformed command', str(error))
            return
        self._commanded_at, self._held_since = self._simulator.time, None
        self._is_driven = bool(twist.linear.x or twist.angular.z)


def _stamp(time: float):
    return Time(nanoseconds=round(max(time, 0.0) * 1e9)).to_msg()


def _transform(parent: str, child: str, pose, stamp) -> TransformStamped:
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id, message.header.stamp = parent, stamp
    at = message.transform.translation
    at.x, at.y = float(pose[0]), float(pose[1])
    message.transform.rotation = rotation_by(float(pose[2]))
    return message


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run(SimulatorNode, args)


if __name__ == '__main__':
    sys.exit(main())
