"""
Rigid transforms in plain floats.

Tuples of floats beat arrays by far at this size. A vector is (x, y, z), a quaternion (x, y, z, w).
"""

from math import acos, sin, sqrt

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

NO_TRANSLATION: Vector = (0.0, 0.0, 0.0)
NO_ROTATION: Quaternion = (0.0, 0.0, 0.0, 1.0)


def multiply(a: Quaternion, b: Quaternion) -> Quaternion:
    """Return the rotation that applies b first, then a."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by + ay * bw + az * bx - ax * bz,
        aw * bz + az * bw + ax * by - ay * bx,
        aw * bw - ax * bx - ay * by - az * bz)


def conjugate(q: Quaternion) -> Quaternion:
    """Return the inverse of a unit quaternion."""
    return (-q[0], -q[1], -q[2], q[3])


def rotate(q: Quaternion, v: Vector) -> Vector:
    """Rotate a vector: v + 2 w (u x v) + 2 u x (u x v) with u the vector part of q."""
    qx, qy, qz, qw = q
    vx, vy, vz = v
    tx = 2.0 * (qy * vz - qz * vy)
    ty = 2.0 * (qz * vx - qx * vz)
    tz = 2.0 * (qx * vy - qy * vx)
    return (
        vx + qw * tx + qy * tz - qz * ty,
        vy + qw * ty + qz * tx - qx * tz,
        vz + qw * tz + qx * ty - qy * tx)


def compose(outer: tuple[Vector, Quaternion], inner: tuple[Vector, Quaternion]):
    """Return the transform that applies inner first, then outer."""
    translation, rotation = outer
    x, y, z = rotate(rotation, inner[0])
    return (
        (x + translation[0], y + translation[1], z + translation[2]),
        multiply(rotation, inner[1]))


def invert(transform: tuple[Vector, Quaternion]):
    """Return the inverse transform."""
    back = conjugate(transform[1])
    x, y, z = rotate(back, transform[0])
    return (-x, -y, -z), back


def normalise(q: Quaternion) -> Quaternion:
    """Scale to unit length; w is positive, beyond 120 degrees the largest of x, y and z."""
    x, y, z, w = q
    length = sqrt(x * x + y * y + z * z + w * w)
    largest = w if 4.0 * w * w > length * length else max(x, y, z, key=abs)
    if largest < 0.0:
        length = -length
    return (x / length, y / length, z / length, w / length)


def lerp(a: Vector, b: Vector, share: float) -> Vector:
    """Interpolate linearly: a at share 0, b at share 1."""
    rest = 1.0 - share
    return (a[0] * rest + b[0] * share, a[1] * rest + b[1] * share, a[2] * rest + b[2] * share)


def slerp(a: Quaternion, b: Quaternion, share: float) -> Quaternion:
    """Turn from a at share 0 to b at share 1 along the shorter arc at constant rate."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    cosine = ax * bx + ay * by + az * bz + aw * bw
    sign = 1.0
    if cosine < 0.0:
        cosine, sign = -cosine, -1.0
    if cosine > 1.0 - 1e-12:
        from_a, from_b = 1.0 - share, share * sign
    else:
        angle = acos(cosine)
        scale = 1.0 / sin(angle)
        from_a = sin((1.0 - share) * angle) * scale
        from_b = sin(share * angle) * scale * sign
    return (
        ax * from_a + bx * from_b, ay * from_a + by * from_b,
        az * from_a + bz * from_b, aw * from_a + bw * from_b)
