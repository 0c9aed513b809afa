"""The decisions: which goal, how long it is kept, what is remembered, when it ends and why."""

from fsmi_explorer.exploration import (
    CandidateConfig,
    Candidates,
    ExplorationConfig,
    Explorer,
    MemoryConfig,
    StopConfig,
    UtilityConfig,
)
from fsmi_explorer.mapping import OccupancyGrid
import numpy as np
import pytest

HOME = np.array([2.0, 2.0, 0.0])


def free_room(wall_at=None):
    """Make a free map of 12 m x 4 m, with a wall across at column `wall_at`."""
    p = np.full((40, 120), 0.05, np.float32)
    if wall_at is not None:
        p[:, wall_at] = 0.95
    return OccupancyGrid(p, 0.1)


def offers(*each):
    """Make candidates of (x, y, bits), best first."""
    each = np.array(sorted(each, key=lambda one: -one[2]), float).reshape(-1, 3)
    return Candidates(np.column_stack([each[:, :2], np.zeros(len(each))]), each[:, 2].copy())


def explorer(**sections):
    """Make an explorer, with a stop rule that needs no confirmation unless told otherwise."""
    sections.setdefault(
        'stop', StopConfig(min_information_bits=0.5, unseen_share=0.0, confirmations=1))
    return Explorer(ExplorationConfig(**sections))


def test_goes_where_information_per_way_is_greatest():
    """Twice the bits, four times the way: the near one; and the goal says what it promises."""
    decision = explorer().decide(0.0, HOME, free_room(), offers((4, 2, 2.0), (10, 2, 4.0)))
    assert decision.action == 'go'
    np.testing.assert_allclose(decision.goal.pose, [4.0, 2.0, 0.0])
    assert decision.goal.bits == 2.0
    assert decision.goal.cost == pytest.approx(2.0, rel=1e-3)
    far = explorer(utility=UtilityConfig(gain_exponent=4.0))
    decision = far.decide(0.0, HOME, free_room(), offers((4, 2, 2.0), (10, 2, 4.0)))
    assert decision.goal.pose[0] == 10.0


def test_turning_counts_when_it_is_to_cost():
    """Of two equal candidates, the one ahead."""
    turning = explorer(utility=UtilityConfig(turn_cost=0.5))
    for yaw, x in ((0.0, 8.0), (np.pi, 4.0)):
        decision = turning.decide(0.0, np.array([6.0, 2.0, yaw]), free_room(),
                                  offers((4, 2, 2.0), (8, 2, 2.0)))
        assert decision.goal.pose[0] == x
        turning.cancelled(0.0)


def test_keeps_its_goal_while_it_is_worth_it():
    """A better offer does not turn the robot round, nor do equal ones that change places."""
    one = explorer()
    one.decide(0.0, HOME, free_room(), offers((8, 2, 2.0), (8, 3, 1.9)))
    for now in range(1, 10):
        pose = HOME + (0.5 * now, 0.0, 0.0)
        bits = (1.9, 2.0) if now % 2 else (2.0, 1.9)
        decision = one.decide(
            now, pose, free_room(), offers((8, 2, bits[0]), (8, 3, bits[1]), (2, 3, 1.9)))
        assert decision.action == 'keep'
        assert decision.goal.pose.tolist() == [8.0, 2.0, 0.0]


def test_hysteresis_holds_when_the_goal_is_weighed_again():
    """A goal that lost some of its bits is kept unless another is clearly better."""
    for other, action in ((1.6, 'keep'), (4.0, 'go')):
        one = explorer(utility=UtilityConfig(gain_exponent=1.0, hysteresis=1.5, keep_share=0.75))
        one.decide(0.0, HOME, free_room(), offers((8, 2, 3.0)))
        decision = one.decide(1.0, np.array([5.0, 2.0, 0.0]), free_room(),
                              offers((8, 2, 1.5), (2, 2, other)))
        assert decision.action == action
        assert decision.goal.bits == (1.5 if action == 'keep' else other)
        assert one.goals_reached == (action == 'go')


def test_gives_up_a_goal_whose_promise_has_been_seen():
    """Below the share that makes a leg worth finishing it is weighed again, and loses."""
    one = explorer()
    one.decide(0.0, HOME, free_room(), offers((8, 2, 3.0)))
    assert one.decide(1.0, HOME, free_room(), offers((8, 2, 2.5), (2, 3, 4.0))).action == 'keep'
    decision = one.decide(2.0, HOME, free_room(), offers((8, 2, 2.0), (2, 3, 4.0)))
    assert decision.action == 'go'
    assert 'seen on the way' in decision.reason
    assert (one.goals_reached, one.goals_failed) == (1, 0)


