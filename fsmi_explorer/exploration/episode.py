"""One exploration from start to end in a fast loop, with the same parts as the nodes run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.explorer import Decision, Explorer, Goal
from fsmi_explorer.exploration.scoring import Scorer, Scores, ScoringConfig
from fsmi_explorer.jit import kernel
from fsmi_explorer.mapping import MappingConfig, OccupancyGrid, OccupancyMap, SensorPoses
from fsmi_explorer.navigation import (
    FollowerConfig,
    must_replan,
    PathFollower,
    plan_path,
    PlannerConfig,
)
from fsmi_explorer.simulation import SimulationConfig, Simulator, visible_area, World
import numpy as np


@dataclass(frozen=True)
class EpisodeConfig(Configuration):
    """Everything there is to set in an episode."""

    map_period: float = parameter(
        1.0, 'time from one map, and one decision, to the next', unit='s', low=0.05, high=60.0)
    control_period: float = parameter(
        0.1, 'time from one velocity command to the next', unit='s', low=0.01, high=1.0)
    time_limit: float = parameter(
        7200.0, 'the episode is cut off after this simulated time', unit='s', low=1.0)
    simulation: SimulationConfig = section(SimulationConfig, step=0.05)
    mapping: MappingConfig = section(MappingConfig)
    scoring: ScoringConfig = section(ScoringConfig)
    exploration: ExplorationConfig = section(ExplorationConfig)
    planner: PlannerConfig = section(PlannerConfig)
    follower: FollowerConfig = section(FollowerConfig)


@dataclass(frozen=True)
class Sample:
    """
    How things stood at one map.

    :param time: s.
    :param distance: m driven.
    :param coverage: share of what can be seen that the map has observed.
    :param entropy_bits: of the cells that can be seen, one bit for each that was not yet.
    :param best_bits: most information that a reachable pose promised.
    """

    time: float
    distance: float
    coverage: float
    entropy_bits: float
    best_bits: float


@dataclass(eq=False)
class EpisodeResult:
    """
    What came of an episode.

    :param reason: the sentence with which it ended.
    :param finished: whether exploration ended by its own rule.
    :param samples: one per map.
    :param poses: (k, 3) of the robot, one per velocity command.
    :param goals: the goals in order, with the times they were chosen at.
    :param plan_seconds: time that scoring, deciding and path planning took, one per map.
    :param collisions: how often the robot ran into something.
    :param grid: the map at the end.
    """

    reason: str = ''
    finished: bool = False
    samples: list[Sample] = field(default_factory=list)
    poses: np.ndarray = field(default_factory=lambda: np.empty((0, 3)))
    goals: list[tuple[float, Goal]] = field(default_factory=list)
    plan_seconds: list[float] = field(default_factory=list)
    collisions: int = 0
    grid: OccupancyGrid | None = None

    @property
    def path_length_m(self) -> float:
        """Metres driven."""
        return self.samples[-1].distance if self.samples else 0.0

    @property
    def duration_s(self) -> float:
        """Simulated seconds."""
        return self.samples[-1].time if self.samples else 0.0

    @property
    def coverage(self) -> float:
        """Share of what can be seen that was seen."""
        return self.samples[-1].coverage if self.samples else 0.0

    def path_to(self, share: float) -> float:
        """Return the metres until this share was covered, NaN when it never was."""
        return next((each.distance for each in self.samples if each.coverage >= share), np.nan)

    def time_to(self, share: float) -> float:
        """Return the seconds until this share was covered, NaN when it never was."""
        return next((each.time for each in self.samples if each.coverage >= share), np.nan)


Observer = Callable[[float, np.ndarray, OccupancyGrid, Scores, Decision], None]


def run_episode(world: World, config: EpisodeConfig | None = None, *, seed: int = 0,
                visible: np.ndarray | None = None,
                observer: Observer | None = None) -> EpisodeResult:
    """
    Explore a world until exploration ends by its own rule or the time limit.

    The same world, configuration and seed give the same run.

    :param world: the world.
    :param config: all configuration.
    :param seed: of the simulator's noise and of a random start.
    :param visible: (H, W) bool, what counts for coverage; computed when None.
    :param observer: called at each map with time, pose, map, scores and decision.
    """
    return _Episode(world, config or EpisodeConfig(), seed, visible, observer).run()


class _Yardstick:
    """What a map of one lattice knows of the visible free cells, again and again."""

    def __init__(self, world: World, visible: np.ndarray):
        self._centres = world.cell_centres(np.argwhere(visible & ~world.occupied))
        self._cells: np.ndarray | None = None
        self._origin: tuple[float, float, float] | None = None

    def measure(self, grid: OccupancyGrid) -> tuple[float, float]:
        """Return the coverage, as `fsmi_explorer.simulation.coverage`, and the entropy in bits."""
        if self._cells is None:
            self._cells, self._origin = grid.world_to_cell(self._centres), grid.origin
        shift = np.subtract(self._origin, grid.origin)[:2] / grid.resolution
        known, entropy = _measure_kernel(
            grid.probabilities, self._cells, np.rint(shift[::-1]).astype(np.int64))
        return known / max(len(self._cells), 1), entropy


@kernel
def _measure_kernel(p, cells, shift):
    """Count the known ones among the shifted cells; add up the entropy of all."""
    known, entropy = 0, 0.0
    for i in range(cells.shape[0]):
        row, col = cells[i, 0] + shift[0], cells[i, 1] + shift[1]
        value = p[row, col] if 0 <= row < p.shape[0] and 0 <= col < p.shape[1] else np.nan
        if np.isnan(value):
            entropy += 1.0
            continue
        known += 1
        if 0.0 < value < 1.0:
            entropy -= value * np.log2(value) + (1.0 - value) * np.log2(1.0 - value)
    return known, entropy


class _Episode:
    """The state of one run."""

    def __init__(self, world, config, seed, visible, observer):
        self.config, self.world, self.observer = config, world, observer
        self.simulator = Simulator(world, config.simulation, seed)
        self.visible = visible
        if visible is None:
            lidar, robot = config.simulation.lidar, config.simulation.robot
            self.visible = visible_area(
                world, robot.radius, lidar.range_max, self.simulator.pose)
        self.yardstick = _Yardstick(world, self.visible)
        self.map = OccupancyMap(config.mapping)
        self.scorer = Scorer(config.scoring)
        self.explorer = Explorer(config.exploration)
        self.follower = PathFollower(config.follower, config.planner.space)
        self.path: np.ndarray | None = None
        self.poses: list[np.ndarray] = []
        self.distance = 0.0
        self.result = EpisodeResult()

    def run(self) -> EpisodeResult:
        """Alternate between deciding and driving."""
        self._scan()
        while self._decide().action != 'done':
            if self.simulator.time >= self.config.time_limit:
                self.result.reason = 'The time limit of the episode is reached.'
                break
            self._drive(self.simulator.time + self.config.map_period)
        else:
            self.result.finished = True
        self.result.poses = np.array(self.poses).reshape(-1, 3)
        self.result.collisions = self.simulator.collisions
        return self.result

    def _scan(self) -> None:
        scan = self.simulator.scan()
        self.map.insert_scan(scan, SensorPoses.planar(self.simulator.scan_poses))

    def _drive(self, until: float) -> None:
        """Follow the path and scan until the time of the next map."""
        simulator, config = self.simulator, self.config
        steps = max(1, round(config.control_period / config.simulation.step))
        while simulator.time < until - 1e-9:
            self._command()
            before = self.poses[-1]
            for _ in range(steps):
                simulator.step()
                if simulator.scan_due():
                    self._scan()
            self.distance += float(np.hypot(*(simulator.pose - before)[:2]))

    def _command(self) -> None:
        simulator, pose = self.simulator, self.simulator.pose
        self.poses.append(pose)
        if self.path is None:
            simulator.command(0.0, 0.0)
            return
        command = self.follower.command(
            pose, self.path, self._goal_yaw(), grid=self.result.grid,
            velocity=simulator.velocity, dt=self.config.control_period)
        simulator.command(command.v, command.w)
        if command.finished:
            self.path = None
            self.explorer.succeeded(simulator.time)

    def _goal_yaw(self) -> float | None:
        """Only a lidar that does not see all round asks for a heading."""
        whole_turn = self.config.simulation.lidar.fov > 2 * np.pi - 1e-6
        goal = self.explorer.goal
        return None if whole_turn or goal is None else float(goal.pose[2])

    def _decide(self) -> Decision:
        """Score the newest map, decide, and plan the path when there is a new goal."""
        simulator = self.simulator
        grid, changed = self.map.grid(), self.map.take_changed()
        began = perf_counter()
        pose = simulator.pose
        scores = self.scorer.score(grid, pose, changed)
        decision = self.explorer.decide(simulator.time, pose, grid, scores.candidates,
                                        field=scores.field)
        self._update_path(grid, pose, decision)
        self.result.plan_seconds.append(perf_counter() - began)
        self._record(grid, scores, decision)
        return decision

    def _update_path(self, grid, pose, decision: Decision) -> None:
        """Plan for a new goal, and anew when the path is blocked."""
        if decision.goal is None:
            self.path = None
            return
        if decision.action == 'go':
            self.result.goals.append((self.simulator.time, decision.goal))
        elif self.path is not None and not must_replan(
                grid, self.path, pose, self.config.planner):
            return
        plan = plan_path(grid, pose, decision.goal.pose, self.config.planner)
        self.path = plan.path if plan else None
        if not plan:
            self.explorer.failed(self.simulator.time, plan.reason)

    def _record(self, grid, scores, decision: Decision) -> None:
        result = self.result
        result.grid, result.reason = grid, decision.reason
        result.samples.append(Sample(
            self.simulator.time, self.distance, *self.yardstick.measure(grid),
            self.explorer.best_bits))
        if self.observer is not None:
            self.observer(self.simulator.time, self.simulator.pose, grid, scores, decision)
