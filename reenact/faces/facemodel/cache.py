"""Arrays that take a while to make, kept beside the head mesh's cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reenact.faces.headmodel.mesh import cache_folder, read_arrays
from reenact.files import atomic_path


def cached_arrays(name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays of `make`, from the cache file NAME.npz or made and written there, atomically; the name tells all that decides them."""
    path = cache_folder() / f"{name}.npz"
    if not path.is_file():
        arrays = make()
        with atomic_path(path) as part:
            np.savez(part, **arrays)
    return read_arrays(path)
