"""Point clouds pass through messages unchanged, whichever sensor_msgs_py this machine has."""

import sys

import numpy as np
import pytest
from sensor_msgs.msg import PointCloud2, PointField
from sensor_msgs_py import point_cloud2
from std_msgs.msg import Header

TYPES = {
    PointField.INT8: np.int8, PointField.UINT8: np.uint8, PointField.INT16: np.int16,
    PointField.UINT16: np.uint16, PointField.INT32: np.int32, PointField.UINT32: np.uint32,
    PointField.FLOAT32: np.float32, PointField.FLOAT64: np.float64,
}
HEADER = Header(frame_id='lidar')


def field(name, offset, datatype=PointField.FLOAT32, count=1):
    """Return a field."""
    return PointField(name=name, offset=offset, datatype=datatype, count=count)


def fields_of(names, datatype=PointField.FLOAT32):
    """Return fields of one type without gaps."""
    size = np.dtype(TYPES[datatype]).itemsize
    return [field(name, size * place, datatype) for place, name in enumerate(names)]


def test_xyz_round_trip():
    points = np.random.default_rng(1).normal(size=(100, 3)).astype(np.float32)
    cloud = point_cloud2.create_cloud_xyz32(HEADER, points)
    assert (cloud.width, cloud.height, cloud.point_step, cloud.row_step) == (100, 1, 12, 1200)
    assert cloud.header.frame_id == 'lidar'
    assert [each.name for each in cloud.fields] == ['x', 'y', 'z']
    np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud), points)
    structured = point_cloud2.read_points(cloud)
    assert structured.dtype.names == ('x', 'y', 'z')
    np.testing.assert_array_equal(structured['y'], points[:, 1])


def test_rows_of_numbers_make_a_cloud_too():
    cloud = point_cloud2.create_cloud_xyz32(HEADER, [(1, 2, 3), [4, 5, 6]])
    np.testing.assert_array_equal(
        point_cloud2.read_points_numpy(cloud), [[1, 2, 3], [4, 5, 6]])


def test_a_cloud_may_be_empty():
    cloud = point_cloud2.create_cloud(
        HEADER, fields_of('xyzw'), np.zeros((0, 4), dtype=np.float32))
    assert cloud.width == 0
    assert point_cloud2.read_points_numpy(cloud).shape == (0, 4)


@pytest.mark.parametrize('datatype', TYPES)
def test_every_type_keeps_its_extremes(datatype):
    kind = TYPES[datatype]
    limits = np.finfo(kind) if np.issubdtype(kind, np.floating) else np.iinfo(kind)
    values = np.array([[limits.min, 0], [1, limits.max]], dtype=kind)
    cloud = point_cloud2.create_cloud(HEADER, fields_of('ab', datatype), values)
    found = point_cloud2.read_points_numpy(cloud)
    assert found.dtype == kind
    np.testing.assert_array_equal(found, values)


def test_mixed_types_with_gaps_and_counts():
    fields = [
        field('x', 0), field('y', 4), field('z', 8), field('ring', 17, PointField.UINT16),
        field('time', 24, PointField.FLOAT64), field('rgb', 32, PointField.UINT8, count=3)]
    dtype = point_cloud2.dtype_from_fields(fields, point_step=48)
    assert dtype.itemsize == 48
    assert dtype.names == ('x', 'y', 'z', 'ring', 'time', 'rgb_0', 'rgb_1', 'rgb_2')
    points = np.zeros(5, dtype)
    for place, name in enumerate(dtype.names):
        points[name] = np.arange(5) * 10 + place
    cloud = point_cloud2.create_cloud(HEADER, fields, points, 48)
    assert len(cloud.data) == 5 * 48
    found = point_cloud2.read_points(cloud)
    for name in dtype.names:
        np.testing.assert_array_equal(found[name], points[name])
    some = point_cloud2.read_points(cloud, field_names=('ring', 'x'))
    assert some.dtype.names == ('ring', 'x')
    np.testing.assert_array_equal(some['ring'], points['ring'])
    np.testing.assert_array_equal(
        point_cloud2.read_points_numpy(cloud, field_names=['z', 'y'])[:, 1], points['y'])


def test_nans_are_skipped_on_demand():
    points = np.array([[1, 2, 3], [np.nan, 5, 6], [7, 8, np.nan]], dtype=np.float32)
    cloud = point_cloud2.create_cloud_xyz32(HEADER, points)
    np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud), points)
    np.testing.assert_array_equal(
        point_cloud2.read_points_numpy(cloud, skip_nans=True), points[:1])
    np.testing.assert_array_equal(
        point_cloud2.read_points_numpy(cloud, field_names=['y', 'z'], skip_nans=True),
        points[:2, 1:])
    cloud.is_dense = True
    assert len(point_cloud2.read_points(cloud, skip_nans=True)) == 3


def test_the_other_byte_order_is_read_right():
    values = np.array([[1.5, -2.25], [3.0, 1e-9]], dtype=np.float32)
    cloud = point_cloud2.create_cloud(HEADER, fields_of('ab'), values)
    cloud.is_bigendian = sys.byteorder == 'little'
    cloud.data = values.byteswap().tobytes()
    np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud), values)


def test_chosen_points():
    cloud = point_cloud2.create_cloud_xyz32(HEADER, np.arange(30).reshape(10, 3))
    np.testing.assert_array_equal(
        point_cloud2.read_points(cloud, uvs=[7, 2])['x'], [21, 6])


def test_an_organised_cloud_keeps_its_shape():
    dtype = point_cloud2.dtype_from_fields(fields_of('xyz'))
    points = np.zeros((4, 3), dtype)
    points['x'] = np.arange(12).reshape(4, 3)
    cloud = point_cloud2.create_cloud(HEADER, fields_of('xyz'), points)
    assert (cloud.width, cloud.height, cloud.row_step) == (4, 3, 48)
    np.testing.assert_array_equal(
        point_cloud2.read_points(cloud, reshape_organized_cloud=True)['x'], points['x'])


def test_points_as_named_tuples():
    cloud = point_cloud2.create_cloud_xyz32(HEADER, [(1, 2, 3)])
    point, = point_cloud2.read_points_list(cloud, field_names=['z', 'x'])
    assert (point.z, point.x) == (3.0, 1.0)


def test_what_does_not_fit_is_refused():
    fields = fields_of('xyz')
    cloud = point_cloud2.create_cloud_xyz32(HEADER, [(1, 2, 3)])
    with pytest.raises(AssertionError):
        point_cloud2.read_points(cloud, field_names=['intensity'])
    with pytest.raises(AssertionError):
        point_cloud2.create_cloud(HEADER, fields, np.zeros(3, dtype=[('x', 'f4')]))
    with pytest.raises(AssertionError):
        point_cloud2.dtype_from_fields([field('x', 0), field('x', 4)])
    with pytest.raises(AssertionError):
        point_cloud2.read_points_numpy(point_cloud2.create_cloud(
            HEADER, [field('a', 0), field('b', 4, PointField.INT32)], [(1.0, 2)]))
    cloud.data = cloud.data[:-1]
    with pytest.raises(TypeError):
        point_cloud2.read_points(cloud)
    with pytest.raises(AssertionError):
        point_cloud2.read_points(Header())
    assert isinstance(cloud, PointCloud2)
