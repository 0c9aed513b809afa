"""How fast simulated time may run, so that the nodes keep up with it on any machine."""

from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

_PERIOD = 0.5
_LATE, _IN_TIME = 3.0, 1.5
_SLOWER, _FASTER = 0.75, 1.15
_SLOWEST = 0.2


class Pacer:
    """
    Sets the speed of the simulation: as wished, or what the machine can bear.

    Nodes that are late by seconds of simulated time explore worse, as no real robot would. The
    scoring of maps is what falls behind first, so that it tells when to slow down.

    :param node: node that the service client belongs to.
    :param highest: wished speed, in multiples of real time.
    """

    def __init__(self, node: Node, highest: float):
        """Start from the wished speed."""
        self.factor = self._highest = highest
        self._late_by = 0.0
        self._client = node.create_client(SetParameters, 'simulator_node/set_parameters')
        node.create_timer(_PERIOD, self._adjust, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def note(self, map_time: float, scored_time: float) -> None:
        """Note the stamps in s of the newest map and of the newest one that was scored."""
        self._late_by = map_time - scored_time

    def _adjust(self) -> None:
        if self._late_by > _LATE:
            wish = max(_SLOWEST, self.factor * _SLOWER)
        elif self._late_by < _IN_TIME:
            wish = min(self._highest, self.factor * _FASTER)
        else:
            return
        if wish != self.factor and self._client.service_is_ready():
            self.factor = wish
            value = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=wish)
            self._client.call_async(SetParameters.Request(
                parameters=[Parameter(name='real_time_factor', value=value)]))
