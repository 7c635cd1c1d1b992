"""The finished network as files: model.safetensors, model.json and curves.csv. The same training gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError
from torch import Tensor, nn

from reenact.errors import ReenactError
from reenact.files import atomic_path, read_json, reading, require_file, sha256_file, write_json
from reenact.training.curves import Curves

WEIGHTS = "model.safetensors"
DESCRIPTION = "model.json"
CURVES = "curves.csv"
BEST = "best"
AGAIN = "export the network again"

Section = TypeVar("Section", bound=BaseModel)


def export(
    out_dir: Path,
    module: nn.Module,
    *,
    network: str,
    section: Mapping[str, Any],
    seed: int,
    made_from: Mapping[str, str],
    iterations: Mapping[str, int],
    curves: Curves | None = None,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write `module`'s weights, their description and the loss curves, if there are any, into `out_dir`, each file atomically.

    network: the name of its class, for loading. section: the parameters that it was built and trained from. made_from: SHA-256 of the
    inputs by name. iterations: each phase's length, by its name. extra: further keys of the description, for whoever uses the network.
    """
    tensors = {name: tensor.cpu().contiguous() for name, tensor in module.state_dict().items()}
    with atomic_path(out_dir / WEIGHTS) as part:
        part.write_bytes(safetensors.torch.save(tensors))
    if curves is not None:
        curves.write(out_dir / CURVES)
    description = {
        "network": network,
        "params": dict(section),
        "seed": seed,
        "iterations": dict(iterations),
        "made_from": dict(sorted(made_from.items())),
        "weights": {"sha256": sha256_file(out_dir / WEIGHTS), "parameters": sum(tensor.numel() for tensor in tensors.values())},
        **(extra or {}),
    }
    write_json(out_dir / DESCRIPTION, description)


def read_description(folder: Path, network: str) -> dict[str, Any]:
    """The contents of `folder`'s model.json; ReenactError if it is missing, unreadable or describes another network than `network`."""
    description = _described(folder)
    if description["network"] != network:
        found = description["network"]
        raise ReenactError(
            f"{folder / DESCRIPTION} describes the network {found!r}, not {network!r}; name the folder of a trained {network}"
        )
    return description


def _described(folder: Path) -> dict[str, Any]:
    """The contents of model.json, with all keys that loading the network needs."""
    path = folder / DESCRIPTION
    remedy = f"train the network first, or export it again (the folder should hold {WEIGHTS} and {DESCRIPTION})"
    description = read_json(path, remedy)
    with reading(path, remedy, LookupError, TypeError):
        whole = isinstance(description["params"], dict) and isinstance(description["weights"]["sha256"], str) and description["network"]
    if not whole:
        raise ReenactError(f"{path} describes no network; {remedy}")
    return description


def network_of(folder: Path) -> str:
    """The name of the network that is described in `folder`; ReenactError if its model.json is missing or unreadable."""
    return _described(folder)["network"]


def read_section(folder: Path, network: str, model: type[Section]) -> Section:
    """The parameters that the `network` in `folder` was built from; ReenactError as for `read_description`, or if they are not allowed."""
    try:
        return model.model_validate(read_description(folder, network)["params"])
    except ValidationError as error:
        keys = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        raise ReenactError(f"{folder / DESCRIPTION} has parameters that no {network} has ({keys}); {AGAIN}") from error


def load_weights(folder: Path, module: nn.Module) -> None:
    """Fill `module` with the weights in `folder`.

    Raises ReenactError if the file is missing, damaged, not the one that model.json describes, or does not fit by name or shape.
    """
    path = folder / WEIGHTS
    require_file(path, AGAIN)
    with reading(path, AGAIN, SafetensorError, ValueError, KeyError, TypeError, RuntimeError, MemoryError):
        tensors = safetensors.torch.load_file(path)
    if sha256_file(path) != _described(folder)["weights"]["sha256"]:
        raise ReenactError(f"{path} is not the file that {DESCRIPTION} beside it describes (its SHA-256 differs); {AGAIN}")
    _check_fit(path, tensors, module.state_dict())
    module.load_state_dict(tensors)


def _check_fit(path: Path, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    missing, unknown = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    shapes = [
        f"{name}: {tuple(tensors[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in sorted(wanted.keys() & tensors.keys())
        if tensors[name].shape != wanted[name].shape
    ]
    kinds = (("lacks", missing), ("has unknown", unknown), ("has shapes", shapes))
    faults = [f"{kind} {', '.join(names[:3])}" for kind, names in kinds if names]
    if faults:
        raise ReenactError(f"{path} does not fit the network that {DESCRIPTION} describes: it {'; it '.join(faults)}")
