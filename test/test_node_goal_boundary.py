"""The boundary of goal_node: published, clicked in RViz, or a parameter."""

import math

import pytest

pytest.importorskip('rclpy')
from geometry_msgs.msg import Point32, PointStamped, PolygonStamped  # noqa: E402
from goal_node_probe import Exploration, POOR, RICH  # noqa: E402
from node_messages import LATCHED, TransformSource  # noqa: E402
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue  # noqa: E402
from rcl_interfaces.srv import SetParameters  # noqa: E402

AROUND_POOR = ((0, 4), (4, 4), (4, 6), (0, 6))


class Bounds:
    """What tells goal_node of a boundary, and what it tells."""

    def __init__(self, probe):
        self.active = probe.collect(PolygonStamped, 'active_boundary', LATCHED)
        self.drafts = probe.collect(PolygonStamped, 'boundary_draft', LATCHED)
        self._boundary = probe.node.create_publisher(PolygonStamped, 'boundary', 10)
        self._clicks = probe.node.create_publisher(PointStamped, 'clicked_point', 10)
        for publisher in (self._boundary, self._clicks):
            probe.wait_for_subscriber(publisher)
        self._probe = probe

    def publish(self, *corners):
        message = PolygonStamped()
        message.header.frame_id = 'map'
        message.polygon.points = [Point32(x=float(x), y=float(y)) for x, y in corners]
        self._boundary.publish(message)

    def click(self, x, y, frame='map'):
        message = PointStamped()
        message.header.frame_id = frame
        message.point.x, message.point.y = float(x), float(y)
        self._clicks.publish(message)

    def wait_for_active(self, *corners):
        self._probe.wait_for(
            lambda: self.active and corners_of(self.active[-1]) == list(corners),
            what=f'a boundary of {corners}')


def corners_of(message):
    return [(round(each.x, 3), round(each.y, 3)) for each in message.polygon.points]


def test_publishing_only_and_a_boundary(nodes, probe):
    exploration, bounds = Exploration(nodes, probe, navigation='topic'), Bounds(probe)
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: exploration.goals)
    assert exploration.goals[-1].pose.position.x == pytest.approx(RICH[0])
    bounds.publish((0, 0), (1, 1))
    bounds.publish((0, 0), (math.nan, 1), (1, 0))
    exploration.health.wait_for_value(
        'goal_node', 'dropped: malformed boundary', lambda value: value == '2')
    bounds.publish(*AROUND_POOR)
    probe.wait_for(lambda: len(exploration.goals) == 2)
    assert exploration.goals[-1].pose.position.x == pytest.approx(POOR[0])
    bounds.wait_for_active(*AROUND_POOR)
    exploration.robot.pose = POOR[:3]
    exploration.wait_for_value('goals_reached', lambda value: value == '1')
    exploration.offer(RICH)
    exploration.wait_for_state('done')
    assert len(exploration.goals) == 2, 'no goal outside of the boundary'


def test_corners_are_clicked_one_by_one_and_closed_near_the_first(nodes, probe, serve):
    exploration, bounds, server = Exploration(nodes, probe), Bounds(probe), serve()
    TransformSource(probe.node, (0.0, 4.0, 0.0), 'map', 'corner')
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: server.handles)
    assert server.target == pytest.approx(RICH[:2], abs=0.01)
    bounds.click(9, 9)
    bounds.click(9.1, 9.1)  # near the first of less than three: dropped
    probe.wait_for(lambda: bounds.drafts and not bounds.drafts[-1].polygon.points)
    bounds.click(math.nan, 0)
    bounds.click(0, 0, 'nowhere')
    exploration.health.wait_for_value(
        'goal_node', 'dropped: malformed corner', lambda value: value == '2')
    bounds.click(0, 0, 'corner')
    for corner in AROUND_POOR[1:]:
        bounds.click(*corner)
    probe.wait_for(lambda: corners_of(bounds.drafts[-1]) == list(AROUND_POOR))
    bounds.click(0.2, 3.9)
    bounds.wait_for_active(*AROUND_POOR)
    probe.wait_for(lambda: server.target == pytest.approx(POOR[:2], abs=0.01))
    assert exploration.call('clear_boundary').success
    bounds.wait_for_active()


def test_of_a_parameter_and_a_topic_the_last_one_holds(nodes, probe, serve):
    boundary = [float(each) for corner in AROUND_POOR for each in corner]
    exploration = Exploration(nodes, probe, exploration={'boundary': boundary})
    bounds, server = Bounds(probe), serve()
    bounds.wait_for_active(*AROUND_POOR)
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: server.handles)
    assert server.target == pytest.approx(POOR[:2], abs=0.01)
    bounds.publish()
    bounds.wait_for_active()
    exploration.robot.pose = POOR[:3]
    server.end('succeed')
    exploration.offer(RICH, POOR)
    probe.wait_for(lambda: server.target == pytest.approx(RICH[:2], abs=0.01))
    boundary[1] = boundary[3] = 4.2
    answer = probe.call(SetParameters, 'goal_node/set_parameters', SetParameters.Request(
        parameters=[Parameter(name='exploration.boundary', value=ParameterValue(
            type=ParameterType.PARAMETER_DOUBLE_ARRAY, double_array_value=boundary))]))
    assert answer.results[0].successful
    bounds.wait_for_active((0, 4.2), (4, 4.2), *AROUND_POOR[2:])
