"""All metrics: those in the `METRICS` of every module of this package. A new one is a file here; nothing else names it."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

import reenact.metrics
from reenact.metrics.base import Metric


def _found() -> dict[str, Metric]:
    modules = (import_module(f"{reenact.metrics.__name__}.{module.name}") for module in _modules())
    found = [metric for module in modules for metric in getattr(module, "METRICS", ())]
    metrics = sorted(found, key=lambda metric: (metric.place, metric.name))
    names = [metric.name for metric in metrics]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two metrics are called {min(twice)}")
    return dict(zip(names, metrics, strict=True))


def _modules() -> list[pkgutil.ModuleInfo]:
    here = __name__.rpartition(".")[2]
    return [module for module in pkgutil.iter_modules(reenact.metrics.__path__) if module.name != here and not module.ispkg]


METRICS: Mapping[str, Metric] = _found()


def of_table(number: int) -> list[Metric]:
    """The metrics that stand in one of the paper's tables, in the order of its columns."""
    return [metric for metric in METRICS.values() if number in metric.tables]
