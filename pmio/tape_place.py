"""Where a tape may be written."""

import os
import stat
from pathlib import Path
from typing import Final

KINDS: Final = {
    stat.S_IFLNK: "is a symbolic link",
    stat.S_IFIFO: "is a pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
    stat.S_IFDIR: "is a folder",
}


def unfit(path: Path) -> str:
    """Why no tape can be written there; empty where it can.

    A tape takes the place of what has its name: of an older tape, but not of a device, a pipe or a
    link, which stand for something else. What the disk says to it is found out by writing.
    """
    if not path.name:
        return "has no name of its own"
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return ""
    return "" if stat.S_ISREG(mode) else KINDS.get(stat.S_IFMT(mode), "is not a file")
