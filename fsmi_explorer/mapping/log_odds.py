"""Log-odds of occupancy, ln(p / (1 - p)), and what they are in probability and percent."""

from fsmi_explorer.jit import kernel
import numpy as np

# Percent k becomes k + 1 at _THRESHOLDS[k]; no two are closer than 0.04. Nothing reaches NaN.
_THRESHOLDS = np.array(
    [np.log((k + 0.5) / (99.5 - k)) for k in range(100)] + [np.nan], np.float32)
_FIRST = float(_THRESHOLDS[0])
_BINS_PER_UNIT = 32.0
_LAST_BIN = int(-2 * _FIRST * _BINS_PER_UNIT) + 1
_PERCENT_OF_BIN = np.searchsorted(
    _THRESHOLDS, _FIRST + np.arange(_LAST_BIN + 1) / _BINS_PER_UNIT).astype(np.int8)


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """
    Return ln(p / (1 - p)) as float32, of the shape given.

    :param probabilities: values within 0 to 1; NaN stays NaN.
    """
    p = np.asarray(probabilities, np.float64)
    with np.errstate(divide='ignore'):
        return (np.log(p) - np.log1p(-p)).astype(np.float32)


def probability(odds: np.ndarray) -> np.ndarray:
    """
    Return 1 / (1 + exp(-l)) as float32, of the shape given.

    :param odds: float32 log-odds; NaN stays NaN.
    """
    p = np.negative(odds)
    np.exp(p, out=p)
    p += 1
    return np.reciprocal(p, out=p)


@kernel
def percent(odds):
    """
    Return (H, W) int8: the percent nearest to 100 p, -1 for NaN.

    Exact and without an exponential: a table leads to the percent or to the one below.

    :param odds: (H, W) float32 log-odds.
    """
    result = np.empty(odds.shape, np.int8)
    for row in range(odds.shape[0]):
        for col in range(odds.shape[1]):
            value = odds[row, col]
            if np.isnan(value):
                result[row, col] = -1
                continue
            place = min(max((value - _FIRST) * _BINS_PER_UNIT, 0.0), _LAST_BIN)
            below = _PERCENT_OF_BIN[int(place)]
            result[row, col] = below + (value >= _THRESHOLDS[below])
    return result
