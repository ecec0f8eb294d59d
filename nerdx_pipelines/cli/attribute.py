"""The command that attributes a table of paths: anybody's, no shop needed.

The work is in `attribution/`; the other commands are in `__init__.py`.
"""

import click

# The models' own module brings numpy, for which no other command should wait.
MODELS = "first_touch,last_touch,linear,position_based,shapley_set,markov"


@click.command()
@click.argument("file")
@click.option(
    "--models",
    default=MODELS,
    show_default=True,
    help="Separated by commas; any_touch, which adds up to more than there is, may be asked for.",
)
@click.option(
    "--order",
    type=click.IntRange(1, 3),
    default=1,
    show_default=True,
    help="Touches that a state of the Markov chain remembers.",
)
@click.option("--separator", default=" > ", show_default=True, help="Between the channels.")
@click.option("--output", default="-", help="A CSV file; default: standard output.")
def attribute(file: str, models: str, order: int, separator: str, output: str) -> None:
    """Share the conversions of a CSV FILE of paths among their channels; - is standard input.

    Its columns: path (channels joined by " > "), conversions (how many journeys took the path
    and converted) and, optionally, value (what those brought) and null (how many took it and
    did not). One channel twice running is two touches; equal paths are summed.
    """
    from nerdx_pipelines.attribution.csvfile import read_paths, write_credits
    from nerdx_pipelines.attribution.models import attribute, check_models

    if not separator.strip():
        raise click.BadParameter("it must be more than blanks.", param_hint="--separator")
    chosen = check_models([name.strip() for name in models.split(",") if name.strip()])
    paths = read_paths(file, separator)
    write_credits(attribute(paths, chosen, order), output)
    if "markov" in chosen and not paths.null.any():
        click.echo(
            "nerdx: no journey without conversion is in the table (column null), so Markov only "
            "tells how many converting paths need a channel.",
            err=True,
        )
