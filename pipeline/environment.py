"""The environment that the rules' commands run in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from reenact.user_account import ensure_account


def use_own_tools(root: Path) -> None:
    """Let rules find the tools beside this Python, whether or not the environment is activated, and the code in `root`.

    DVC runs queued experiments in copies of the project, each with the code of its time. The copy's code comes before the installed one.
    """
    ensure_account()
    use_large_pages()
    _put_first("PATH", Path(sys.executable).parent, os.defpath)
    _put_first("PYTHONPATH", root.resolve(), "")


def use_large_pages() -> None:
    """Let processes started from here keep their memory in large pages, where glibc and the kernel support them.

    dlib's landmark model is scattered over 65 MB, and most of its time goes to address translation. Large pages save a third of that.
    """
    os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")


def _put_first(variable: str, folder: Path, default: str) -> None:
    others = os.environ.get(variable, default)
    os.environ[variable] = os.pathsep.join(filter(None, [str(folder), others]))
