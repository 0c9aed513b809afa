"""What can go wrong when a transform is asked for."""


class TransformException(Exception):
    """Root of all transform errors."""


class ConnectivityException(TransformException):
    """The two frames are in trees that nothing connects."""


class LookupException(TransformException):
    """A frame is not known."""


class ExtrapolationException(TransformException):
    """The time asked for lies outside of what the buffer holds."""


class InvalidArgumentException(TransformException):
    """A frame name is empty or starts with a slash."""


class TimeoutException(TransformException):
    """The transform did not come in time."""
