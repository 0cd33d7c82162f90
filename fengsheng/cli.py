"""The command line (names are a contract, design 3).

Exit codes: 0 done; 1 the thing asked for failed, said in one clear sentence; 2 wrong arguments or input files, with all
problems listed. No traceback ever reaches a user; ``--debug`` shows it.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer

from fengsheng import (
    cli_customers,
    cli_handle,
    cli_read,
    cli_sessions,
    cli_setup,
    cli_sources,
    cli_tables,
    cli_train,
    cli_watch,
    cli_words,
)
from records.errors import BadInput, BadRecord, FengshengError

USAGE: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""Wrong arguments. Typer carries a click of its own, whose errors are not those of the package click."""

app = typer.Typer(
    name="fengsheng",
    help="Fengsheng 风声: watches public posts, raises crisis alerts and leads the crisis group through the playbook.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
audit = typer.Typer(help="The tamper-evident log of incidents.", no_args_is_help=True)
for module in (cli_watch, cli_setup, cli_sessions, cli_read, cli_tables, cli_sources, cli_handle, cli_train):
    module.register(app)
cli_tables.register_audit(audit)
customers = typer.Typer(help="The register of VIP customers, partners and enterprises.", invoke_without_command=True)
cli_customers.register_customers(customers)
words = typer.Typer(help="The word libraries: list, lint before they go live, proposals.", invoke_without_command=True)
cli_words.register_words(words)
app.add_typer(audit, name="audit")
app.add_typer(customers, name="customers")
app.add_typer(words, name="words")


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an unexpected error."),
) -> None:
    """Fengsheng 风声."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``fengsheng`` command; ends the process with the contract's exit code."""
    sys.exit(run_command(list(sys.argv[1:] if arguments is None else arguments)))


def run_command(arguments: list[str]) -> int:
    """Run one command line and return its exit code (0, 1 or 2; 130 after ctrl-C)."""
    debug = "--debug" in arguments or os.environ.get("FENGSHENG_DEBUG") == "1"
    arguments = ["--debug"] * ("--debug" in arguments) + [a for a in arguments if a != "--debug"]
    try:
        result = app(args=arguments, standalone_mode=False, prog_name="fengsheng")
    except USAGE as error:
        error.show()
        return 2
    except BadInput as error:
        return _told(error, 2, debug)
    except BadRecord as error:
        return _told(error, 2, debug)
    except FengshengError as error:
        return _told(error, 1, debug)
    except typer.Exit as error:
        return int(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the reader of the pipe is gone
        return 0
    except Exception as error:
        return _told(error, 1, debug, unexpected=True)
    return result if isinstance(result, int) else 0


def _told(error: Exception, code: int, debug: bool, *, unexpected: bool = False) -> int:
    if debug:
        traceback.print_exception(error)
    elif unexpected:
        print(f"fengsheng: unexpected error, {type(error).__name__}: {error} (--debug shows where)", file=sys.stderr)
    else:
        print(error if code == 2 else f"fengsheng: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
