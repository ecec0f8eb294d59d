"""compose.yaml and its image, as far as they can be looked at without Docker."""

import importlib
import importlib.metadata
import re
import subprocess
import sys

import click
import pytest
import yaml

from nerdx_pipelines.settings import PROJECT_ROOT

COMPOSE = yaml.safe_load((PROJECT_ROOT / "compose.yaml").read_text())
OURS = {name: one for name, one in COMPOSE["services"].items() if "build" in one}
COMMANDS = [one["command"] for one in OURS.values()]
COMMANDS += [
    one["healthcheck"]["test"][1:]
    for one in OURS.values()
    if one.get("healthcheck", {"test": [""]})["test"][0] == "CMD"
]
DOCKERFILE = (PROJECT_ROOT / "Dockerfile").read_text()


def test_every_variable_is_one_that_the_example_knows():
    known = set(re.findall(r"^#?([A-Z0-9_]+)=", (PROJECT_ROOT / ".env.example").read_text(), re.M))
    named = {name for one in OURS.values() for name in one["environment"]} - {"DAGSTER_HOME"}
    named |= set(re.findall(r"\$\{([A-Z0-9_]+)", (PROJECT_ROOT / "compose.yaml").read_text()))
    for file in (PROJECT_ROOT / "deploy").glob("*.yaml"):
        named |= set(re.findall(r"env: ([A-Z0-9_]+)", file.read_text()))
    assert named <= known


def test_it_is_what_compose_reads():
    """By the schema of the Compose specification."""
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(
        [*command, PROJECT_ROOT / "compose.yaml"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_takes_its_options(words):
    scripts = importlib.metadata.entry_points(group="console_scripts")
    program, *rest = words
    command = scripts[program].load()
    if not isinstance(command, click.Command):  # a function that calls it
        command = importlib.import_module(scripts[program].module).cli
    context = click.Context(command)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        command = command.get_command(context, rest.pop(0))
        assert command is not None, words
        context = click.Context(command, parent=context)
    _, left, _ = command.make_parser(context).parse_args(rest)
    assert left == []


def test_an_option_that_is_none_is_found():
    with pytest.raises(click.NoSuchOption):
        test_every_command_takes_its_options(["nerdx", "receiver", "--prot", "1"])
    with pytest.raises(AssertionError):
        test_every_command_takes_its_options(["nerdx", "receive"])


def test_what_services_name_is_there():
    for one in COMPOSE["services"].values():
        assert set(one.get("depends_on", {})) <= COMPOSE["services"].keys()
        assert {volume.split(":")[0] for volume in one["volumes"]} <= COMPOSE["volumes"].keys()
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", []))
        for needed, how in one.get("depends_on", {}).items():
            assert (
                how["condition"] != "service_healthy" or COMPOSE["services"][needed]["healthcheck"]
            )
        for word in one.get("command", []):
            assert not word.endswith(".yaml") or (PROJECT_ROOT / word).exists()
    (code,) = yaml.safe_load((PROJECT_ROOT / "deploy/workspace.yaml").read_text())["load_from"]
    assert code["grpc_server"]["host"] in COMPOSE["services"]
    assert str(code["grpc_server"]["port"]) in COMPOSE["services"]["code"]["command"]


def test_what_the_image_copies_is_there_and_let_in():
    ignored = (PROJECT_ROOT / ".dockerignore").read_text().split()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.M):
        *sources, _ = line.split()
        assert set(sources) <= let_in
        assert all((PROJECT_ROOT / source).exists() for source in sources)
