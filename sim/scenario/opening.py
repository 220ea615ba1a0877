"""Files that are read: plain ones, and what the shell pipes in."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

_REFUSED = {
    stat.S_IFIFO: "it is a named pipe, not a file",
    stat.S_IFCHR: "it is a device, not a file",
    stat.S_IFBLK: "it is a device, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
}


def open_file(path: Path) -> io.BufferedReader:
    """Opens a file to read bytes of it.

    A named pipe, which may wait forever, and a device, which may never end, are refused. What the
    shell hands over as ``/dev/stdin`` or ``/dev/fd/63`` has no name of its own, and is read.

    Raises:
        OSError: it cannot be opened, or is no file.
        ValueError: its name has a NUL.
    """
    message = _REFUSED.get(stat.S_IFMT(path.stat().st_mode))
    if message and os.path.exists(os.path.realpath(path)):
        raise OSError(errno.EINVAL, message, str(path))
    return path.open("rb")
