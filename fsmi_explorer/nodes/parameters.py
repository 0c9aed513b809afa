"""ROS parameters of a node, made from the configuration object that the node reads."""

from dataclasses import replace
from difflib import get_close_matches
import math
from typing import Any, Iterator

from fsmi_explorer.configuration import check_value, Configuration, Parameter
from fsmi_explorer.errors import ConfigurationError
from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

_NOT_OURS = ('use_sim_time', 'start_type_description_service', 'qos_overrides.')
_LARGEST_INTEGER = 2 ** 63 - 1


class NodeParameters:
    """
    The parameters of a node, one for each value of its configuration object.

    Every value is checked by the configuration object itself, at start and at each change; a
    change that passes is in `config` from then on.

    :param node: made with `automatically_declare_parameters_from_overrides`.
    :param kind: class of the configuration object.
    :raises ConfigurationError: naming the parameter, its value and what is allowed.
    """

    def __init__(self, node: Node, kind: type[Configuration]):
        """Declare the parameters, with the values that the user gave where he did."""
        self._kind = kind
        self._node = node
        self._values = {name: value for name, value, _ in kind().items()}
        for name, default, facts in parameters_of(kind):
            self._declare(name, default, facts)
        try:
            self.config = self._build(self._values)
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        self._warn_of_unknown()
        node.add_on_set_parameters_callback(self._on_change)

    def _declare(self, name: str, default: Any, facts: Parameter) -> None:
        """Declare one parameter; whole numbers do where the configuration wants a float."""
        value = default
        if self._node.has_parameter(name):
            value = check_value(name, _given(self._node.get_parameter(name)), default, facts)
            self._node.undeclare_parameter(name)
        self._node.declare_parameter(
            name, _plain(value), describe(default, facts), ignore_override=True)
        self._values[name] = value

    def _warn_of_unknown(self) -> None:
        """Tell the user of names that no parameter has: most are spelled wrongly."""
        for name in self._node.list_parameters([], 0).names:
            if name in self._values or name.startswith(_NOT_OURS):
                continue
            near = get_close_matches(name, self._values, 1)
            hint = f'; did you mean {near[0]}?' if near else ''
            self._node.get_logger().warning(f'unknown parameter {name} is ignored{hint}')

    def _build(self, values: dict[str, Any]) -> Configuration:
        return self._kind.from_mapping(_nested(values))

    def _on_change(self, changes: list[RosParameter]) -> SetParametersResult:
        """Accept changes that make a valid configuration object, else say why not."""
        ours = {each.name: _given(each) for each in changes if each.name in self._values}
        if not ours:
            return SetParametersResult(successful=True)
        try:
            config = self._build({**self._values, **ours})
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        self._values.update(ours)
        self.config = config
        return SetParametersResult(successful=True)


def parameters_of(kind: type[Configuration]) -> Iterator[tuple[str, Any, Parameter]]:
    """
    Walk through the parameters of a node as (dotted name, default, facts).

    :param kind: class of its configuration object; a class attribute `fixed` of it may name
        sections that cannot change while the node runs.
    """
    fixed = getattr(kind, 'fixed', ())
    for name, default, facts in kind().items():
        yield name, default, replace(facts, live=facts.live and name.split('.')[0] not in fixed)


def describe(default: Any, facts: Parameter) -> ParameterDescriptor:
    """
    Return the ROS descriptor of a parameter.

    :param default: its default, which sets the type.
    :param facts: meaning, unit and range.
    """
    descriptor = ParameterDescriptor(
        description=facts.description, additional_constraints=facts.allowed,
        read_only=not facts.live)
    if facts.low is None and facts.high is None:
        # An empty list has no type of its own, so lists are checked by the configuration alone.
        descriptor.dynamic_typing = isinstance(default, tuple)
    elif isinstance(default, float):
        descriptor.floating_point_range = [FloatingPointRange(
            from_value=-math.inf if facts.low is None else float(facts.low),
            to_value=math.inf if facts.high is None else float(facts.high))]
    else:
        descriptor.integer_range = [IntegerRange(
            from_value=-_LARGEST_INTEGER if facts.low is None else int(facts.low),
            to_value=_LARGEST_INTEGER if facts.high is None else int(facts.high))]
    return descriptor


def _given(parameter: RosParameter) -> Any:
    """Return a value in Python's own types; lists, which may come as arrays, as tuples."""
    if parameter.type_ == RosParameter.Type.NOT_SET:
        return ()
    value = parameter.value
    return value if isinstance(value, (bool, int, float, str)) else tuple(value)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    """Turn dotted names into nested mappings."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        *sections, last = name.split('.')
        place = nested
        for each in sections:
            place = place.setdefault(each, {})
        place[last] = value
    return nested
