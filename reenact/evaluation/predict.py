"""Reenacts SelfTest and CrossTest with LD-Net and every generator that is enabled, and keeps the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.evaluation.enabled import enabled
from reenact.evaluation.predictions import Generated, Method, open_writer, rows
from reenact.files import atomic_path
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import load_ldnet
from reenact.progress import progress
from reenact.reenactment.networks import open_generator
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.transfer import DRIVER, LDNET, TransferSettings
from reenact.shards.frames import FrameStore
from reenact.testsets.items import KINDS, TITLES, Item, read_items
from reenact.training.export import read_description


def predict(
    params: Params,
    *,
    shards: Sequence[Path],
    testsets: Path,
    ldnet_dir: Path,
    generator_dirs: Mapping[str, Path],
    out_dir: Path,
    device: torch.device,
) -> None:
    """Write `out_dir`/selftest.parquet and crosstest.parquet (`evaluation.predictions`) of the enabled generators in the registry's order.

    shards: the test shards. testsets: the folder of selftest.json and crosstest.json. generator_dirs: the folder of each generator that is
    enabled, by name. Images have the generators' side, pixels.
    Raises ReenactError where a file is missing or does not fit the others, where the generators' sides differ, or where none is enabled.
    """
    ldnet, settings = load_ldnet(ldnet_dir, device), TransferSettings.of(params.evaluate)
    reenactors, made_by = {}, {}
    for name, entry in enabled(params).items():
        reenactors[name] = Reenactor(ldnet, open_generator(entry, generator_dirs[name], params, device), settings)
        made_by[name] = _weights(generator_dirs[name], entry.network) if entry.is_trained else None
    size, store = _side(reenactors), FrameStore(shards)
    for kind in KINDS:
        items, sha256 = read_items(testsets / f"{kind}.json", kind)
        about = {
            "testset": {"kind": kind, "sha256": sha256},
            "ldnet": _weights(ldnet_dir, LDNET_NETWORK),
            "generators": made_by,
            "image_size": size,
            **asdict(settings),
        }
        with atomic_path(out_dir / f"{kind}.parquet") as part, open_writer(part, about) as writer:
            for item in progress(items, what=TITLES[kind], unit="clips"):
                results: dict[Method, Generated] = {}
                for name, reenactor in reenactors.items():
                    results |= reenact(name, reenactor, store, item, params.evaluate.batch_size)
                writer.write_table(rows(item, results))


def reenact(name: str, reenactor: Reenactor, store: FrameStore, item: Item, batch_size: int) -> dict[Method, Generated]:
    """An item's results with the generator `name`: from the driver's landmarks, and from LD-Net's with the target's identity."""
    pictures, target_landmarks = store.get(*item.target, [item.target_frame], reenactor.size)
    _, driver_landmarks = store.get(*item.driver, [item.reference_frame, *item.frames], reenactor.size)
    reference, wanted = driver_landmarks[0], driver_landmarks[1:]
    target = reenactor.encode(pictures[0], target_landmarks[0])
    by_source = {DRIVER: wanted, LDNET: reenactor.transferred(target, wanted, reference)}
    return {
        Method(name, source): Generated(reenactor.generate(target, landmarks, batch_size), landmarks)
        for source, landmarks in by_source.items()
    }


def _side(reenactors: Mapping[str, Reenactor]) -> int:
    """The side of all generators' pictures, pixels; ReenactError where they differ."""
    sides = {name: reenactor.size for name, reenactor in reenactors.items()}
    if len(set(sides.values())) != 1:
        words = ", ".join(f"{name} {side}" for name, side in sides.items())
        raise ReenactError(f"the generators are of different image sizes ({words}), so nothing can be compared; make them of one size")
    return next(iter(sides.values()))


def _weights(folder: Path, network: str) -> str:
    """The SHA-256 of a trained network's weights."""
    return read_description(folder, network)["weights"]["sha256"]
