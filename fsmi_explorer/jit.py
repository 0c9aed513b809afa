"""How the package compiles its kernels: machine code cached on disk, no Python lock held."""

import os
from pathlib import Path
import tempfile

try:
    import numba
except ImportError as error:  # pragma: no cover - depends on the machine
    raise ImportError(
        'fsmi_explorer needs numba, which this Python cannot import; Ubuntu 24.04 has no package '
        'of it: make a virtual environment with --system-site-packages and "pip install numba" '
        f'in it ({error})') from error


def _cache_is_writable() -> bool:
    """Tell whether Numba finds a place for its cache: beside the sources or below the home."""
    places = (Path(__file__).parent / '__pycache__', Path.home() / '.cache')
    return any(os.access(place if place.exists() else place.parent, os.W_OK) for place in places)


if 'NUMBA_CACHE_DIR' not in os.environ and not _cache_is_writable():
    # Set for children too, so that all nodes of a robot share what one of them compiled.
    folder = Path(tempfile.gettempdir()) / f'fsmi_explorer-{os.getuid()}'
    os.environ['NUMBA_CACHE_DIR'] = numba.config.CACHE_DIR = str(folder)


def kernel(function=None, **options):
    """
    Compile a function with Numba: nopython, GIL released, cached on disk.

    Kernels never use Numba's own threads (`parallel=True`): nodes run them in threads of their
    own, which not every threading layer survives. Callers split work with a thread pool instead.
    """
    settings = {'cache': True, 'nogil': True, **options}
    return numba.njit(**settings) if function is None else numba.njit(**settings)(function)
