"""
Configuration objects: frozen dataclasses whose fields know their meaning, unit and range.

One description serves everything: the checks on construction, the parameter descriptors of the
nodes and the YAML files, which are nested exactly as the objects are.

    @dataclass(frozen=True)
    class DriveConfig(Configuration):
        max_speed: float = parameter(0.5, 'highest forward speed', unit='m/s', low=0.0, high=10.0)
"""

from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
import math
from pathlib import Path
from typing import Any, Iterator

from fsmi_explorer.errors import ConfigurationError, FileFormatError
import yaml

_KEY = 'parameter'


@dataclass(frozen=True)
class Parameter:
    """
    What is known of one configuration value.

    :param description: one sentence: meaning and effect.
    :param unit: unit of the value, empty where it has none.
    :param low: least allowed value, None where there is none.
    :param high: greatest allowed value, None where there is none.
    :param choices: allowed words, None for numbers.
    :param live: whether it may change while a node runs.
    """

    description: str
    unit: str = ''
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] | None = None
    live: bool = True

    @property
    def allowed(self) -> str:
        """Say in words what values are allowed."""
        if self.choices:
            return 'one of ' + ', '.join(self.choices)
        unit = f' {self.unit}' if self.unit else ''
        if self.low is not None and self.high is not None:
            return f'{self.low:g} to {self.high:g}{unit}'
        if self.low is not None:
            return f'at least {self.low:g}{unit}'
        if self.high is not None:
            return f'at most {self.high:g}{unit}'
        return f'any value{unit and " in"}{unit}'


def parameter(default: Any, description: str, **facts: Any) -> Any:
    """Declare a field of a configuration object; facts are those of `Parameter`."""
    return field(default=default, metadata={_KEY: Parameter(description, **facts)})


def section(kind: type, **changes: Any) -> Any:
    """Declare a field that is a configuration object itself, a nested mapping in YAML."""
    return field(default_factory=lambda: kind(**changes))


class Configuration:
    """Base of the configuration objects: checks every field when an object is made."""

    def __post_init__(self):
        """Check every field against its type and range; whole numbers become floats as needed."""
        for each in fields(self):
            facts = each.metadata.get(_KEY)
            if facts is not None:
                value = check_value(each.name, getattr(self, each.name), each.default, facts)
                object.__setattr__(self, each.name, value)

    @classmethod
    def from_mapping(cls, values: dict, where: str = ''):
        """
        Make the object from nested mappings; what is missing keeps its default.

        :param values: mapping of field names, nested for sections.
        :param where: name of the file or section, for messages.
        :raises ConfigurationError: on an unknown name or a value that is not allowed.
        """
        return cls().updated(values, where)

    def updated(self, values: dict, where: str = ''):
        """
        Return the object with other values from nested mappings; what is missing stays.

        :param values: mapping of field names, nested for sections.
        :param where: name of the file or section, for messages.
        :raises ConfigurationError: on an unknown name or a value that is not allowed.
        """
        prefix = f'{where}: ' if where else ''
        if not isinstance(values, dict):
            raise ConfigurationError(f'{prefix}expected a mapping, got {values!r}')
        known = [each.name for each in fields(self)]
        arguments = {}
        for name, value in values.items():
            if name not in known:
                near = get_close_matches(str(name), known, 1)
                hint = f', did you mean {near[0]}?' if near else f', known are {", ".join(known)}'
                raise ConfigurationError(f'{prefix}unknown parameter {name!r}{hint}')
            present = getattr(self, name)
            arguments[name] = (
                present.updated(value, f'{where}.{name}' if where else name)
                if is_dataclass(present) else value)
        try:
            return replace(self, **arguments)
        except ConfigurationError as error:
            raise ConfigurationError(f'{prefix}{error}') from None

    def items(self, prefix: str = '') -> Iterator[tuple[str, Any, Parameter]]:
        """Walk through all values as (dotted name, value, facts), sections in depth."""
        for each in fields(self):
            value = getattr(self, each.name)
            if is_dataclass(value):
                yield from value.items(f'{prefix}{each.name}.')
            elif _KEY in each.metadata:
                yield f'{prefix}{each.name}', value, each.metadata[_KEY]


def check_value(name: str, value: Any, default: Any, facts: Parameter) -> Any:
    """
    Return the value in the type of the default, or say why it is not allowed.

    :raises ConfigurationError: naming the parameter, the value and what is allowed.
    """
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(default, tuple) and isinstance(value, list):
        value = tuple(value)
    is_truth = isinstance(value, bool)
    if not isinstance(value, type(default)) or is_truth != isinstance(default, bool):
        raise ConfigurationError(
            f'{name} must be of type {type(default).__name__}, got {value!r}')
    if facts.choices and value not in facts.choices:
        raise ConfigurationError(f'{name} must be {facts.allowed}, got {value!r}')
    numbers = (value if isinstance(value, tuple) else (value,))
    for number in numbers:
        if isinstance(number, (int, float)) and not isinstance(number, bool) and (
                math.isnan(number)
                or (facts.low is not None and number < facts.low)
                or (facts.high is not None and number > facts.high)):
            raise ConfigurationError(f'{name} must be {facts.allowed}, got {value!r}')
    return value


def read_yaml(path: str | Path) -> Any:
    """
    Read a YAML file.

    :raises FileFormatError: naming the file, the line and the reason.
    """
    try:
        return yaml.safe_load(Path(path).read_text())
    except OSError as error:
        raise FileFormatError(f'{path}: {error.strerror}') from None
    except UnicodeDecodeError:
        raise FileFormatError(f'{path}: not a text file') from None
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        line = f':{mark.line + 1}' if mark else ''
        raise FileFormatError(f'{path}{line}: {getattr(error, "problem", error)}') from None
