"""Put the trained networks of models/ into the package: ``python -m pipeline.release``, after `reenact preset release` and `snakemake all`.

`python -m pipeline.release ldnet` leaves the others as they are: it is enough that `snakemake ldnet_stage` was run.
The weights are written in half precision. Each model.json keeps what its training wrote, and gets the commit of the code and the command.
That the networks were trained with this commit's code is checked by the hash of the sources that their training wrote down.
What the figures are and how the pictures look is for a person to write: reenact/weights/README.md.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated, Any

import safetensors.torch
import torch
import typer
from torch import Tensor

from pipeline.source_hash import Sources
from pipeline.stages import stage_of
from reenact.console import run_app
from reenact.errors import ReenactError
from reenact.files import atomic_path, read_json, reading, require_file, sha256_file, write_json
from reenact.generators.registry import default, folders
from reenact.training.export import DESCRIPTION, WEIGHTS
from reenact.weights import released

MOST_BYTES = 8_000_000  # of all released weights
COMMANDS = "reenact preset release && snakemake {name}_stage && python -m pipeline.release {name}"
NETWORKS = ("ldnet", default().name)


def release(networks: Annotated[list[str] | None, typer.Argument(help="Of the released networks; all if none is named.")] = None) -> None:
    """Write released networks anew from models/; ReenactError, and nothing is written, where they are not fit for it."""
    if unknown := set(networks or NETWORKS) - set(NETWORKS):
        raise ReenactError(f"{min(unknown)} is not among the released networks, {' and '.join(NETWORKS)}; name one of these, or none")
    names = [name for name in NETWORKS if name in (networks or NETWORKS)]
    tensors = {name: halved(Path(folders()[name], WEIGHTS)) for name in names}
    kept = sum(path.stat().st_size for path in (released(name) / WEIGHTS for name in NETWORKS if name not in names) if path.is_file())
    total = kept + sum(2 * tensor.numel() for network in tensors.values() for tensor in network.values())
    if total > MOST_BYTES:
        raise ReenactError(f"the weights would take {total:,} bytes, more than {MOST_BYTES:,}; train smaller networks")
    commit = _commit()
    sources = Sources(Path())
    descriptions = {name: described(Path(folders()[name]), sources.hash(stage_of(name).sources)) for name in names}
    for name, network in tensors.items():
        weights = released(name) / WEIGHTS
        with atomic_path(weights) as part:
            part.write_bytes(safetensors.torch.save(network))
        description = descriptions[name]
        description["weights"] |= {"sha256": sha256_file(weights), "precision": "float16"}
        write_json(released(name) / DESCRIPTION, description | {"released": {"commit": commit, "commands": COMMANDS.format(name=name)}})


def halved(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file in half precision; ReenactError where there is none, or one would not stay finite."""
    require_file(path, "train the networks first (`snakemake all`)")
    tensors = {name: tensor.half() for name, tensor in safetensors.torch.load_file(path).items()}
    wrong = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if wrong:
        raise ReenactError(f"{path}: {wrong[0]} has values that half precision cannot hold; train the network again")
    return tensors


def described(folder: Path, code: str) -> dict[str, Any]:
    """What a trained network's model.json says; ReenactError if its weights are others, or its sources have another hash than `code`."""
    path, weights, remedy = folder / DESCRIPTION, folder / WEIGHTS, "train the network again from this commit (`snakemake all`)"
    description = read_json(path, remedy)
    with reading(path, remedy, LookupError, TypeError):
        trained_by, digest = description["made_from"]["code"], description["weights"]["sha256"]
    if trained_by != code:
        raise ReenactError(f"{path}: the network was trained with other code than this commit's; {remedy}")
    if sha256_file(weights) != digest:
        raise ReenactError(f"{weights} is not the file that {DESCRIPTION} beside it describes (its SHA-256 differs); {remedy}")
    return description


def _commit() -> str:
    """The commit of the sources that lie here; ReenactError where files differ from it."""
    changed = [line for line in _git("status", "--porcelain", "--", "reenact", "pipeline").splitlines() if "reenact/weights/" not in line]
    if changed:
        raise ReenactError(f"{changed[0][3:]} differs from the last commit; commit it, so that the weights can be traced to their code")
    return _git("rev-parse", "HEAD").strip()


def _git(*arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], capture_output=True, text=True)
    if ended.returncode:
        raise ReenactError(
            f"git {arguments[0]}: {ended.stderr.strip()}; run this in a clone, so that the weights can be traced to their code"
        )
    return ended.stdout


if __name__ == "__main__":
    run_app(release)
