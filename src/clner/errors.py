"""The exceptions that a user is meant to read."""


class ClnerError(Exception):
    """What is wrong, where, and what to do, in one line. Stages print it and exit with `status`."""

    status = 1


class MemoryShortageError(ClnerError):
    """One of several processes ran out of memory: all may try again, each with smaller batches."""

    status = 75
    """The operating system's word for a failure that need not last (EX_TEMPFAIL)."""
