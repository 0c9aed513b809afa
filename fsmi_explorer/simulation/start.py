"""Where the robot starts."""

from math import pi

from fsmi_explorer.simulation.configuration import StartConfig
from fsmi_explorer.simulation.reachability import largest_area, reachable_area
from fsmi_explorer.simulation.world import World
import numpy as np


def choose_start(world: World, robot_radius: float, config: StartConfig,
                 rng: np.random.Generator) -> tuple[float, float, float]:
    """
    Choose the start pose (x, y, yaw) in the world.

    :param robot_radius: in m.
    :param rng: source of a random start.
    :raises ConfigurationError: if the robot fits nowhere.
    """
    if config.choice == 'pose':
        return config.x, config.y, config.yaw
    if config.choice == 'random':
        cells = np.argwhere(reachable_area(world, robot_radius))
        x, y = world.cell_centres(cells[rng.integers(len(cells))])
        return float(x), float(y), float(rng.uniform(-pi, pi))
    if config.choice == 'world' and world.start is not None:
        return world.start
    return most_open_pose(world, robot_radius)


def most_open_pose(world: World, robot_radius: float) -> tuple[float, float, float]:
    """
    Find the middle of the largest square of free cells in the largest area of a robot.

    :return: x, y in the world, and the yaw of its grid.
    """
    openness = np.where(
        largest_area(world, robot_radius), world.free_distance[1:-1, 1:-1], 0)
    x, y = world.cell_centres(np.unravel_index(np.argmax(openness), world.shape))
    return float(x), float(y), world.origin[2]
