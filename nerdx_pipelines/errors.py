"""The few errors a user can meet.

Each message says what happened, where, and what to do next; the command line
prints it alone, without a traceback. Programming errors are not in here.
"""


class NerdxError(Exception):
    """Base of every error that is the input's or the environment's fault."""


class ConfigError(NerdxError):
    """A setting is missing, malformed or contradicts another one."""


class FolderError(NerdxError):
    """A file or table of data is unusable; names it, the row and the column."""


class ShopifyError(NerdxError):
    """The shop refused or failed to answer, and retrying will not help."""


class ShopUnavailableError(ShopifyError):
    """The shop failed to answer, asked again and again: later it may."""


class WarehouseError(NerdxError):
    """The warehouse file cannot be opened, locked or written."""


class DiskError(NerdxError):
    """A file of the data dir cannot be written."""


class GraphError(NerdxError):
    """The graph server cannot be started, reached or written."""


class AlertError(NerdxError):
    """Nobody took an alert."""


class HandOverError(NerdxError):
    """Nobody took the bundle for the orchestrator."""
