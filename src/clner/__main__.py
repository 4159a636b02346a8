"""clner: use a finished tagger, on texts or elsewhere."""

import argparse
import signal
import sys

from clner import __version__
from clner.prediction import command as predict
from clner.prediction import export
from clner.stage import exit_status

COMMANDS = {"predict": predict, "export": export}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status."""
    parser = argparse.ArgumentParser(prog="clner", description=__doc__)
    parser.add_argument("--version", action="version", version=f"clner {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        said = module.__doc__.strip()
        own = commands.add_parser(
            name,
            help=said.partition("\n")[0],
            description=said,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(own)
        own.set_defaults(run=module.run)
    given = parser.parse_args(arguments)
    return exit_status(lambda: given.run(given))


def program() -> int:
    """`main` as a program of its own: a closed pipe or Ctrl-C ends it, without a word."""
    for number in (signal.SIGPIPE, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    return main()


if __name__ == "__main__":
    sys.exit(program())
