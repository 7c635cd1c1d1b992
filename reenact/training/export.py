"""The finished network as files: model.safetensors, model.json and curves.csv. The same training gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from reenact.errors import ReenactError
from reenact.files import atomic_path, read_json, sha256_file, write_json
from reenact.training.curves import Curves

WEIGHTS = "model.safetensors"
DESCRIPTION = "model.json"
CURVES = "curves.csv"


def export(
    out_dir: Path,
    module: nn.Module,
    *,
    network: str,
    section: Mapping[str, Any],
    seed: int,
    made_from: Mapping[str, str],
    iterations: Mapping[str, int],
    curves: Curves,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write `module`'s weights, their description and the loss curves into `out_dir`, each file atomically.

    `network` names the class for whoever loads it, `section` is the parameter section that it was built and trained from, `made_from`
    maps the names of the inputs to their SHA-256, `iterations` each stage to its length. `extra`: further keys of the description, for
    whoever uses the network.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    with atomic_path(out_dir / WEIGHTS) as part:
        part.write_bytes(safetensors.torch.save(tensors))
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
    path = folder / DESCRIPTION
    if not path.is_file():
        raise ReenactError(f"{path} is missing; train the network first (the folder should hold {WEIGHTS} and {DESCRIPTION})")
    try:
        description = read_json(path)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ReenactError(f"{path} is not valid JSON ({error}); export the network again") from error
    found = description.get("network") if isinstance(description, dict) else None
    if found != network:
        raise ReenactError(f"{path} describes the network {found!r}, not {network!r}; name the folder of a trained {network}")
    return description


def load_weights(folder: Path, module: nn.Module) -> None:
    """Fill `module` with the weights in `folder`.

    Raises ReenactError where the file is missing, damaged, not the one that model.json describes, or does not fit by name or shape.
    """
    path = folder / WEIGHTS
    if not path.is_file():
        raise ReenactError(f"{path} is missing; train the network first")
    expected = read_json(folder / DESCRIPTION)["weights"]["sha256"]
    try:
        tensors = safetensors.torch.load_file(path)
    except SafetensorError as error:
        raise ReenactError(f"{path} is damaged ({error}); export the network again") from error
    if sha256_file(path) != expected:
        raise ReenactError(f"{path} is not the file that {DESCRIPTION} beside it describes (its SHA-256 differs); export the network again")
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
