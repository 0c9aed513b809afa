"""The configuration of exploration, one object per stage."""

from dataclasses import dataclass

from fsmi_explorer.configuration import Configuration, parameter, section
from fsmi_explorer.information.beam_model import BeamModel

POLICIES = (
    'fsmi_greedy', 'random', 'nearest_frontier', 'explore_lite', 'explore_lite_metres', 'mrtsp',
    'information_gain', 'csqmi')
"""Names of the rules that choose goals; the first is the default."""


@dataclass(frozen=True)
class SpaceConfig(Configuration):
    """Where the robot can be."""

    robot_radius: float = parameter(
        0.2, 'radius of the circle that holds the robot', unit='m', low=0.0, high=5.0)
    safety_margin: float = parameter(
        0.02, 'added to the radius when planning; grow it for a robot that tracks paths loosely',
        unit='m', low=0.0, high=1.0)
    free_threshold: float = parameter(
        0.25, 'a cell below this probability of being occupied is free', low=0.0, high=1.0)
    occupied_threshold: float = parameter(
        0.65, 'a cell above this probability of being occupied is an obstacle', low=0.0, high=1.0)
    escape_distance: float = parameter(
        1.5, 'how far off the robot may drive over unknown or narrow cells to get back to '
        'free ones', unit='m', low=0.0, high=20.0)
    pocket_area: float = parameter(
        1.0, 'a robot that can reach no more than this is taken to be trapped in a pocket and '
        'escapes from it', unit='m^2', low=0.0, high=100.0)
    comfort_clearance: float = parameter(
        0.5, 'paths keep this distance from obstacles where there is room', unit='m',
        low=0.0, high=5.0)
    comfort_weight: float = parameter(
        3.0, 'how many metres of detour one metre close to an obstacle is worth', low=1.0,
        high=6.0)

    def inflation(self, resolution: float) -> float:
        """Return how far, in m, cell centres of a path keep from those of obstacles."""
        return self.robot_radius + self.safety_margin + 0.5 * resolution


@dataclass(frozen=True)
class CandidateConfig(Configuration):
    """Which poses are offered as goals."""

    spacing: float = parameter(
        0.4, 'least distance between two candidates; smaller finds better goals, costs time',
        unit='m', low=0.05, high=10.0)
    max_count: int = parameter(2000, 'greatest number of candidates', low=1, high=100000)
    min_bits: float = parameter(
        0.01, 'poses that promise less are not offered', unit='bit', low=0.0)


@dataclass(frozen=True)
class UtilityConfig(Configuration):
    """How information is weighed against travel."""

    policy: str = parameter(
        'fsmi_greedy', 'rule that chooses goals', choices=POLICIES)
    gain_exponent: float = parameter(
        0.7, 'weight of information against travel: 0 goes to the nearest, large to the richest',
        low=0.0, high=5.0)
    cost_offset: float = parameter(
        1.0, 'added to the travel cost, so that very near candidates do not always win', unit='m',
        low=0.01, high=100.0)
    turn_cost: float = parameter(
        0.0, 'metres of travel that turning by one radian towards the goal counts as',
        unit='m/rad', low=0.0, high=10.0)
    hysteresis: float = parameter(
        1.5, 'a new goal must be this many times better than the present one', low=1.0,
        high=100.0)
    keep_share: float = parameter(
        0.75, 'the goal is given up once less than this share of its promised bits is left',
        low=0.0, high=1.0)


@dataclass(frozen=True)
class FrontierConfig(Configuration):
    """What counts as a frontier, for the policies that go to frontiers."""

    min_size: float = parameter(
        0.75, 'shorter frontiers are left alone while there are others', unit='m', low=0.0,
        high=20.0)
    least_size: float = parameter(
        0.4, 'frontiers even shorter than this are always left alone', unit='m', low=0.0,
        high=20.0)
    cell: float = parameter(
        0.1, "frontiers are told in cells of this side, the map's own if those are larger",
        unit='m', low=0.01, high=1.0)
    solid: float = parameter(
        0.15, 'unseen cells this close to an obstacle count as part of it, and a frontier as so '
        'much longer at both ends', unit='m', low=0.0, high=1.0)
    view_distance: float = parameter(
        1.0, 'a frontier can be gone to when a reachable place this near sees it', unit='m',
        low=0.1, high=20.0)


@dataclass(frozen=True)
class ViewConfig(Configuration):
    """What the lidar is expected to see, for what is foretold beside the candidates' scores."""

    cell: float = parameter(
        0.1, "a view is told in cells of this side, the map's own if those are larger", unit='m',
        low=0.01, high=1.0)
    solid: float = parameter(
        0.15, 'unseen cells this close to an obstacle count as part of it', unit='m', low=0.0,
        high=1.0)
    model: BeamModel = section(
        BeamModel, max_range=10.0, num_beams=60, unknown_occupancy=0.02)


@dataclass(frozen=True)
class MemoryConfig(Configuration):
    """What is remembered of goals that failed or gave nothing."""

    radius: float = parameter(
        0.5, 'a goal that failed or gave nothing stands for the poses this near', unit='m',
        low=0.0, high=10.0)
    spent_growth: float = parameter(
        1.3, 'a place looked from in vain counts again once it promises this many times more',
        low=1.0, high=100.0)
    blacklist_time: float = parameter(
        30.0, 'a goal that failed is left alone this long, twice as long after each more failure',
        unit='s', low=0.0, high=3600.0)
    progress_time: float = parameter(
        20.0, 'a goal fails when the robot has come no nearer to it for this long', unit='s',
        low=1.0, high=3600.0)
    arrival_tolerance: float = parameter(
        0.25, 'a goal counts as reached within this distance', unit='m', low=0.0, high=5.0)


@dataclass(frozen=True)
class StopConfig(Configuration):
    """When exploration ends."""

    min_information_bits: float = parameter(
        0.15, 'done when no reachable pose promises more; the worth of some 80 crossings of '
        'unknown cells of 5 cm with the default model of 60 beams, and in proportion to its '
        'beams', unit='bit', low=0.0)
    unseen_share: float = parameter(
        0.002, 'done when the space expected to be seen from all reachable poses together is less '
        'than this share of what has been seen; 0 to go on to the last pose that is worth it',
        low=0.0, high=1.0)
    confirmations: int = parameter(
        3, 'how many decisions in a row must find nothing left before exploration ends', low=1,
        high=100)
    patience: float = parameter(
        20.0, 'how long a robot that can reach nothing at all waits for that to change',
        unit='s', low=0.0, high=3600.0)
    max_retries: int = parameter(
        5, 'how often blacklisted goals are waited for before exploration ends', low=0, high=1000)
    max_failures: int = parameter(
        10, 'after more goals in a row have failed without progress, exploration ends', low=0,
        high=1000)
    max_time: float = parameter(
        0.0, 'exploration ends after this time, 0 for no limit', unit='s', low=0.0)
    max_distance: float = parameter(
        0.0, 'exploration ends after this distance driven, 0 for no limit', unit='m', low=0.0)


@dataclass(frozen=True)
class ExplorationConfig(Configuration):
    """All of exploration."""

    space: SpaceConfig = section(SpaceConfig)
    candidates: CandidateConfig = section(CandidateConfig)
    utility: UtilityConfig = section(UtilityConfig)
    frontiers: FrontierConfig = section(FrontierConfig)
    view: ViewConfig = section(ViewConfig)
    memory: MemoryConfig = section(MemoryConfig)
    stop: StopConfig = section(StopConfig)
    boundary: tuple = parameter(
        (), 'goals stay within this polygon: x, y, x, y, ... in the map frame, empty for none',
        unit='m')
