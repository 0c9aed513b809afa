"""The parameters that files give to a node."""

from pathlib import Path

from fsmi_explorer.configuration import read_yaml


def node_parameters(files: list[Path], node: str) -> dict:
    """Return the parameters of a node as nested mappings, those of later files in front."""
    merged: dict = {}
    for each in files:
        _merge(merged, read_yaml(each).get(f'/**/{node}', {}).get('ros__parameters', {}))
    return merged


def _merge(values: dict, others: dict) -> None:
    for name, value in others.items():
        if isinstance(value, dict):
            _merge(values.setdefault(name, {}), value)
        else:
            values[name] = value
