"""Candidates as RViz shows them: a dot at each position, a tick along its heading."""

from fsmi_explorer.exploration import Candidates
from geometry_msgs.msg import Point
import numpy as np
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

_SHOWN = 300
_DOT = 0.12
_TICK = (0.35, 0.03)
_HEIGHT = 0.05
_POOREST, _RICHEST = np.array([0.16, 0.47, 0.71]), np.array([0.99, 0.75, 0.10])


def candidate_markers(candidates: Candidates, header: Header) -> MarkerArray:
    """Return the markers of the best candidates, coloured by their share of the best's bits."""
    poses, bits = candidates.poses[:_SHOWN], candidates.bits[:_SHOWN]
    shares = bits / max(bits.max(initial=0.0), 1e-12)
    colours = [_colour(share) for share in shares]
    dots = _marker(header, 0, Marker.SPHERE_LIST, _DOT)
    dots.points = [_point(x, y) for x, y, _ in poses]
    dots.colors = colours
    ticks = _marker(header, 1, Marker.LINE_LIST, _TICK[1])
    facing = [(pose, colour) for pose, colour in zip(poses, colours) if np.isfinite(pose[2])]
    for (x, y, yaw), colour in facing:
        ticks.points += [_point(x, y),
                         _point(x + _TICK[0] * np.cos(yaw), y + _TICK[0] * np.sin(yaw))]
        ticks.colors += [colour, colour]
    return MarkerArray(markers=[each if each.points else _deleted(each) for each in (dots, ticks)])


def _marker(header: Header, number: int, kind: int, size: float) -> Marker:
    marker = Marker(header=header, ns='candidates', id=number, type=kind, action=Marker.ADD)
    marker.scale.x = marker.scale.y = marker.scale.z = size
    marker.pose.orientation.w = 1.0
    return marker


def _deleted(marker: Marker) -> Marker:
    marker.action = Marker.DELETE
    return marker


def _point(x: float, y: float) -> Point:
    return Point(x=float(x), y=float(y), z=_HEIGHT)


def _colour(share: float) -> ColorRGBA:
    red, green, blue = _POOREST + share * (_RICHEST - _POOREST)
    return ColorRGBA(r=float(red), g=float(green), b=float(blue), a=0.9)
