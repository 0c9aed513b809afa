"""The tree of frames and the walk through it."""

from math import isnan
from threading import Condition

from geometry_msgs.msg import TransformStamped
from rclpy.logging import get_logger
from rclpy.time import Time
from tf2_py.cache import Edge, seconds, StaticCache, TimeCache
from tf2_py.exceptions import (
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
    TransformException,
)
from tf2_py.rigid import compose, invert, NO_ROTATION, NO_TRANSLATION, normalise

_DEFAULT_CACHE_TIME = 10_000_000_000
_DEEPEST = 1000
_FAR_FUTURE = 2**63 - 1
_IDENTITY = (NO_TRANSLATION, NO_ROTATION)


class BufferCore:
    """
    Remembers transforms and answers how two frames lay to each other at some time.

    :param cache_time: how far back it remembers, a duration; 10 s by default.
    """

    def __init__(self, cache_time=None) -> None:
        self._cache_time = (
            _DEFAULT_CACHE_TIME if cache_time is None else _nanoseconds(cache_time))
        self._caches: dict[str, StaticCache | TimeCache] = {}
        self._frames: set[str] = set()
        self._authorities: dict[str, str] = {}
        self._changed = Condition()

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        """
        Take a transform that holds at its stamp.

        :param transform: child_frame_id to header.frame_id.
        :param authority: who says so, for messages.
        """
        self._insert(transform, authority, False)

    def set_transform_static(self, transform: TransformStamped, authority: str) -> None:
        """
        Take a transform that holds at any time.

        :param transform: child_frame_id to header.frame_id.
        :param authority: who says so, for messages.
        """
        self._insert(transform, authority, True)

    def _insert(self, transform: TransformStamped, authority: str, is_static: bool) -> None:
        child = transform.child_frame_id.removeprefix('/')
        edge = _edge(transform)
        fault = _fault(child, edge)
        if fault:
            get_logger('tf2').error(f'{fault} (authority "{authority}")')
            return
        stamp = _nanoseconds(transform.header.stamp)
        with self._changed:
            self._frames.update((child, edge.parent))
            if self._cache_for(child, is_static).insert(stamp, edge):
                self._authorities[child] = authority
                self._changed.notify_all()
                return
        get_logger('tf2').warning(
            f'TF_OLD_DATA ignoring data from the past for frame {child} at time '
            f'{seconds(stamp)} according to authority {authority}')

    def _cache_for(self, child: str, is_static: bool) -> StaticCache | TimeCache:
        cache = self._caches.get(child)
        if cache is None or isinstance(cache, StaticCache) != is_static:
            cache = StaticCache() if is_static else TimeCache(self._cache_time)
            self._caches[child] = cache
        return cache

    def clear(self) -> None:
        """Forget what is not static."""
        with self._changed:
            for cache in self._caches.values():
                cache.clear()

    def lookup_transform_core(
            self, target_frame: str, source_frame: str, time: Time) -> TransformStamped:
        """
        Return the transform that takes points of the source frame into the target frame.

        :param time: when; zero is the latest time at which all edges between are known.
        :raises TransformException: of the kind that says what is missing.
        """
        with self._changed:
            stamp, transform = self._lookup(target_frame, source_frame, _nanoseconds(time))
        return _message(target_frame, source_frame, stamp, transform)

    def lookup_transform_full_core(
            self, target_frame: str, target_time: Time, source_frame: str, source_time: Time,
            fixed_frame: str) -> TransformStamped:
        """
        Return where the source frame was at one time, seen from the target frame at another.

        :param fixed_frame: the frame that is taken to rest between the two times.
        :raises TransformException: of the kind that says what is missing.
        """
        with self._changed:
            stamp, transform = self._lookup_full(
                target_frame, _nanoseconds(target_time), source_frame, _nanoseconds(source_time),
                fixed_frame)
        return _message(target_frame, source_frame, stamp, transform)

    def can_transform_core(
            self, target_frame: str, source_frame: str, time: Time) -> tuple[bool, str]:
        """Tell whether a transform can be had, and if not, why."""
        with self._changed:
            return _succeeds(self._lookup, target_frame, source_frame, _nanoseconds(time))

    def can_transform_full_core(
            self, target_frame: str, target_time: Time, source_frame: str, source_time: Time,
            fixed_frame: str) -> tuple[bool, str]:
        """Tell whether a transform between two times can be had, and if not, why."""
        with self._changed:
            return _succeeds(
                self._lookup_full, target_frame, _nanoseconds(target_time), source_frame,
                _nanoseconds(source_time), fixed_frame)

    def get_latest_common_time(self, target_frame: str, source_frame: str) -> Time:
        """
        Return the latest time at which all edges between two frames are known.

        :raises TransformException: of the kind that says what is missing.
        """
        with self._changed:
            self._check_frame(target_frame)
            self._check_frame(source_frame)
            return Time(nanoseconds=self._latest_common_time(target_frame, source_frame))

    def _lookup(self, target: str, source: str, stamp: int):
        if target == source:
            if stamp == 0 and target in self._caches:
                stamp = self._caches[target].latest()[0]
            return stamp, _IDENTITY
        self._check_frame(target)
        self._check_frame(source)
        stamp = stamp or self._latest_common_time(target, source)
        top, source_to_top, gap = self._climb(source, target, stamp)
        if top == target:
            return stamp, source_to_top
        end, target_to_end, other_gap = self._climb(target, top, stamp)
        if end != top:
            self._raise_unconnected(target, source, other_gap or gap)
        return stamp, compose(invert(target_to_end), source_to_top)

    def _lookup_full(
            self, target: str, target_stamp: int, source: str, source_stamp: int, fixed: str):
        for name in (target, source, fixed):
            self._check_frame(name)
        _, then = self._lookup(fixed, source, source_stamp)
        stamp, now = self._lookup(target, fixed, target_stamp)
        return stamp, compose(now, then)

    def _climb(self, frame: str, goal: str, stamp: int):
        """Walk from a frame to a goal, or as far up as the transforms of this time lead."""
        transform = _IDENTITY
        for _ in range(_DEEPEST):
            cache = self._caches.get(frame)
            if frame == goal or cache is None:
                return frame, transform, None
            try:
                parent, *edge = cache.at(stamp)
            except ExtrapolationException as gap:
                return frame, transform, gap
            transform = compose(edge, transform)
            frame = parent
        raise self._loop()

    def _latest_common_time(self, target: str, source: str) -> int:
        from_source = self._latest_stamps(source, {target})
        from_target = self._latest_stamps(target, from_source)
        meeting = next(reversed(from_target))
        if meeting not in from_source:
            self._raise_unconnected(target, source, None)
        common = min(from_source[meeting], from_target[meeting])
        return 0 if common == _FAR_FUTURE else common

    def _latest_stamps(self, frame: str, goals) -> dict[str, int]:
        """Map each frame on the way up to a goal to the latest time when it is known so far."""
        stamps = {frame: _FAR_FUTURE}
        while frame not in goals and frame in self._caches:
            stamp, parent = self._caches[frame].latest()
            if parent is None:
                break
            if parent in stamps:
                raise self._loop()
            stamps[parent] = min(stamps[frame], stamp or _FAR_FUTURE)
            frame = parent
        return stamps

    def _loop(self) -> LookupException:
        return LookupException(
            f'The tf tree is invalid because it contains a loop.\n{self._describe()}')

    def _check_frame(self, name: str) -> None:
        if not name:
            raise InvalidArgumentException(f'Invalid frame "{name}": it cannot be empty')
        if name.startswith('/'):
            raise InvalidArgumentException(f'Invalid frame "{name}": it cannot start with a slash')
        if name not in self._frames:
            raise LookupException(f'"{name}" does not exist')

    @staticmethod
    def _raise_unconnected(target: str, source: str, gap: ExtrapolationException | None) -> None:
        if gap is not None:
            raise ExtrapolationException(
                f'{gap}, when looking up transform from frame [{source}] to frame [{target}]')
        raise ConnectivityException(
            f"Could not find a connection between '{target}' and '{source}' because they are not "
            'part of the same tree')

    def all_frames_as_string(self) -> str:
        """Return one sentence for each frame that has a parent."""
        with self._changed:
            return self._describe()

    def _describe(self) -> str:
        return ''.join(
            f'Frame {frame} exists with parent {cache.latest()[1] or "NO_PARENT"}.\n'
            for frame, cache in self._caches.items())

    def all_frames_as_yaml(self) -> str:
        """Return a YAML mapping of each frame that has a parent to what is known of it."""
        with self._changed:
            if not self._frames:
                return '[]'
            return ''.join(
                self._yaml_entry(frame, cache) for frame, cache in self._caches.items()
                if cache.latest()[1] is not None)

    def _yaml_entry(self, frame: str, cache: StaticCache | TimeCache) -> str:
        oldest, newest, count = cache.span()
        length = newest - oldest
        return (
            f'{frame}: \n'
            f"  parent: '{cache.latest()[1]}'\n"
            f"  broadcaster: '{self._authorities[frame]}'\n"
            f'  rate: {count * 1e9 / max(length, 100_000):.3f}\n'
            f'  most_recent_transform: {seconds(newest)}\n'
            f'  oldest_transform: {seconds(oldest)}\n'
            f'  buffer_length: {length * 1e-9:.3f}\n')


