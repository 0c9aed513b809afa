"""One run of a sweep: an exploration and what is kept of it."""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import NamedTuple

from fsmi_explorer.exploration.episode import EpisodeConfig, EpisodeResult, run_episode
from fsmi_explorer.simulation import visible_area, World
import numpy as np

_SECONDS_PER_POSE = 0.5


class Run(NamedTuple):
    """
    What to run.

    :param world: name of the world.
    :param path: its map file.
    :param policy: name of the policy.
    :param seed: of noise and start; 0 starts where the world says, others anywhere reachable.
    """

    world: str
    path: str
    policy: str
    seed: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What names the run among those of the same settings."""
        return self.world, self.policy, self.seed


@dataclass(frozen=True)
class Row:
    """
    The figures of a run, in the order of their columns; a share never reached is NaN.

    :param finished: whether exploration ended by its own rule.
    """

    world: str
    policy: str
    seed: int
    path_length_m: float
    duration_s: float
    coverage: float
    path_to_90_m: float
    path_to_95_m: float
    path_to_99_m: float
    plan_ms_p50: float
    plan_ms_p99: float
    goals: int
    reason: str
    time_to_90_s: float
    time_to_95_s: float
    time_to_99_s: float
    collisions: int
    finished: bool

    @classmethod
    def of(cls, run: Run, result: EpisodeResult) -> 'Row':
        """Take the figures from a result; the first plan, with compilation, does not count."""
        plans = 1e3 * np.array(result.plan_seconds[1:] or result.plan_seconds)
        p50, p99 = np.percentile(plans, (50, 99)).tolist()
        return cls(
            *run.key, result.path_length_m, result.duration_s, result.coverage,
            *(float(result.path_to(share)) for share in (0.9, 0.95, 0.99)), p50, p99,
            len(result.goals), result.reason,
            *(float(result.time_to(share)) for share in (0.9, 0.95, 0.99)),
            result.collisions, result.finished)


COLUMNS = tuple(each.name for each in fields(Row))


@dataclass(frozen=True, eq=False)
class Outcome:
    """
    What is kept of a run.

    :param run: what was run.
    :param row: its figures; None when the run failed.
    :param course: (n, 4) time s, distance m, coverage, entropy bits at each map.
    :param poses: (k, 3) of the robot, every half second.
    :param failure: why there is no row.
    """

    run: Run
    row: Row | None
    course: np.ndarray | None = None
    poses: np.ndarray | None = None
    failure: str = ''


def execute(run: Run, config: EpisodeConfig) -> Outcome:
    """
    Explore; the same run and configuration give the same outcome, times of plans apart.

    A run that raises an error must not take a sweep of hours with it: the error is its outcome.
    """
    try:
        world, visible = _world(run.path, config.simulation.robot.radius,
                                config.simulation.lidar.range_max)
        result = run_episode(world, configured(run, config), seed=run.seed, visible=visible)
    except Exception as error:
        return Outcome(run, None, failure=f'{type(error).__name__}: {error}')
    course = np.array([(each.time, each.distance, each.coverage, each.entropy_bits)
                       for each in result.samples])
    stride = max(1, round(_SECONDS_PER_POSE / config.control_period))
    return Outcome(run, Row.of(run, result), course, result.poses[::stride])


def configured(run: Run, config: EpisodeConfig) -> EpisodeConfig:
    """Return the configuration with the policy and the start of a run."""
    values = {'exploration': {'utility': {'policy': run.policy}}}
    if run.seed:
        values['simulation'] = {'start': {'choice': 'random'}}
    return config.updated(values)


@lru_cache(maxsize=2)
def _world(path: str, robot_radius: float, lidar_range: float) -> tuple[World, np.ndarray]:
    """Load a world and see what of it can be seen; runs of one world follow each other."""
    world = World.load(path)
    return world, visible_area(world, robot_radius, lidar_range)
