"""The renderer's version, and the generators of what it draws: each version draws people of its own."""

from __future__ import annotations

import numpy as np

from reenact.seeding import generator

RENDERER = "3"  # raise it when the same parameters give other pixels or another truth: the corpus then gets a new folder


def rendered(seed: int, *names: str | int) -> np.random.Generator:
    """The generator of a draw of a rendered subject or clip, for example ``rendered(seed, "looks", subject)``.

    The version is part of the seed, so the test people of a version are strangers to whoever made its looks.
    """
    return generator(seed, "renderer", RENDERER, *names)
