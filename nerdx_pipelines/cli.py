"""The `nerdx` command."""


def main() -> None:
    """Run the command line."""
