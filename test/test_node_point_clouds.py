"""Clouds of any layout become the same points; what is wrong with one is said."""

from array import array

import numpy as np
import pytest

pytest.importorskip('rclpy')
from fsmi_explorer.nodes.point_clouds import cloud_to_message, points_from_message  # noqa: E402
from sensor_msgs.msg import PointCloud2, PointField  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

HEADER = Header(frame_id='lidar')
POINTS = np.random.default_rng(0).normal(0.0, 5.0, (6, 4, 3)).astype(np.float32)
CODES = {'f4': PointField.FLOAT32, 'f8': PointField.FLOAT64, 'i2': PointField.INT16}


def cloud(points=POINTS, kind='f4', names='xyz', skip=0, tail=0, row_tail=0, big=False, **changes):
    """Return a cloud whose fields come after `skip` bytes, with unused ones behind and between."""
    order = '>' if big else '<'
    size = np.dtype(kind).itemsize
    point = np.dtype({
        'names': list(names), 'formats': [order + kind] * len(names),
        'offsets': [skip + i * size for i in range(len(names))],
        'itemsize': skip + size * len(names) + tail})
    filled = np.zeros(points.shape[:2], point)
    for name in names:
        if name in 'xyz':
            filled[name] = points[..., 'xyz'.index(name)]
    rows = [row.tobytes() + bytes(row_tail) for row in filled]
    message = PointCloud2(
        header=HEADER, height=points.shape[0], width=points.shape[1], is_bigendian=big,
        point_step=point.itemsize, row_step=len(rows[0]), data=array('B', b''.join(rows)),
        fields=[PointField(name=name, offset=skip + i * size, datatype=CODES[kind], count=1)
                for i, name in enumerate(names)])
    for name, value in changes.items():
        setattr(message, name, value)
    return message


@pytest.mark.parametrize('layout', [
    {}, {'kind': 'f8'}, {'names': 'zyx'}, {'names': 'ixyzr'}, {'skip': 3, 'tail': 5},
    {'row_tail': 7}, {'big': True}, {'kind': 'f8', 'big': True, 'skip': 1, 'row_tail': 9}])
def test_the_layout_does_not_matter(layout):
    np.testing.assert_array_equal(points_from_message(cloud(**layout)), POINTS.reshape(-1, 3))


def test_whole_numbers_are_coordinates_too():
    whole = np.rint(POINTS)
    np.testing.assert_array_equal(
        points_from_message(cloud(whole, kind='i2')), whole.reshape(-1, 3))


def test_points_that_are_not_finite_are_left_out():
    points = POINTS.copy()
    points[1, 2, 0], points[3, 0, 2] = np.nan, np.inf
    kept = points_from_message(cloud(points))
    assert len(kept) == 22 and np.isfinite(kept).all()
    huge = points_from_message(cloud(np.where(POINTS > 9.0, 1e300, POINTS.astype(float)),
                                     kind='f8'))
    assert len(huge) == np.count_nonzero((POINTS <= 9.0).all(axis=-1))


@pytest.mark.parametrize('points', [POINTS, POINTS.reshape(-1, 3)])
def test_there_and_back(points):
    message = cloud_to_message(points, HEADER)
    assert (message.height, message.width) == ((6, 4) if points.ndim == 3 else (1, 24))
    np.testing.assert_array_equal(points_from_message(message), POINTS.reshape(-1, 3))


@pytest.mark.parametrize('message, words', [
    (cloud(names='xyw'), 'no field z, only x, y, w'),
    (cloud(fields=[]), 'no field x, only none'),
    (cloud(row_step=20), 'row_step 20 is too short'),
    (cloud(row_step=50), 'announces'),
    (cloud(row_tail=4, row_step=48), 'row_step 48 makes 288 bytes'),
    (cloud(data=array('B', bytes(100))), 'announces 288 bytes and has 100'),
    (cloud(point_step=8), 'beyond point_step 8'),
    (cloud(width=0, height=1, data=array('B')), 'no points'),
    (cloud(np.full((2, 3, 3), np.nan)), 'none of its 6 points is finite'),
    (cloud(header=Header()), 'frame_id is empty'),
])
def test_what_is_wrong_is_said(message, words):
    with pytest.raises(ValueError, match=words):
        points_from_message(message)


def test_there_may_be_too_many():
    with pytest.raises(ValueError, match='24 points, more than 23'):
        points_from_message(cloud(), most=23)


def test_an_unknown_datatype_is_refused():
    message = cloud()
    message.fields[1].datatype = 99
    with pytest.raises(ValueError, match='field y is of the unknown datatype 99'):
        points_from_message(message)
