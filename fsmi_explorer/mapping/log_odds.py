"""Log-odds of occupancy, ln(p / (1 - p)), and what they are in probability and percent."""

import numpy as np

UNKNOWN_PERCENT = -1


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


def percent(probabilities: np.ndarray) -> np.ndarray:
    """
    Return round(100 p) as int8, of the shape given; -1 for NaN.

    :param probabilities: float32 values within 0 to 1.
    """
    result = np.multiply(probabilities, np.float32(100))
    np.rint(result, out=result)
    # The greater of both, and of a number and NaN the number.
    np.fmax(result, np.float32(UNKNOWN_PERCENT), out=result)
    return result.astype(np.int8)
