"""A transform buffer that can wait."""

from threading import RLock
from time import monotonic
from typing import Any, Callable

from geometry_msgs.msg import TransformStamped
from rclpy.clock import Clock, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.task import Future
from rclpy.time import Time
from tf2_msgs.srv import FrameGraph
from tf2_py import BufferCore


class Buffer(BufferCore):
    """
    Remembers transforms; lookups may wait until a transform has come.

    A clock that jumps back, as when a simulation starts anew, empties it.

    :param cache_time: how far back it remembers; 10 s by default.
    :param node: offers the frames as a service `tf2_frames` of this node and follows its clock.
    """

    def __init__(self, cache_time: Duration | None = None, node: Node | None = None) -> None:
        super().__init__(cache_time)
        self._callbacks: list[Callable[[], None]] = []
        self._callbacks_lock = RLock()
        self.clock = node.get_clock() if node is not None else Clock()
        if node is not None:
            self.srv = node.create_service(FrameGraph, 'tf2_frames', self._on_frames_wanted)
        self.jump_handle = self.clock.create_jump_callback(
            JumpThreshold(
                min_forward=None, min_backward=Duration(seconds=-1), on_clock_change=True),
            post_callback=self.time_jump_callback)

    def _on_frames_wanted(
            self, request: FrameGraph.Request, response: FrameGraph.Response):
        response.frame_yaml = self.all_frames_as_yaml()
        return response

    def time_jump_callback(self, time_jump: TimeJump) -> None:
        """Forget what belongs to a time before the jump."""
        get_logger('tf2_buffer').warning('The clock jumped back: clearing the transform buffer')
        self.clear()

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        """Take a transform that holds at its stamp."""
        super().set_transform(transform, authority)
        self._call_back()

    def set_transform_static(self, transform: TransformStamped, authority: str) -> None:
        """Take a transform that holds at any time."""
        super().set_transform_static(transform, authority)
        self._call_back()

    def _call_back(self) -> None:
        with self._callbacks_lock:
            for callback in tuple(self._callbacks):
                callback()

    def lookup_transform(
            self, target_frame: str, source_frame: str, time: Time,
            timeout: Duration = Duration()) -> TransformStamped:
        """
        Return the transform that takes points of the source frame into the target frame.

        :param time: when; zero is the latest time at which all edges between are known.
        :param timeout: how long to wait for it.
        :raises TransformException: of the kind that says what is missing.
        """
        if timeout.nanoseconds:
            self.can_transform(target_frame, source_frame, time, timeout)
        return self.lookup_transform_core(target_frame, source_frame, time)

    def lookup_transform_full(
            self, target_frame: str, target_time: Time, source_frame: str, source_time: Time,
            fixed_frame: str, timeout: Duration = Duration()) -> TransformStamped:
        """
        Return where the source frame was at one time, seen from the target frame at another.

        :param fixed_frame: the frame that is taken to rest between the two times.
        :param timeout: how long to wait for it.
        :raises TransformException: of the kind that says what is missing.
        """
        arguments = (target_frame, target_time, source_frame, source_time, fixed_frame)
        if timeout.nanoseconds:
            self.can_transform_full(*arguments, timeout)
        return self.lookup_transform_full_core(*arguments)

    def can_transform(
            self, target_frame: str, source_frame: str, time: Time,
            timeout: Duration = Duration(), return_debug_tuple: bool = False) -> Any:
        """
        Tell whether a transform can be had, waiting for it as long as the timeout allows.

        :param return_debug_tuple: return a pair, the second being the reason if it cannot.
        """
        answer = self._wait(self.can_transform_core, (target_frame, source_frame, time), timeout)
        return answer if return_debug_tuple else answer[0]

    def can_transform_full(
            self, target_frame: str, target_time: Time, source_frame: str, source_time: Time,
            fixed_frame: str, timeout: Duration = Duration(),
            return_debug_tuple: bool = False) -> Any:
        """
        Tell whether a transform between two times can be had, waiting as the timeout allows.

        :param return_debug_tuple: return a pair, the second being the reason if it cannot.
        """
        arguments = (target_frame, target_time, source_frame, source_time, fixed_frame)
        answer = self._wait(self.can_transform_full_core, arguments, timeout)
        return answer if return_debug_tuple else answer[0]

    def _wait(self, can_transform: Callable, arguments: tuple, timeout: Duration):
        """Ask again whenever a transform has come, until the answer is yes or time is up."""
        deadline = monotonic() + timeout.nanoseconds * 1e-9
        with self._changed:
            while True:
                answer = can_transform(*arguments)
                left = deadline - monotonic()
                if answer[0] or left <= 0.0:
                    return answer
                self._changed.wait(left)

    def wait_for_transform_async(
            self, target_frame: str, source_frame: str, time: Time) -> Future:
        """Return a future that is done with the transform as soon as it can be had."""
        future = Future()

        def answer_when_known() -> None:
            if self.can_transform_core(target_frame, source_frame, time)[0]:
                self._callbacks.remove(answer_when_known)
                future.set_result(self.lookup_transform_core(target_frame, source_frame, time))

        with self._callbacks_lock:
            self._callbacks.append(answer_when_known)
            answer_when_known()
        return future

    async def lookup_transform_async(
            self, target_frame: str, source_frame: str, time: Time) -> TransformStamped:
        """Return the transform as soon as it can be had."""
        await self.wait_for_transform_async(target_frame, source_frame, time)
        return self.lookup_transform_core(target_frame, source_frame, time)
