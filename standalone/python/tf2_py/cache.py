"""What the buffer remembers of one edge of the tree: the transforms from a frame to its parent."""

from bisect import bisect_right
from typing import NamedTuple

from tf2_py.exceptions import ExtrapolationException
from tf2_py.rigid import lerp, Quaternion, slerp, Vector


class Edge(NamedTuple):
    """A transform that takes points of a frame into its parent."""

    parent: str
    translation: Vector
    rotation: Quaternion


class StaticCache:
    """One transform that holds at any time."""

    def __init__(self) -> None:
        self._edge: Edge | None = None

    def insert(self, stamp: int, edge: Edge) -> bool:
        """Take a transform, whatever its stamp."""
        self._edge = edge
        return True

    def at(self, stamp: int) -> Edge:
        """Return the transform."""
        return self._edge

    def latest(self) -> tuple[int, str]:
        """Return stamp zero, which stands for any time, and the parent."""
        return 0, self._edge.parent

    def clear(self) -> None:
        """Keep what is static."""

    def span(self) -> tuple[int, int, int]:
        """Return the oldest stamp, the newest stamp and the number of transforms."""
        return 0, 0, 1


class TimeCache:
    """
    The transforms of the last seconds, in the order of their stamps.

    :param cache_time: how far back it reaches from the newest stamp, nanoseconds.
    """

    def __init__(self, cache_time: int) -> None:
        self._cache_time = cache_time
        self._stamps: list[int] = []
        self._edges: list[Edge] = []

    def insert(self, stamp: int, edge: Edge) -> bool:
        """Take a transform; refuse one that is older than the cache reaches back."""
        stamps, edges = self._stamps, self._edges
        if stamps:
            limit = stamps[-1] - self._cache_time
            if stamps[0] < limit:
                outdated = next(i for i, each in enumerate(stamps) if each >= limit)
                del stamps[:outdated], edges[:outdated]
            if stamp < limit:
                return False
        place = bisect_right(stamps, stamp)
        same = place
        while same and stamps[same - 1] == stamp:
            same -= 1
            if edges[same] == edge:
                return True
        stamps.insert(place, stamp)
        edges.insert(place, edge)
        return True

    def at(self, stamp: int) -> Edge:
        """
        Return the transform at a stamp, interpolated between its neighbours; 0 is the newest.

        Between two parents nothing can be interpolated: the older transform holds.

        :raises ExtrapolationException: where the cache has no transforms around the stamp.
        """
        stamps, edges = self._stamps, self._edges
        if stamp == 0 and stamps:
            return edges[-1]
        if not stamps or stamp < stamps[0] or stamp > stamps[-1]:
            raise ExtrapolationException(self._why_not(stamp))
        after = bisect_right(stamps, stamp)
        before = after - 1
        older = edges[before]
        if stamps[before] == stamp or older.parent != edges[after].parent:
            return older
        newer = edges[after]
        share = (stamp - stamps[before]) / (stamps[after] - stamps[before])
        return Edge(
            older.parent,
            lerp(older.translation, newer.translation, share),
            slerp(older.rotation, newer.rotation, share))

    def _why_not(self, stamp: int) -> str:
        wanted = seconds(stamp)
        oldest, newest, count = self.span()
        if count < 2:
            return (f'Lookup would require extrapolation at time {wanted}, but only time '
                    f'{seconds(newest)} is in the buffer')
        if stamp > newest:
            return (f'Lookup would require extrapolation into the future.  Requested time {wanted}'
                    f' but the latest data is at time {seconds(newest)}')
        return (f'Lookup would require extrapolation into the past.  Requested time {wanted} but '
                f'the earliest data is at time {seconds(oldest)}')

    def latest(self) -> tuple[int, str | None]:
        """Return the newest stamp and the parent then; the parent is None while empty."""
        return (self._stamps[-1], self._edges[-1].parent) if self._stamps else (0, None)

    def clear(self) -> None:
        """Forget all transforms."""
        self._stamps.clear()
        self._edges.clear()

    def span(self) -> tuple[int, int, int]:
        """Return the oldest stamp, the newest stamp and the number of transforms."""
        if not self._stamps:
            return 0, 0, 0
        return self._stamps[0], self._stamps[-1], len(self._stamps)


def seconds(stamp: int) -> str:
    """Write nanoseconds as seconds."""
    return f'{stamp * 1e-9:.6f}'