def _nanoseconds(time) -> int:
    """Read a time or duration of rclpy or a message."""
    try:
        return time.nanoseconds
    except AttributeError:
        pass
    try:
        return time.sec * 1_000_000_000 + time.nanosec
    except AttributeError:
        raise TypeError('time must have sec and nanosec, or nanoseconds') from None


def _edge(transform: TransformStamped) -> Edge:
    t, r = transform.transform.translation, transform.transform.rotation
    rotation = (float(r.x), float(r.y), float(r.z), float(r.w))
    return Edge(
        transform.header.frame_id.removeprefix('/'), (float(t.x), float(t.y), float(t.z)),
        normalise(rotation) if any(rotation) else rotation)


def _fault(child: str, edge: Edge) -> str:
    """Say why a transform cannot be used; empty if it can."""
    if not child:
        return 'TF_NO_CHILD_FRAME_ID: Ignoring transform without a child_frame_id'
    if not edge.parent:
        return f'TF_NO_FRAME_ID: Ignoring transform of "{child}" without a frame_id'
    if child == edge.parent:
        return f'TF_SELF_TRANSFORM: Ignoring transform of "{child}" to itself'
    if any(map(isnan, edge.translation + edge.rotation)):
        return f'TF_NAN_INPUT: Ignoring transform of "{child}" with a NaN in it'
    if not any(edge.rotation):
        return f'TF_DENORMALIZED_QUATERNION: Ignoring transform of "{child}": zero quaternion'
    return ''


def _message(target: str, source: str, stamp: int, transform) -> TransformStamped:
    message = TransformStamped(child_frame_id=source)
    message.header.frame_id = target
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 1_000_000_000)
    t, r = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = transform[0]
    r.x, r.y, r.z, r.w = normalise(transform[1])
    return message


def _succeeds(lookup, *arguments) -> tuple[bool, str]:
    try:
        lookup(*arguments)
    except TransformException as error:
        return False, str(error)
    return True, ''
