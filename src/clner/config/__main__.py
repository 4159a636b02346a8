"""Print what is known of config.yaml: its JSON schema, for editors, or docs/settings.md."""

import argparse

from clner.config.markdown import reference
from clner.config.sections import schema

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m clner.config", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="the reference of all settings")
    print(reference() if parser.parse_args().markdown else schema(), end="")
