"""A lidar: exact ranges to the walls, then what a real sensor adds to them."""

from math import pi, tau

from fsmi_explorer.jit import kernel
from fsmi_explorer.simulation.clearance import first_hit
from fsmi_explorer.simulation.configuration import LidarConfig
from fsmi_explorer.simulation.world import World
import numpy as np


class Lidar:
    """
    Measures ranges in a world.

    :param rng: source of noise and drop-outs.
    """

    def __init__(self, world: World, config: LidarConfig, rng: np.random.Generator):
        self._world = world
        self._config = config
        self._rng = rng
        whole_turn = config.fov > tau - 1e-6
        spacing = config.fov / (config.beams if whole_turn else config.beams - 1)
        direction = -1.0 if config.clockwise else 1.0
        #: Angle of the first beam in rad; a whole turn does not repeat it at its end.
        self.angle_min = -direction * (pi if whole_turn else config.fov / 2)
        #: Angle from beam to beam in rad.
        self.angle_increment = direction * spacing
        #: Time from beam to beam in s, of a mirror that turns once per scan.
        self.time_increment = spacing / tau / config.rate if config.sweep else 0.0
        #: Time from the first beam to the last in s.
        self.sweep_time = self.time_increment * (config.beams - 1)

    def places(self, robot_places: np.ndarray) -> np.ndarray:
        """
        Say where the lidar is on a robot.

        :param robot_places: (..., 3) poses in the walled grid.
        :return: (..., 3) poses in the walled grid.
        """
        ahead, left = (np.array([self._config.x, self._config.y]) / self._world.resolution)
        x, y, yaw = np.moveaxis(robot_places, -1, 0)
        c, s = np.cos(yaw), np.sin(yaw)
        return np.stack(
            [x + ahead * c - left * s, y + ahead * s + left * c, yaw + self._config.yaw], axis=-1)

    def measure(self, places: np.ndarray) -> np.ndarray:
        """
        Measure one scan.

        :param places: (1, 3) pose of the lidar in the walled grid, or (beams, 3) one per beam.
        :return: (beams,) ranges in m: +inf beyond range_max, -inf below range_min as REP 117 has
            it, NaN or +inf where a beam dropped out.
        """
        config = self._config
        cells = np.empty(config.beams)
        _cast_scan(self._world.free_distance, places, self.angle_min, self.angle_increment,
                   config.range_max / self._world.resolution, cells)
        ranges = cells * self._world.resolution
        if config.noise_sigma:
            ranges += self._rng.normal(0.0, config.noise_sigma, config.beams)
        ranges[ranges > config.range_max] = np.inf
        ranges[ranges < config.range_min] = -np.inf
        if config.drop_out:
            dropped = self._rng.random(config.beams) < config.drop_out
            ranges[dropped] = float(config.drop_out_value)
        return ranges


@kernel
def _cast_scan(free_distance, places, angle_min, angle_increment, reach, cells):
    """Cast every beam from its pose, or from the only one; a lidar within a wall reads 0."""
    rows, cols = free_distance.shape
    for beam in range(cells.size):
        x, y, yaw = places[min(beam, places.shape[0] - 1)]
        cells[beam] = 0.0
        if 0.0 <= x < cols and 0.0 <= y < rows:
            cells[beam] = first_hit(
                free_distance, x, y, yaw + angle_min + beam * angle_increment, reach)[0]
