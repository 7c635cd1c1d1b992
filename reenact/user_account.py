"""What libraries expect of a user: a name, a home, and a place for their caches. A container's user may have none of them."""

from __future__ import annotations

import getpass
import os
import tempfile
from pathlib import Path


def ensure_account() -> None:
    """Set USER, HOME, XDG_CACHE_HOME and MPLCONFIGDIR where they are missing, for this process and its children.

    A home that is set stays the home, for the settings in it. Where it cannot be written to, caches go to the temporary files' folder.
    """
    try:
        getpass.getuser()
    except (KeyError, OSError):  # no entry in passwd: KeyError until Python 3.12, OSError since
        os.environ["USER"] = str(os.getuid())
    if not os.path.isabs(os.path.expanduser("~")):
        os.environ["HOME"] = tempfile.gettempdir()
    if "XDG_CACHE_HOME" not in os.environ and not _can_keep(Path("~/.cache").expanduser()):
        os.environ["XDG_CACHE_HOME"] = tempfile.gettempdir()
        os.environ.setdefault("MPLCONFIGDIR", os.path.join(tempfile.gettempdir(), "matplotlib"))


def _can_keep(folder: Path) -> bool:
    """Whether files can be written in `folder`, or it can be made."""
    there = next(above for above in (folder, *folder.parents) if above.exists())
    return there.is_dir() and os.access(there, os.W_OK)
