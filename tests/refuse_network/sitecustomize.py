"""Python in any process that has this folder on its path reaches no other machine.

Each attempt is an error, and a line in the file that the variable REFUSED names.
"""

import os
import socket
from pathlib import Path

HERE = {"localhost", "127.0.0.1", "::1", "", None}


def refuse(what):
    with Path(os.environ["REFUSED"]).open("a") as file:
        file.write(f"{what}\n")
    raise OSError(f"no network here: {what}")


class Socket(socket.socket):
    """A socket that connects to this machine only."""

    def connect(self, address):
        self._check(address)
        return super().connect(address)

    def connect_ex(self, address):
        self._check(address)
        return super().connect_ex(address)

    def sendto(self, data, *rest):
        self._check(rest[-1])
        return super().sendto(data, *rest)

    def _check(self, address):
        if self.family != socket.AF_UNIX and address[0] not in HERE:
            refuse(address)


def of_this_machine(function):
    def found(host, *rest, **options):
        return function(host, *rest, **options) if host in HERE else refuse(host)

    return found


socket.socket = Socket
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    setattr(socket, name, of_this_machine(getattr(socket, name)))
