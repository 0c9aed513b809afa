"""Time stamps of old logs, made usable: increasing, and within what a ROS time can hold."""

import numpy as np

_STEP = 1e-3
_SYNTHETIC_STEP = 1.0
_LATEST = 2.0 ** 31 - 1e6


def usable_stamps(stamps: np.ndarray) -> np.ndarray:
    """
    Return increasing stamps for scans in the order they were recorded.

    Stamps that mostly increase are kept; one that does not follows its predecessor by a
    millisecond. Where most of them do not (logs exist with zeros or overflown counters), the
    scans get a second each.

    :param stamps: (n,) s, as recorded.
    :return: (n,) s, strictly increasing, not negative.
    """
    steps = np.diff(stamps)
    in_range = np.isfinite(stamps) & (stamps >= 0) & (stamps < _LATEST)
    if 2 * np.count_nonzero(steps > 0) < len(steps) or not in_range.all():
        return _SYNTHETIC_STEP * np.arange(1.0, len(stamps) + 1)
    # The least sequence above the recorded one in which steps are no shorter than allowed.
    count = _STEP * np.arange(len(stamps))
    least = np.maximum.accumulate(stamps - count) + count
    return np.where(least - stamps < _STEP / 2, stamps, least)