def test_the_callers_bits_count_more_than_those_of_candidates_about_the_goal():
    """Whoever knows what is left at the goal says so."""
    for left, action in ((2.9, 'keep'), (0.0, 'go')):
        one = explorer()
        one.decide(0.0, HOME, free_room(), offers((8, 2, 3.0)))
        decision = one.decide(1.0, HOME, free_room(), offers((3, 2, 5.0)), goal_bits=left)
        assert decision.action == action


def test_a_goal_cut_off_is_dropped():
    """A wall that was not known before stands in the way."""
    one = explorer()
    one.decide(0.0, HOME, free_room(), offers((8, 2, 9.0), (1, 2, 0.6)))
    decision = one.decide(1.0, HOME, free_room(wall_at=60), offers((8, 2, 9.0), (1, 2, 0.6)))
    assert decision.action == 'go'
    assert decision.goal.pose[0] == 1.0
    assert 'no longer be reached' in decision.reason


def test_a_place_looked_from_in_vain_is_spent():
    """Arrived, and nothing has come of it: that place is not gone to again unless it grows."""
    one = explorer(memory=MemoryConfig(radius=0.5, spent_growth=1.3))
    one.decide(0.0, HOME, free_room(), offers((8, 2, 3.0)))
    there = np.array([7.9, 2.0, 0.0])
    decision = one.decide(9.0, there, free_room(), offers((8, 2, 3.0)))
    assert decision.action == 'done'
    again = explorer()
    again.decide(0.0, HOME, free_room(), offers((8, 2, 3.0)))
    again.succeeded(9.0)
    again.decide(9.0, there, free_room(), offers((8, 2, 3.0), (4, 2, 1.0)))
    again.cancelled(10.0)
    assert again.decide(10.0, there, free_room(), offers((8, 2, 4.0))).action == 'go'


def test_a_failed_goal_is_left_alone_and_forgotten_and_a_cancelled_one_is_not():
    """Failure blacklists for a time; somebody else taking over does not."""
    one = explorer(memory=MemoryConfig(blacklist_time=30.0))
    one.decide(0.0, HOME, free_room(), offers((4, 2, 3.0), (9, 2, 3.0)))
    one.cancelled(1.0)
    assert one.decide(1.0, HOME, free_room(), offers((4, 2, 3.0))).goal.pose[0] == 4.0
    one.failed(2.0, 'blocked')
    decision = one.decide(2.0, HOME, free_room(), offers((4, 2, 3.0), (9, 2, 3.0)))
    assert decision.goal.pose[0] == 9.0
    one.cancelled(3.0)
    decision = one.decide(3.0, HOME, free_room(), offers((4, 2, 3.0)))
    assert decision.action == 'wait'
    assert '29 s' in decision.reason
    assert one.decide(32.0, HOME, free_room(), offers((4, 2, 3.0))).action == 'go'


def test_gives_up_waiting_for_what_keeps_failing():
    """After so many retries it is over, and says so."""
    one = explorer(stop=StopConfig(
                       min_information_bits=0.5, unseen_share=0.0, confirmations=1, max_retries=2),
                   memory=MemoryConfig(blacklist_time=1.0))
    actions, now = [], 0.0
    while 'done' not in actions and now < 100.0:
        decision = one.decide(now, HOME, free_room(), offers((4, 2, 3.0)))
        actions.append(decision.action)
        one.failed(now)
        now += 0.5
    assert actions.count('go') == 3
    assert 'could not be reached in 2 retries' in decision.reason


def test_a_robot_that_comes_no_nearer_has_failed():
    """The watchdog blacklists the goal and another is chosen; in the end it says it is stuck."""
    one = explorer(memory=MemoryConfig(progress_time=20.0, blacklist_time=3600.0, radius=0.1),
                   stop=StopConfig(unseen_share=0.0, confirmations=1, max_failures=3))
    many = offers(*((4 + 0.5 * i, 2, 3.0) for i in range(10)))
    one.decide(0.0, HOME, free_room(), many)
    assert one.decide(20.0, HOME, free_room(), many).action == 'keep'
    decision = one.decide(21.0, HOME, free_room(), many)
    assert decision.action == 'go'
    assert 'no nearer' in decision.reason
    now = 21.0
    while decision.action != 'done' and now < 300.0:
        now += 21.0
        decision = one.decide(now, HOME, free_room(), many)
    assert 'stuck' in decision.reason
    assert now == 105.0
    assert (one.goals_reached, one.goals_failed) == (0, 4)


def test_goals_stay_within_the_boundary():
    """The better goal outside is not taken; nothing inside ends exploration."""
    one = explorer(boundary=(0.0, 0.0, 6.0, 0.0, 6.0, 4.0, 0.0, 4.0))
    decision = one.decide(0.0, HOME, free_room(), offers((8, 2, 9.0), (5, 2, 1.0)))
    assert decision.goal.pose[0] == 5.0
    one.cancelled(1.0)
    assert one.decide(1.0, HOME, free_room(), offers((8, 2, 9.0))).action == 'done'


