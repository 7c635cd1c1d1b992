"""Where a page's results come from, as told by what runs the stages: this package knows neither git nor MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Origin:
    """What a page says of its results' origin.

    runs: the MLflow run of each network and of the figures, and its commit, in words, by what it made. code: hash of the sources that
    decide the page.
    """

    runs: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


UNKNOWN = Origin()
