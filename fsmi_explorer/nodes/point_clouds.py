"""Clouds of points as messages and as arrays, whatever their layout."""

from array import array

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

_XYZ = ('x', 'y', 'z')
_TYPES = {
    PointField.INT8: 'i1', PointField.UINT8: 'u1', PointField.INT16: 'i2',
    PointField.UINT16: 'u2', PointField.INT32: 'i4', PointField.UINT32: 'u4',
    PointField.FLOAT32: 'f4', PointField.FLOAT64: 'f8'}


def cloud_to_message(points: np.ndarray, header: Header) -> PointCloud2:
    """
    Return the message of a cloud of float32 x, y and z.

    :param points: (n, 3), or (rows, columns, 3) of an organised cloud, which may hold NaN.
    """
    *rows, columns, _ = points.shape
    fields = [PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
              for i, name in enumerate(_XYZ)]
    return PointCloud2(
        header=header, height=rows[0] if rows else 1, width=columns, fields=fields,
        point_step=12, row_step=12 * columns, is_dense=not rows,
        data=array('B', points.astype('<f4').tobytes()))


def points_from_message(message: PointCloud2, most: int | None = None) -> np.ndarray:
    """
    Return the (n, 3) float32 x, y, z of a cloud, those that are finite.

    :param message: organised or not; the fields may be of any type, order and distance, the rows
        longer than their points.
    :param most: greatest number of points allowed.
    :raises ValueError: saying what is wrong with the message.
    """
    if not message.header.frame_id:
        raise ValueError('its header.frame_id is empty')
    count = message.width * message.height
    if most is not None and count > most:
        raise ValueError(f'it has {count} points, more than {most}')
    points = np.column_stack([each.ravel() for each in read_fields(message, _XYZ)])
    if not count:
        raise ValueError('it has no points')
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ValueError(f'none of its {count} points is finite')
    return points


def read_fields(message: PointCloud2, names: tuple[str, ...]) -> list[np.ndarray]:
    """
    Return the values of some fields, each (height, width) float32.

    :raises ValueError: saying what is wrong with the message.
    """
    fields = {each.name: each for each in message.fields}
    for name in names:
        if name not in fields:
            raise ValueError(f'it has no field {name}, only {", ".join(fields) or "none"}')
    row_step = _row_step(message)
    return [_read_field(message, fields[name], row_step) for name in names]


def _row_step(message: PointCloud2) -> int:
    """Return the bytes from row to row, after a check of the bytes that there are."""
    shortest, rows = message.width * message.point_step, message.height
    if rows > 1 and message.row_step < shortest:
        raise ValueError(f'its row_step {message.row_step} is too short for {message.width} '
                         f'points of {message.point_step} bytes')
    row_step = message.row_step if rows > 1 else shortest
    needed = row_step * max(rows - 1, 0) + shortest * min(rows, 1)
    if len(message.data) < needed:
        raise ValueError(f'it announces {needed} bytes and has {len(message.data)}')
    if rows > 1 and len(message.data) > row_step * rows:
        raise ValueError(f'its row_step {row_step} makes {row_step * rows} bytes of {rows} rows, '
                         f'it has {len(message.data)}')
    return row_step


def _read_field(message: PointCloud2, field: PointField, row_step: int) -> np.ndarray:
    if field.datatype not in _TYPES:
        raise ValueError(f'its field {field.name} is of the unknown datatype {field.datatype}')
    dtype = np.dtype(_TYPES[field.datatype]).newbyteorder('>' if message.is_bigendian else '<')
    if field.offset + dtype.itemsize > message.point_step:
        raise ValueError(
            f'its field {field.name} lies beyond point_step {message.point_step}')
    shape = (message.height, message.width)
    if not message.width * message.height:
        return np.empty(shape, np.float32)
    with np.errstate(over='ignore'):
        return np.ndarray(shape, dtype, message.data, field.offset,
                          (row_step, message.point_step)).astype(np.float32)
