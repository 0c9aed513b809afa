"""Decisions of goal_node, taken beside its callbacks."""

from time import perf_counter
from typing import Callable, NamedTuple

from fsmi_explorer.exploration import Boundary, Candidates, Decision, ExplorationConfig, Explorer
from fsmi_explorer.mapping import OccupancyGrid
from fsmi_explorer.nodes.drivers import End
import numpy as np


class Decided(NamedTuple):
    """
    A decision and the figures that go with it.

    :param decision: what to do.
    :param goals_reached: how many goals have served their purpose so far.
    :param goals_failed: how many could not be driven to.
    :param distance: m driven so far.
    :param best_bits: most information that a reachable pose promises.
    :param known_area: m² of the map that were ever observed.
    :param entropy_bits: of the map, unknown cells at one bit.
    :param duration: how long it took to decide, s.
    """

    decision: Decision
    goals_reached: int
    goals_failed: int
    distance: float
    best_bits: float
    known_area: float
    entropy_bits: float
    duration: float


class Deliberation:
    """
    The explorer of the node and what happens to it; used by one thread at a time.

    :param config: how to explore.
    """

    def __init__(self, config: ExplorationConfig):
        """Start afresh."""
        self._given_boundary, self._boundary = (), Boundary()
        self._grid: OccupancyGrid | None = None
        self._figures = (0.0, 0.0)
        self.restart(config)

    def decide(self, events: 'list[Event]', now: float, pose: np.ndarray, grid: OccupancyGrid,
               candidates: Candidates) -> Decided:
        """
        Take note of what has happened, then decide.

        :param events: what has happened since the last decision, in order.
        :param now: s.
        :param pose: (3,) x, y, yaw of the robot.
        """
        start = perf_counter()
        for event in events:
            event(self)
        explorer = self.explorer
        decision = explorer.decide(now, pose, grid, candidates)
        if grid is not self._grid:
            self._grid, self._figures = grid, (grid.known_area_m2, entropy_bits(grid))
        return Decided(decision, explorer.goals_reached, explorer.goals_failed, explorer.distance,
                       explorer.best_bits, *self._figures, perf_counter() - start)

    def restart(self, config: ExplorationConfig) -> None:
        """Explore anew, within the boundary that was set last, by the configuration or else."""
        if config.boundary != self._given_boundary:
            self._given_boundary, self._boundary = config.boundary, Boundary(config.boundary)
        self.explorer = Explorer(config)
        self.explorer.boundary = self._boundary

    def reconfigure(self, config: ExplorationConfig) -> None:
        """Go on with another configuration; failed and spent places are forgotten."""
        before = self.explorer
        self.restart(config)
        explorer = self.explorer
        explorer.goal, explorer.started = before.goal, before.started
        explorer.distance = before.distance
        explorer.goals_reached = before.goals_reached
        explorer.goals_failed = before.goals_failed
        self.bound(self._boundary)

    def bound(self, boundary: Boundary) -> None:
        """Keep goals within a boundary from now on; one outside is given up."""
        self._boundary = self.explorer.boundary = boundary
        goal = self.explorer.goal
        if goal is not None and not boundary.contains(goal.pose[None])[0]:
            self.explorer.goal = None

    def end(self, goal, end: End, now: float, reason: str) -> None:
        """Take note of how a drive ended, unless its goal is no longer the present one."""
        if self.explorer.goal is not goal:
            return
        if end is End.REACHED:
            self.explorer.succeeded(now)
        elif end is End.FAILED:
            self.explorer.failed(now, reason)
        else:
            self.explorer.cancelled(now)

    def give_up_goal(self, now: float) -> None:
        """Have no goal; nobody is to blame."""
        self.explorer.cancelled(now)


def entropy_bits(grid: OccupancyGrid) -> float:
    """
    Return the entropy of a map that came as a message, a cell never observed taken as one bit.

    A message knows 101 probabilities: it is enough to count them.
    """
    counts = np.bincount(grid.percent().view(np.uint8).ravel(), minlength=256)
    seldom, often = np.arange(1, 100) / 100, np.arange(99, 0, -1) / 100
    entropies = -seldom * np.log2(seldom) - often * np.log2(often)
    return float(counts[101:].sum() + counts[1:100] @ entropies)


Event = Callable[[Deliberation], None]
"""Something that happened since the last decision."""
