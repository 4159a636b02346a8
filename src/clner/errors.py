"""The one exception a user is meant to read."""


class ClnerError(Exception):
    """What is wrong, where, and what to do, in one line. Stages print it and exit with status 1."""
