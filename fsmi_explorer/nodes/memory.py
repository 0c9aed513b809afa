"""Memory that a node can do without once its kernels are ready."""

from ctypes import c_size_t, c_void_p, CDLL
from mmap import MADV_DONTNEED
from pathlib import Path

_MAPPINGS = Path('/proc/self/maps')
_COMPILER = 'libllvmlite'


def release_compiler() -> None:
    """
    Give the pages of LLVM's code back to the system, some 50 MB of each node.

    They lie in memory because the kernels were compiled or loaded, and are idle from then on.
    Code is never written to, so that the system reads it from its file again when it is run.
    """
    for line in _MAPPINGS.read_text().splitlines():
        extent, access, *_, name = line.split()
        if _COMPILER in name and access == 'r-xp':
            start, end = (int(each, 16) for each in extent.split('-'))
            CDLL(None).madvise(c_void_p(start), c_size_t(end - start), MADV_DONTNEED)
