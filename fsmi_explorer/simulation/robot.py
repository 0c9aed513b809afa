"""The body of the robot: strives for commanded speeds and is stopped by walls."""

from fsmi_explorer.simulation.clearance import clearance
from fsmi_explorer.simulation.configuration import RobotConfig
from fsmi_explorer.simulation.drive import approach, drive
from fsmi_explorer.simulation.world import World

CONTACT_ENDS = 0.01  # m from the walls at which a contact is over


class Robot:
    """
    A round differential drive in a world.

    :param place: pose (x, y, yaw) to start from, in the walled grid.
    """

    def __init__(self, world: World, config: RobotConfig, place: tuple[float, float, float]):
        self.config = config
        #: Pose (x, y, yaw) in the walled grid: cells and rad.
        self.place = place
        #: Speed forwards in m/s and turn rate to the left in rad/s.
        self.speeds = (0.0, 0.0)
        #: Contacts so far; one counts once, however long it lasts.
        self.collisions = 0
        #: Whether a contact lasts.
        self.collided = False
        self._world = world
        self._radius = config.radius / world.resolution

    @property
    def stands_free(self) -> bool:
        """Whether no wall reaches into the robot."""
        return self._is_clear(self._radius)

    def move(self, target: tuple[float, float], time: float) -> tuple[float, float]:
        """
        Let time pass.

        :param target: speed in m/s and turn rate in rad/s to strive for.
        :param time: in s.
        :return: distance in m and turn in rad that were driven.
        """
        speed, turn_rate = self._strive(target, time)
        cells = speed * time / self._world.resolution
        *place, share = drive(
            self._world.free_distance, *self.place, cells, turn_rate * time, self._radius)
        self.place = tuple(place)
        self.speeds = (speed, turn_rate)
        self._feel(touches=share < 1.0)
        return share * speed * time, turn_rate * time

    def _strive(self, target, time):
        """Change both speeds as far towards the target as limits and accelerations allow."""
        limits = self.config
        speed = min(max(target[0], -limits.max_reverse_speed), limits.max_speed)
        turn_rate = min(max(target[1], -limits.max_turn_rate), limits.max_turn_rate)
        return (
            approach(self.speeds[0], speed, limits.acceleration, limits.deceleration, time),
            approach(self.speeds[1], turn_rate, limits.turn_acceleration,
                     limits.turn_deceleration, time))

    def _feel(self, touches):
        """Stop at a wall; while a contact lasts the robot can still turn, and leave."""
        if touches:
            self.speeds = (0.0, self.speeds[1] if self.collided else 0.0)
            self.collisions += not self.collided
            self.collided = True
        elif self.collided:
            self.collided = not self._is_clear(
                self._radius + CONTACT_ENDS / self._world.resolution)

    def _is_clear(self, cells):
        return clearance(self._world.free_distance, *self.place[:2], cells) >= cells