def test_ends_when_little_information_is_left_after_confirmation():
    """Twice nothing is not enough when three are asked for."""
    one = explorer(stop=StopConfig(min_information_bits=0.5, unseen_share=0.0, confirmations=3))
    rest = offers((4, 2, 0.4), (6, 2, 0.3))
    decisions = [one.decide(now, HOME, free_room(), rest) for now in range(3)]
    assert [each.action for each in decisions] == ['wait', 'wait', 'done']
    assert decisions[2].reason == (
        'Explored: no reachable pose promises more than 0.5 bits, the best 0.400.')
    assert one.best_bits == pytest.approx(0.4)


def look_around(one, unknown):
    """Turn as the explorer says while it says so; return the headings."""
    pose, headings = HOME, []
    while (decision := one.decide(0.0, pose, unknown, offers())).action == 'go':
        assert one.decide(0.0, pose, unknown, offers()).action == 'keep'
        pose = decision.goal.pose
        headings.append(pose[2])
    assert one.goals_reached == 0
    return headings


def test_nothing_reachable_is_waited_for():
    """A robot in unknown space waits for its map before it gives up."""
    unknown = OccupancyGrid(np.full((40, 120), np.nan, np.float32), 0.1)
    one = explorer(stop=StopConfig(unseen_share=0.0, confirmations=1, patience=20.0))
    assert look_around(one, unknown) == pytest.approx([1.8, 3.6, 5.4, 7.2])
    for now in (0.0, 10.0, 19.9):
        decision = one.decide(now, HOME, unknown, offers((4, 2, 3.0)))
        assert decision.action == 'wait'
        assert 'reach nothing' in decision.reason
    assert one.decide(19.95, HOME, free_room(), offers((4, 2, 3.0))).action == 'go'
    one.cancelled(20.0)
    look_around(one, unknown)
    one.decide(20.0, HOME, unknown, offers())
    decision = one.decide(40.0, HOME, unknown, offers())
    assert (decision.action, decision.goal) == ('done', None)
    assert decision.reason == 'The robot can reach nothing from where it stands.'


def test_budgets():
    """Time and distance, each with its sentence; distance adds up over the poses."""
    one = explorer(stop=StopConfig(unseen_share=0.0, max_time=100.0))
    assert one.decide(50.0, HOME, free_room(), offers((8, 2, 3.0))).action == 'go'
    assert one.decide(149.0, HOME + (1, 0, 0), free_room(), offers((8, 2, 3.0))).action != 'done'
    assert one.decide(150.0, HOME, free_room(), offers((8, 2, 3.0))).reason == (
        'The time budget of 100 s is used up.')
    one = explorer(stop=StopConfig(unseen_share=0.0, max_distance=3.0))
    for now, x in enumerate((2.0, 4.0, 3.0)):
        decision = one.decide(now, np.array([x, 2.0, 0.0]), free_room(), offers((8, 2, 3.0)))
    assert one.distance == pytest.approx(3.0)
    assert decision.reason == 'The distance budget of 3 m is used up.'


def test_candidates_off_the_map_do_not_matter():
    """They may come from a map of another size."""
    decision = explorer().decide(
        0.0, HOME, free_room(), offers((50, 2, 9.0), (-3, 2, 9.0), (4, 2, 1.0)))
    assert decision.goal.pose[0] == 4.0


@pytest.mark.parametrize('seed', range(5))
def test_the_same_events_give_the_same_decisions(seed):
    """Nothing but the arguments decides."""
    def decisions():
        rng, one, found = np.random.default_rng(seed), explorer(), []
        for now in range(30):
            some = offers(*np.column_stack([
                rng.uniform(0, 12, 8), rng.uniform(0, 4, 8), rng.uniform(0, 3, 8)]))
            found.append(one.decide(now, HOME + (0.3 * now, 0, 0), free_room(), some).reason)
            if rng.random() < 0.3:
                (one.failed if rng.random() < 0.5 else one.succeeded)(now)
        return found
    assert decisions() == decisions()


def test_spacing_decides_what_is_about_a_goal():
    """The bits left at a goal are those of the best candidate within the spacing."""
    one = explorer(candidates=CandidateConfig(spacing=0.4))
    one.decide(0.0, HOME, free_room(), offers((8, 2, 3.0)))
    decision = one.decide(1.0, HOME, free_room(), offers((8.3, 2, 2.9), (8, 2.1, 0.6)))
    assert decision.action == 'keep'
    assert one.decide(2.0, HOME, free_room(), offers((8.5, 2, 2.9))).action == 'go'
