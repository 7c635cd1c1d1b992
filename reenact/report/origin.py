"""Where the results of a page come from, as told by what runs the stages: this package knows neither git nor MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Origin:
    """What a page says of its results' origin.

    commit: of the project, in words; "" is not shown. runs: the MLflow run of each network and of the figures by what it made, in words.
    code: hash of the sources that decide the page.
    """

    commit: str = ""
    runs: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


UNKNOWN = Origin()
