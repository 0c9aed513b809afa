"""The decision: where to go next, whether to go on, when exploration is done."""

from dataclasses import dataclass, replace

from fsmi_explorer.exploration.boundary import Boundary
from fsmi_explorer.exploration.candidates import Candidates
from fsmi_explorer.exploration.config import ExplorationConfig
from fsmi_explorer.exploration.looking import LookAround
from fsmi_explorer.exploration.memory import Blacklist, Progress, SpentPlaces
from fsmi_explorer.exploration.outlook import unseen_area
from fsmi_explorer.exploration.policies import make_policy, Situation
from fsmi_explorer.exploration.reach import reach_from
from fsmi_explorer.exploration.travel import TravelField
import numpy as np

_PUNCTUALITY = 0.9


@dataclass(frozen=True, eq=False)
class Goal:
    """
    A pose to look from.

    :param pose: (3,) x, y, yaw in the map frame; yaw NaN where any will do.
    :param bits: information it promised when it was chosen.
    :param cost: m of travel when it was chosen.
    :param height: z of the robot in the map frame.
    """

    pose: np.ndarray
    bits: float
    cost: float
    height: float = 0.0


@dataclass(frozen=True, eq=False)
class Decision:
    """
    What to do now.

    :param action: 'go' to a new goal, 'keep' the present one, 'wait' without a goal, or 'done'.
    :param goal: the goal for 'go' and 'keep', else None.
    :param reason: one plain sentence.
    """

    action: str
    goal: Goal | None
    reason: str


