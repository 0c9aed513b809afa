"""Explorations by the hundred: worlds times policies times seeds, measured and compared."""

from fsmi_explorer.benchmark.parallel import sweep
from fsmi_explorer.benchmark.runs import execute, Outcome, Run
from fsmi_explorer.benchmark.settings import PRESETS, read_settings
from fsmi_explorer.benchmark.store import ResultStore
from fsmi_explorer.benchmark.worlds import find_worlds

__all__ = [
    'execute', 'find_worlds', 'Outcome', 'PRESETS', 'read_settings', 'ResultStore', 'Run', 'sweep',
]
