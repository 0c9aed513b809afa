"""The parameters of the nodes: checked, described, changed live, written to a file."""

from dataclasses import dataclass
import math
from pathlib import Path

import pytest

rclpy = pytest.importorskip('rclpy')
from fsmi_explorer.configuration import Configuration, parameter, section  # noqa: E402
from fsmi_explorer.errors import ConfigurationError  # noqa: E402
from fsmi_explorer.nodes.parameter_file import CONFIGURATIONS, parameter_file  # noqa: E402
from fsmi_explorer.nodes.parameters import NodeParameters, parameters_of  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
import yaml  # noqa: E402

CONFIG = Path(__file__).resolve().parents[1] / 'config' / 'fsmi_explorer.yaml'


@dataclass(frozen=True)
class WheelConfig(Configuration):
    radius: float = parameter(0.1, 'radius', unit='m', low=0.01, high=1.0)
    spokes: int = parameter(8, 'number of spokes', low=3)


@dataclass(frozen=True)
class CartConfig(Configuration):
    fixed = ('axle',)
    kind: str = parameter('hand', 'kind of cart', choices=('hand', 'ox'))
    route: tuple = parameter((), 'where it goes', unit='m')
    reach: float = parameter(math.inf, 'how far it goes', unit='m', low=0.0)
    is_red: bool = parameter(True, 'whether it is red', live=False)
    wheel: WheelConfig = section(WheelConfig)
    axle: WheelConfig = section(WheelConfig, radius=0.02)

    def __post_init__(self):
        super().__post_init__()
        if self.wheel.radius < self.axle.radius:
            raise ConfigurationError('the wheel must be larger than the axle')


@pytest.fixture
def make():
    """Give a function that makes a node with overrides, and its parameters."""
    context = rclpy.Context()
    context.init()
    nodes = []

    def make(**overrides):
        nodes.append(rclpy.create_node(
            f'cart{len(nodes)}', context=context,
            automatically_declare_parameters_from_overrides=True,
            parameter_overrides=[Parameter(name.replace('__', '.'), value=value)
                                 for name, value in overrides.items()]))
        return nodes[-1], NodeParameters(nodes[-1], CartConfig)
    yield make
    for node in nodes:
        node.destroy_node()
    context.try_shutdown()


def change(node, **values):
    return node.set_parameters_atomically([
        Parameter(name.replace('__', '.'), value=value) for name, value in values.items()])


def test_overrides_are_taken_and_whole_numbers_become_floats(make):
    node, parameters = make(wheel__radius=1, kind='ox', route=[1.0, 2.0, 3.0])
    assert parameters.config == CartConfig(
        kind='ox', route=(1.0, 2.0, 3.0), wheel=WheelConfig(radius=1.0))
    assert node.get_parameter('wheel.radius').value == 1.0
    assert node.get_parameter('reach').value == math.inf


@pytest.mark.parametrize('overrides, words', [
    ({'wheel__radius': 2.0}, ('wheel.radius', '0.01 to 1 m', '2.0')),
    ({'wheel__radius': math.nan}, ('wheel.radius', 'nan')),
    ({'wheel__spokes': 2.5}, ('wheel.spokes', 'int', '2.5')),
    ({'kind': 'dog'}, ('kind', 'hand, ox', 'dog')),
    ({'is_red': 1}, ('is_red', 'bool')),
    ({'wheel__radius': 0.01}, ('larger than the axle',))])
def test_a_bad_value_at_start_is_refused_with_what_is_allowed(make, overrides, words):
    with pytest.raises(ConfigurationError) as caught:
        make(**overrides)
    for word in words:
        assert word in str(caught.value)


def test_every_parameter_is_described(make):
    node, _ = make()
    radius = node.describe_parameter('wheel.radius')
    assert radius.description == 'radius' and '0.01 to 1 m' in radius.additional_constraints
    assert radius.floating_point_range[0].from_value == 0.01
    assert radius.floating_point_range[0].to_value == 1.0
    spokes = node.describe_parameter('wheel.spokes').integer_range[0]
    assert spokes.from_value == 3 and spokes.to_value == 2 ** 63 - 1
    assert node.describe_parameter('is_red').read_only
    assert node.describe_parameter('axle.radius').read_only
    assert not radius.read_only


def test_a_live_change_is_checked_as_a_whole(make):
    node, parameters = make()
    assert change(node, wheel__radius=0.5, kind='ox').successful
    assert parameters.config.wheel.radius == 0.5 and parameters.config.kind == 'ox'
    for values, word in (({'wheel__radius': 5.0}, 'range'), ({'kind': 'dog'}, 'hand, ox'),
                         ({'wheel__radius': math.nan}, 'nan'),
                         ({'wheel__radius': 0.015}, 'axle'), ({'is_red': False}, 'read-only'),
                         ({'axle__radius': 0.05}, 'read-only'), ({'wheel__spokes': 'x'}, 'type')):
        result = change(node, **values)
        assert not result.successful and word in result.reason, (values, result.reason)
    assert parameters.config.wheel.radius == 0.5 and parameters.config.is_red
    assert change(node, route=[1.0, 2.0]).successful
    assert parameters.config.route == (1.0, 2.0)
    assert change(node, route=[]).successful
    assert parameters.config.route == ()
    assert change(node, reach=math.inf).successful


def test_an_unknown_name_is_said(make, capfd):
    make(weel__radius=0.5)
    assert 'did you mean wheel.radius' in capfd.readouterr().err


def test_the_file_of_parameters_is_that_of_the_code():
    assert CONFIG.read_text() == parameter_file(), (
        'run python -m fsmi_explorer.nodes.parameter_file > config/fsmi_explorer.yaml')
    content = yaml.safe_load(CONFIG.read_text())
    for node, kind in CONFIGURATIONS.items():
        values = content[f'/**/{node}']['ros__parameters']
        assert kind.from_mapping(values) == kind()
    lines = CONFIG.read_text().splitlines()
    assert max(map(len, lines)) <= 99
    for i, line in enumerate(lines):
        if not line.lstrip().startswith('#') and line.strip() and not line.endswith(':'):
            assert lines[i - 1].lstrip().startswith('#'), f'no comment above {line!r}'


def test_every_parameter_has_a_meaning_and_numbers_have_limits():
    for kind in CONFIGURATIONS.values():
        for name, default, facts in parameters_of(kind):
            assert len(facts.description) >= 10, name
            if isinstance(default, int) and not isinstance(default, bool):
                assert facts.low is not None, name
