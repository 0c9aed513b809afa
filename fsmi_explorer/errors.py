"""The errors of the package, one root for all that a user can cause and mend."""


class FsmiExplorerError(Exception):
    """What the command line prints as one line and answers with exit status 2."""


class ConfigurationError(FsmiExplorerError, ValueError):
    """A configuration value is unknown, of the wrong type or outside its range."""


class FileFormatError(FsmiExplorerError, ValueError):
    """A file cannot be read: the message names file, line where there is one, and reason."""