class Explorer:
    """
    Decides, from map to map, where the robot goes; knows nothing of how it gets there.

    `goals_reached` counts the goals that the robot came to, and those of which it had seen most
    before it came there; `goals_failed` those that it could not drive to.
    """

    def __init__(self, config: ExplorationConfig | None = None):
        """
        Start afresh.

        :raises ConfigurationError: when the boundary is no polygon.
        """
        self.config = config or ExplorationConfig()
        self.boundary = Boundary(self.config.boundary)
        self.goal: Goal | None = None
        self.distance = 0.0
        self.started: float | None = None
        self.best_bits = self.unseen_area = 0.0
        self._is_explored = False
        self.goals_reached = self.goals_failed = 0
        self._policy = make_policy(self.config)
        self._blacklist = Blacklist(self.config.memory)
        self._spent = SpentPlaces(self.config.memory)
        self._position: np.ndarray | None = None
        self._former: Goal | None = None
        self._has_seen_former = False
        self._chosen_at = 0.0
        self._looked_from: np.ndarray | None = None
        self._progress = Progress(self.config.memory)
        self._looking = LookAround()
        self._retries = 0
        self._nothing_left = 0
        self._nothing_since: float | None = None
        self._waiting = False

    def decide(self, now: float, pose: np.ndarray, grid, candidates: Candidates, *,
               goal_bits: float | None = None, field: TravelField | None = None) -> Decision:
        """
        Decide what to do, given the newest map and the candidates scored on it.

        :param now: s, on any clock that only goes forward.
        :param pose: (3,) x, y, yaw of the robot in the map frame.
        :param grid: OccupancyGrid.
        :param candidates: what `select_candidates` chose on this map.
        :param goal_bits: information left at the present goal; when None it is taken from the
            candidates about it.
        :param field: travel costs from the pose over this map, where they are there already.
        """
        pose = np.asarray(pose, float)
        self._account(now, pose)
        over = self._budget_spent(now) or self._stuck()
        if over:
            return self._done(over)
        field = field or reach_from(grid, pose, self.config.space)
        situation = self._survey(now, pose, grid, field, candidates)
        self._note_spent(situation.candidates)
        given_up = self._give_up(situation, goal_bits)
        if self.goal is not None and not self._is_due(now):
            return Decision('keep', self.goal, 'On the way to the goal, which is still worth it.')
        return self._choose(situation, given_up)

    def succeeded(self, now: float) -> None:
        """Note that the robot has reached its goal."""
        if self.goal is not None:
            self.goals_reached += self.goal.pose is not self._looking.pose
            self._looked_from, self.goal = self.goal.pose, None
            self._progress.failures = 0

    def failed(self, now: float, reason: str = '') -> None:
        """Note that the goal could not be reached; it is left alone for a while."""
        if self.goal is not None:
            self._blacklist.add(now, self.goal.pose)
            self._progress.failures += 1
            self.goals_failed += 1
            self.goal = None

    def cancelled(self, now: float) -> None:
        """Note that somebody else took the robot over; the goal is not to blame."""
        self.goal = None

    def _account(self, now: float, pose: np.ndarray) -> None:
        """Add up time and distance."""
        if self.started is None:
            self.started = now
        if self._position is not None:
            self.distance += float(np.hypot(*(pose[:2] - self._position)))
        self._position = pose[:2].copy()

    def _budget_spent(self, now: float) -> str:
        """Say which budget is used up, nothing while there is some left."""
        stop = self.config.stop
        if stop.max_time > 0.0 and now - self.started >= stop.max_time:
            return f'The time budget of {stop.max_time:g} s is used up.'
        if stop.max_distance > 0.0 and self.distance >= stop.max_distance:
            return f'The distance budget of {stop.max_distance:g} m is used up.'
        return ''

    def _stuck(self) -> str:
        """Say so when one goal after another fails without any progress."""
        if self._progress.failures <= self.config.stop.max_failures:
            return ''
        return (f'The last {self._progress.failures} goals failed one after another without '
                'progress: the robot seems stuck.')

    def _done(self, reason: str) -> Decision:
        self.goal = None
        self._count_former()
        return Decision('done', None, reason)

    def _survey(self, now, pose, grid, field, candidates) -> Situation:
        """Note the most information there is within reach; return what the policy offers."""
        situation = Situation(
            now, pose, grid, field, candidates, _cost_at(grid, field, candidates.poses))
        self._reachable = candidates.subset(self._open(situation))
        self.best_bits = float(self._reachable.bits.max(initial=0.0))
        offers = self._policy.offers(situation)
        return replace(
            situation, candidates=offers, cost=_cost_at(grid, field, offers.poses))

    def _open(self, situation: Situation) -> np.ndarray:
        """Tell which candidates the robot can and may go to, as (k,) bool."""
        return np.isfinite(situation.cost) & self.boundary.contains(situation.candidates.poses)

    def _is_due(self, now: float) -> bool:
        """Tell whether the policy wants to choose anew by now, a little early at most."""
        return now - self._chosen_at >= _PUNCTUALITY * self._policy.replan_period

    def _note_spent(self, candidates: Candidates) -> None:
        """After a goal was reached: what is still promised there was not to be had."""
        if self._looked_from is not None:
            left = _bits_about(candidates, self._looked_from, self.config.candidates.spacing)
            self._spent.add(self._looked_from, left)
            self._looked_from = None

    def _give_up(self, situation: Situation, goal_bits: float | None) -> str:
        """Drop the present goal when there is a reason to, and return the reason."""
        if self.goal is None:
            return ''
        now, candidates = situation.now, situation.candidates
        memory, goal = self.config.memory, self.goal
        if goal.pose is self._looking.pose:
            if not self._looking.is_turning(now, situation.pose):
                self.goal = None
            return ''
        if np.hypot(*(goal.pose - situation.pose)[:2]) <= memory.arrival_tolerance:
            self.succeeded(now)
            self._note_spent(candidates)
            return 'The goal is reached.'
        cost = _cost_at(situation.grid, situation.field, goal.pose[None])[0]
        if not np.isfinite(cost):
            self._former, self.goal = goal, None
            return 'The goal can no longer be reached.'
        if self._progress.stalled(now, cost):
            self.failed(now)
            return f'The robot came no nearer to its goal for {memory.progress_time:g} s.'
        if np.isfinite(self._policy.replan_period):
            return ''
        left = goal_bits
        if left is None:
            left = _bits_about(candidates, goal.pose, self.config.candidates.spacing)
        if left < self.config.utility.keep_share * goal.bits:
            self._former, self.goal, self._has_seen_former = goal, None, True
            return 'Most of what the goal promised has been seen on the way.'
        return ''

    def _choose(self, situation: Situation, given_up: str) -> Decision:
        """Choose the best candidate there is, or say why there is none."""
        now, offers = situation.now, situation.candidates
        self._is_explored = self._expects_little(situation.grid)
        worth = self._open(situation) & (offers.bits >= self._policy.least_gain)
        worth &= not self._is_explored
        worth &= ~self._spent.blocks(offers.poses, offers.bits)
        free = worth & ~self._blacklist.blocks(now, offers.poses)
        if not free.any():
            self.goal = None
            return self._nothing(situation, worth)
        self._nothing_left, self._waiting = 0, False
        self._looking.reset()
        options = offers.subset(free)
        situation = replace(situation, candidates=options, cost=situation.cost[free])
        utility = self._policy.utility(situation)
        if self.goal is not None:
            return self._choose_anew(situation, int(np.argmax(utility)))
        favoured = self._near(self._former, options)
        best = int(np.argmax(np.where(favoured, self.config.utility.hysteresis, 1.0) * utility))
        return self._go(situation, best, bool(favoured[best]), given_up)

    def _expects_little(self, grid) -> bool:
        """Tell whether too little is expected to be seen to go on; note how much it is."""
        config, reachable = self.config, self._reachable
        reachable = reachable.subset(~self._spent.blocks(reachable.poses, reachable.bits))
        wanted = config.stop.unseen_share * grid.known_area_m2
        self.unseen_area = unseen_area(grid, reachable, config.view, config.space, enough=wanted)
        return self.unseen_area < wanted

    def _choose_anew(self, situation: Situation, best: int) -> Decision:
        """Go on to the present goal where it is as good as the best, else turn to that."""
        if self._near(self.goal, situation.candidates)[best]:
            self._chosen_at = situation.now
            return Decision('keep', self.goal, 'The goal is still the best.')
        return self._go(situation, best, False, 'There is a better goal by now.')

    def _near(self, goal: Goal | None, options: Candidates) -> np.ndarray:
        """Tell which options are as good as a goal, as (k,) bool."""
        if goal is None:
            return np.zeros(len(options), bool)
        away = np.hypot(*(options.poses - goal.pose)[:, :2].T)
        return away <= self.config.candidates.spacing

    def _go(self, situation: Situation, best: int, same: bool, given_up: str) -> Decision:
        """Take the best goal, in the place of the former one where it is as good as that."""
        options = situation.candidates
        former, self._former = self._former, None
        chosen = Goal(
            options.poses[best].copy(), float(options.bits[best]), float(situation.cost[best]),
            float(options.heights[best]))
        self.goal, self._chosen_at = chosen, situation.now
        if same:
            cost = float(_cost_at(situation.grid, situation.field, former.pose[None])[0])
            if np.isfinite(cost):
                self.goal = Goal(former.pose, chosen.bits, cost, former.height)
        self._progress.begin(situation.now, self.goal.cost)
        if same and self.goal.pose is former.pose:
            self._has_seen_former = False
            return Decision('keep', self.goal, 'The goal promises less than it did, and still '
                                               'more than any other.')
        self._count_former()
        reason = f'{given_up} ' if given_up else ''
        return Decision('go', self.goal, f'{reason}Next: {self.goal.bits:.2f} '
                                         f'{self._policy.unit}, {self.goal.cost:.1f} m away.')

    def _count_former(self) -> None:
        """Count a goal as reached when all it was for was seen on the way."""
        self.goals_reached += self._has_seen_former
        self._has_seen_former = False

    def _nothing(self, situation: Situation, worth: np.ndarray) -> Decision:
        """Look around, wait or end when there is no goal to choose."""
        now, field, stop = situation.now, situation.field, self.config.stop
        look = None if field.reachable.any() else self._looking.begin(now, situation.pose)
        if look is not None:
            self.goal, self._chosen_at = Goal(look, 0.0, 0.0), now
            return Decision(
                'go', self.goal, 'Nothing can be reached from here; turns to look around.')
        if worth.any() and (self._waiting or self._retries < stop.max_retries):
            return self._wait_for_release(now)
        if not self._nothing_left:
            self._nothing_since = now
        self._nothing_left += 1
        patience = 0.0 if field.reachable.any() else stop.patience
        if self._nothing_left < stop.confirmations or now - self._nothing_since < patience:
            return Decision('wait', None, _waiting_for(field))
        if worth.any():
            return self._done(f'What is left could not be reached in {stop.max_retries} retries.')
        if not field.reachable.any():
            return self._done('The robot can reach nothing from where it stands.')
        return self._done(self._why_explored())

    def _why_explored(self) -> str:
        least = self.config.stop.min_information_bits
        if self._is_explored:
            return ('Explored: from all that can be reached, no more than '
                    f'{self.unseen_area:.1f} m^2 are expected to be seen yet.')
        if self.best_bits >= least:
            return ('Explored: nothing is left to go for, although a pose promises '
                    f'{self.best_bits:.3f} bits.')
        return (f'Explored: no reachable pose promises more than {least:g} bits, the best '
                f'{self.best_bits:.3f}.')

    def _wait_for_release(self, now: float) -> Decision:
        """Wait until a goal that failed may be tried again."""
        if not self._waiting:
            self._retries += 1
            self._waiting = True
        release = self._blacklist.next_release(now)
        return Decision('wait', None, 'What is left could not be reached; the next try is in '
                                      f'{release - now:.0f} s.')


def _waiting_for(field: TravelField) -> str:
    if field.reachable.any():
        return 'Nothing seems left; waiting for the next map to be sure.'
    return 'The robot can reach nothing from where it stands; waiting for the map to change.'


def _cost_at(grid, field: TravelField, poses: np.ndarray) -> np.ndarray:
    """Return (k,) travel costs of poses, inf outside the map."""
    cells = grid.world_to_cell(poses[:, :2])
    inside = grid.contains(cells)
    cost = np.full(len(poses), np.inf)
    cost[inside] = field.cost[cells[inside, 0], cells[inside, 1]]
    return cost


def _bits_about(candidates: Candidates, pose: np.ndarray, radius: float) -> float:
    """Return the most that a candidate within the radius promises, 0 without one."""
    near = np.hypot(*(candidates.poses[:, :2] - pose[:2]).T) <= radius
    return float(candidates.bits[near].max(initial=0.0))
