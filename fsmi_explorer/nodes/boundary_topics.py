"""The boundary of an exploration as topics tell it, and as RViz shows it."""

from typing import Callable

from fsmi_explorer.exploration import Boundary
from fsmi_explorer.nodes.base import ExplorerNode, LATCHED
from fsmi_explorer.nodes.conversions import moved_by
from fsmi_explorer.nodes.transforms import Frames
from geometry_msgs.msg import Point32, PointStamped, PolygonStamped
import numpy as np
from std_srvs.srv import Trigger
from tf2_ros import TransformException

_CLOSING_DISTANCE = 0.5
_CORNERS = 3
_QUEUE = 10


class BoundaryTopics:
    """
    Listens to whole boundaries, and to corners that are clicked one by one.

    A click near the first corner closes the polygon: it is the boundary from then on. With less
    than three corners it drops them.

    :param node: the node that explores; has `~/clear_boundary` from now on.
    :param frames: its transforms.
    :param map_frame: tells the frame of the map.
    :param on_change: told of a new boundary.
    """

    def __init__(self, node: ExplorerNode, frames: Frames, map_frame: Callable[[], str],
                 on_change: Callable[[Boundary], None]):
        """Wire topics and the service."""
        self._node, self._frames = node, frames
        self._map_frame, self._on_change = map_frame, on_change
        self._clicked = np.empty((0, 2))
        node.diagnostics.listen(PolygonStamped, 'boundary', self._on_boundary, _QUEUE)
        node.diagnostics.listen(PointStamped, 'clicked_point', self._on_clicked_point, _QUEUE)
        self._active = node.create_publisher(PolygonStamped, 'active_boundary', LATCHED)
        self._draft = node.create_publisher(PolygonStamped, 'boundary_draft', LATCHED)
        node.create_service(Trigger, '~/clear_boundary', self._on_clear)

    def tell(self, boundary: Boundary) -> None:
        """Publish the boundary that is kept to."""
        self._publish(self._active, boundary.corners)

    def _on_boundary(self, message: PolygonStamped) -> None:
        """Keep to another boundary from now on; one without corners bounds nothing."""
        corners = np.array([(each.x, each.y) for each in message.polygon.points]).reshape(-1, 2)
        try:
            self._change(Boundary(self._in_map(corners, message.header.frame_id)))
        except (ValueError, TransformException) as error:
            self._node.diagnostics.drop('malformed boundary', str(error))

    def _on_clicked_point(self, message: PointStamped) -> None:
        """Add a corner to the draft, or close it."""
        point = np.array([(message.point.x, message.point.y)])
        try:
            point = self._in_map(point, message.header.frame_id)
        except (ValueError, TransformException) as error:
            self._node.diagnostics.drop('malformed corner', str(error))
            return
        is_first = len(self._clicked) == 0
        if is_first or np.hypot(*(point - self._clicked[0])[0]) > _CLOSING_DISTANCE:
            self._draw(np.concatenate([self._clicked, point]))
            return
        corners = self._clicked
        self._draw(self._clicked[:0])
        if len(corners) >= _CORNERS:
            self._change(Boundary(corners))

    def _on_clear(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        """Drop the corners that were clicked, and the boundary."""
        self._draw(self._clicked[:0])
        self._change(Boundary())
        response.success, response.message = True, 'There is no boundary.'
        return response

    def _in_map(self, points: np.ndarray, frame: str) -> np.ndarray:
        """
        Return points in the frame of the map.

        :raises ValueError: when a coordinate is not finite.
        :raises TransformException: when it is not known where the frame is.
        """
        if not np.isfinite(points).all():
            raise ValueError('a coordinate is not finite')
        target = self._map_frame()
        if frame in ('', target):
            return points
        return moved_by(self._frames.pose(target, frame), points)

    def _draw(self, corners: np.ndarray) -> None:
        self._clicked = corners
        self._publish(self._draft, corners)

    def _change(self, boundary: Boundary) -> None:
        self.tell(boundary)
        self._on_change(boundary)

    def _publish(self, publisher, corners: np.ndarray) -> None:
        message = PolygonStamped()
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.header.frame_id = self._map_frame()
        message.polygon.points = [Point32(x=x, y=y) for x, y in corners.tolist()]
        publisher.publish(message)
