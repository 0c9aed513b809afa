"""Point clouds as NumPy arrays: structured, one record per point, named as the fields are."""

from array import array
from collections import namedtuple
import sys
from typing import Iterable, NamedTuple

import numpy as np
from numpy.lib.recfunctions import structured_to_unstructured, unstructured_to_structured
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

DUMMY_FIELD_PREFIX = 'unnamed_field'

_DATATYPES = {
    PointField.INT8: np.dtype(np.int8),
    PointField.UINT8: np.dtype(np.uint8),
    PointField.INT16: np.dtype(np.int16),
    PointField.UINT16: np.dtype(np.uint16),
    PointField.INT32: np.dtype(np.int32),
    PointField.UINT32: np.dtype(np.uint32),
    PointField.FLOAT32: np.dtype(np.float32),
    PointField.FLOAT64: np.dtype(np.float64),
}


def dtype_from_fields(
        fields: Iterable[PointField], point_step: int | None = None) -> np.dtype:
    """
    Return the record type of one point.

    A field that counts several values becomes as many members, with _0, _1, ... behind its name.

    :param fields: the fields of the cloud.
    :param point_step: bytes from point to point; as far as the fields reach by default.
    """
    names, formats, offsets = [], [], []
    for number, field in enumerate(fields):
        assert field.count > 0, f'field "{field.name}" counts no value'
        datatype = _DATATYPES[field.datatype]
        name = field.name or f'{DUMMY_FIELD_PREFIX}_{number}'
        for member in range(field.count):
            names.append(f'{name}_{member}' if field.count > 1 else name)
            formats.append(datatype.str)
            offsets.append(field.offset + member * datatype.itemsize)
    assert len(set(names)) == len(names), f'field names are not unique: {names}'
    layout = {'names': names, 'formats': formats, 'offsets': offsets}
    if point_step is not None:
        layout['itemsize'] = point_step
    return np.dtype(layout)


def read_points(
        cloud: PointCloud2, field_names: Iterable[str] | None = None, skip_nans: bool = False,
        uvs: Iterable | None = None, reshape_organized_cloud: bool = False) -> np.ndarray:
    """
    Read the points of a cloud.

    :param field_names: fields to read, all by default.
    :param skip_nans: leave out points with a NaN in the fields read, unless the cloud is dense.
    :param uvs: indices of the points to read, all by default.
    :param reshape_organized_cloud: return an organised cloud as an array of (width, height).
    :return: structured array of (points,), a view of the data of the cloud where it can be one.
    """
    assert isinstance(cloud, PointCloud2), 'cloud is not a sensor_msgs.msg.PointCloud2'
    points = np.ndarray(
        shape=(cloud.width * cloud.height,),
        dtype=dtype_from_fields(cloud.fields, cloud.point_step), buffer=cloud.data)
    if field_names is not None:
        wanted = list(field_names)
        assert set(wanted) <= set(points.dtype.names), f'cloud lacks some of the fields {wanted}'
        points = points[wanted]
    if cloud.is_bigendian != (sys.byteorder == 'big'):
        points = points.byteswap()
    if skip_nans and not cloud.is_dense:
        complete = np.ones(len(points), dtype=bool)
        for name in points.dtype.names:
            complete &= ~np.isnan(points[name])
        points = points[complete]
    if uvs is not None:
        points = points[uvs if isinstance(uvs, np.ndarray) else np.fromiter(uvs, int)]
    if reshape_organized_cloud and cloud.height > 1:
        points = points.reshape(cloud.width, cloud.height)
    return points


def read_points_numpy(
        cloud: PointCloud2, field_names: Iterable[str] | None = None, skip_nans: bool = False,
        uvs: Iterable | None = None, reshape_organized_cloud: bool = False) -> np.ndarray:
    """
    Read fields of one type into a plain array.

    Parameters are those of `read_points`.

    :return: array of (points, fields).
    """
    wanted = None if field_names is None else list(field_names)
    types = {each.datatype for each in cloud.fields if wanted is None or each.name in wanted}
    assert len(types) <= 1, 'fields are of several types: use read_points()'
    return structured_to_unstructured(
        read_points(cloud, wanted, skip_nans, uvs, reshape_organized_cloud))


def read_points_list(
        cloud: PointCloud2, field_names: Iterable[str] | None = None, skip_nans: bool = False,
        uvs: Iterable | None = None) -> list[NamedTuple]:
    """
    Read the points of a cloud as named tuples, slowly.

    Parameters are those of `read_points`.
    """
    points = read_points(cloud, field_names, skip_nans, uvs)
    return list(map(namedtuple('Point', points.dtype.names)._make, points))


def create_cloud(
        header: Header, fields: Iterable[PointField], points: Iterable,
        point_step: int | None = None) -> PointCloud2:
    """
    Make a cloud.

    :param fields: the fields of the cloud.
    :param points: a structured array of the type the fields make, or a plain array or rows with
        one column per field; an array of (width, height) points makes an organised cloud.
    :param point_step: bytes from point to point; as far as the fields reach by default.
    """
    dtype = dtype_from_fields(fields, point_step)
    if not isinstance(points, np.ndarray):
        points = np.array([tuple(each) for each in points], dtype)
    elif points.dtype.names is None:
        assert len({each.datatype for each in fields}) == 1, (
            'fields are of several types: pass a structured array')
        points = unstructured_to_structured(points, dtype)
    assert points.dtype == dtype, f'points are of {points.dtype}, the fields make {dtype}'
    assert points.ndim <= 2, f'points are organised in {points.ndim} dimensions, at most 2 can be'
    width, height = points.shape[0], points.shape[1] if points.ndim == 2 else 1
    cloud = PointCloud2(
        header=header, height=height, width=width, is_dense=False,
        is_bigendian=sys.byteorder == 'big', fields=fields, point_step=dtype.itemsize,
        row_step=dtype.itemsize * width)
    # An array.array passes as it is; other types would be checked byte by byte.
    cloud.data = array('B', points.tobytes())
    return cloud


def create_cloud_xyz32(header: Header, points: Iterable) -> PointCloud2:
    """
    Make a cloud of float32 fields x, y and z.

    :param points: (n, 3) array or rows, metres.
    """
    fields = [
        PointField(name=name, offset=4 * place, datatype=PointField.FLOAT32, count=1)
        for place, name in enumerate('xyz')]
    return create_cloud(header, fields, points)
