"""The command line: ``cwbsim`` and ``python -m cwbsim``. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

import click

from cwbsim.errors import (
    BAD_INPUT,
    CANNOT_WRITE,
    INTERNAL,
    INTERRUPTED,
    MISSING_EXTRA,
    SOME_FAILED,
    UserError,
    nearest,
)

COMMANDS = {
    "run": "running:run",
    "compare": "running:compare",
    "additionality": "additional:additionality",
    "trace": "tracing:trace",
    "uncertainty": "uncertain:uncertainty",
    "sweep": "sweep:sweep",
    "sensitivity": "sensitivity:sensitivity",
    "calibrate": "calibrate:calibrate",
    "runs": "runs:runs",
    "interaction": "joint:interaction",
    "multipliers": "places:multipliers",
    "place": "places:place",
    "levers": "listing:levers",
    "outcomes": "listing:outcomes",
    "parameters": "listing:parameters",
    "scenarios": "scenarios:scenarios",
    "schema": "scenarios:schema",
    "validate": "scenarios:validate",
    "spend": "spend:spend",
    "validate-model": "validating:validate_model",
}
EPILOG = (
    f"Exit codes: 0 all well; {SOME_FAILED} some runs failed or a check did not hold; 2 wrong use; "
    f"{BAD_INPUT} a scenario or data that cannot be used; {MISSING_EXTRA} an optional package is missing; "
    f"{INTERNAL} a fault in cwbsim; {CANNOT_WRITE} results cannot be written; {INTERRUPTED} stopped (Ctrl-C)."
)


class Commands(click.Group):
    """The commands, imported when asked for, with errors in plain words and one exit code a cause."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"cwbsim.commands.{module}"), name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not (ctx.resilient_parsing or name.startswith("-") or name in COMMANDS):
            guess = nearest(name, COMMANDS)
            ctx.fail(f"No such command {name!r}." + (f" Did you mean {guess!r}?" if guess else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(click.style("Error: ", fg="red", bold=True) + str(error), err=True, color=_colour())
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nStopped. Nothing half-written was left behind.", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:  # the reader of our output has gone: `cwbsim levers | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            traceback.print_exc()
            click.echo(f"This is a fault in cwbsim, not in your input: {type(error).__name__}.", err=True)
            ctx.exit(INTERNAL)


def _colour() -> bool | None:
    """False where the user wants none (https://no-color.org); else what the terminal can do."""
    return False if os.environ.get("NO_COLOR") else None


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"cwbsim {version('cwbsim')}")
        ctx.exit()


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version.",
)
def main() -> None:
    """Community wealth building, simulated: what stays in a borough when its anchors buy differently."""
