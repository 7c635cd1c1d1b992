"""``reenact <verb>``: each stage of the workflow as commands. People can run it alone, in the project's folder."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from reenact.animate.cli import animate
from reenact.config.load import load_params
from reenact.config.presets import apply_preset, with_overrides
from reenact.config.schema import PARAMS_FILE, Params
from reenact.config.yaml_text import write_params
from reenact.console import run_app
from reenact.errors import ReenactError
from reenact.generators.registry import trained
from reenact.inspect.cli import inspect
from reenact.workspace import Workspace

# Verbs import what they need when they run: `reenact --help` need not load torch.
app = typer.Typer(
    help="One-shot, identity-preserving portrait reenactment: the stages of the workflow, one command at a time.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ROOT = Path()
PLUGINS = "reenact.verbs"
Network = StrEnum("Network", ["ldnet", *trained()])  # type: ignore[misc]  # its members are the registry's
Kind = StrEnum("Kind", ["selftest", "crosstest"])
GeneratorName = StrEnum("GeneratorName", list(trained()))  # type: ignore[misc]
Threads = Annotated[int, typer.Option(help="CPU threads.", min=1)]
Workers = Annotated[int, typer.Option(help="Processes.", min=1)]


@app.command()
def preset(
    name: Annotated[str, typer.Argument(help="tiny, laptop, tables, release or paper")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="for example corpus.kind=folder")] = None,
) -> None:
    """Write a preset, with changes, to params.yaml."""
    params = apply_preset(ROOT, name, overrides or [])
    write_params(params, ROOT / PARAMS_FILE)
    paths = {
        "corpus.path": params.corpus.path,
        "testsets.portraits": params.testsets.portraits,
        "testsets.performer": params.testsets.performer,
    }
    for key, path in paths.items():
        if path is not None and not (ROOT / path).exists():
            typer.echo(f"Warning: {key} {path} is not on this machine.", err=True)
    typer.echo(f"Wrote preset {name} to {PARAMS_FILE}{' with ' + ', '.join(overrides) if overrides else ''}.")


@app.command()
def corpus(workers: Workers = 1) -> None:
    """Render what is missing, and list the clips."""
    from reenact.stages.corpus import collect_corpus

    typer.echo(collect_corpus(load_params(), Workspace(ROOT), workers).text())


@app.command()
def lmtest_inputs() -> None:
    """List what LMTest is fitted to."""
    from reenact.stages.testsets import list_lmtest_inputs

    list_lmtest_inputs(load_params(), Workspace(ROOT))


@app.command()
def truth() -> None:
    """Gather the truth of rendered clips.

    The landmark-only subjects are made with it."""
    from reenact.stages.corpus import gather_truth

    gather_truth(load_params(), Workspace(ROOT))


@app.command()
def shard(
    clip_list: Annotated[Path, typer.Argument(help="A clip list of data/manifest/lists.")],
    shard: Annotated[Path, typer.Argument(help="The Parquet file to write.")],
    ledger: Annotated[Path, typer.Argument(help="The JSON file that accounts for every frame.")],
) -> None:
    """Extract a list's clips into a Parquet shard."""
    from reenact.stages.shards import make_shard

    make_shard(load_params(), Workspace(ROOT), clip_list, shard, ledger)


@app.command()
def ledger() -> None:
    """Sum up the shards' ledgers.

    Shards that the parameters no longer name are removed."""
    from reenact.stages.shards import sum_ledgers

    sum_ledgers(load_params(), Workspace(ROOT))


@app.command()
def testsets() -> None:
    """Build LMTest, SelfTest and CrossTest."""
    from reenact.stages.testsets import build_testsets

    build_testsets(load_params(), Workspace(ROOT))


@app.command()
def train(
    network: Annotated[Network, typer.Argument()],
    threads: Threads = 1,
) -> None:
    """Train a network, or go on from its checkpoint.

    In one process."""
    import torch

    from reenact.stages.networks import made_from, training_of
    from reenact.training import distributed
    from reenact.training.device import pick_device
    from reenact.training.watcher import NullWatcher

    torch.set_num_threads(threads)
    params, workspace = load_params(), Workspace(ROOT)
    if max(params.processes, distributed.started()) > 1:
        raise ReenactError(
            f"this command trains in one process; for several (processes in params.yaml) use the workflow: snakemake {network}_stage, "
            f"or start python -m pipeline.train {network} with torchrun or srun"
        )
    pick_device(params.device)  # before all shards are read for their hashes
    training_of(network, params)(params, workspace, NullWatcher(), made_from(network, params, workspace))


@app.command()
def skip(generator: Annotated[GeneratorName, typer.Argument()]) -> None:
    """Leave a generator that is not enabled untrained.

    A network of an earlier training is removed."""
    from reenact.stages.skip import skip as skip_generator

    skip_generator(trained()[generator], load_params(), Workspace(ROOT))


@app.command()
def predict(threads: Threads = 1) -> None:
    """Reenact SelfTest's and CrossTest's clips."""
    import torch

    from reenact.stages.evaluate import predict_testsets

    torch.set_num_threads(threads)
    predict_testsets(load_params(), Workspace(ROOT))


@app.command()
def score(
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="for example evaluate.openface=PATH")] = None,
    method: Annotated[list[str] | None, typer.Option(metavar="NAME=FOLDER", help="Results of a method; may be repeated.")] = None,
    testset: Annotated[list[Path] | None, typer.Option(help="The exported test set that they are of; may be repeated.")] = None,
    out: Annotated[Path, typer.Option(help="The folder for their scores.")] = Path("scores"),
    workers: Workers = 1,
) -> None:
    """Measure the paper's tables on the predictions.

    With --method: of somebody else's results on test sets that `reenact export-testset` wrote, anywhere."""
    from reenact.stages.evaluate import score_testsets
    from reenact.stages.score_methods import parsed_methods, score_methods

    if not method and not testset:
        if overrides:
            raise ReenactError(f"{overrides[0]}: without --method the parameters are those of {PARAMS_FILE}; change them there")
        score_testsets(load_params(), Workspace(ROOT), workers)
        return
    params = load_params() if PARAMS_FILE.is_file() else Params()
    command = shlex.join(["reenact", *sys.argv[1:]])
    words = score_methods(with_overrides(params, overrides or []), ROOT, parsed_methods(method or []), testset or [], out, workers, command)
    typer.echo("\n".join([f"Wrote {out}/report.html, scores.json, tables, sheets and loops.", *words]))


@app.command()
def export_testset(
    kind: Annotated[Kind, typer.Argument()],
    out: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
    size: Annotated[int | None, typer.Option(help="Side of the pictures, pixels; without it the generators'.", min=16, max=1024)] = None,
) -> None:
    """Write a test set as a folder for other methods.

    Its README.md says how to run them; `reenact score` scores what they make."""
    from reenact.stages.export import export

    typer.echo(export(load_params(), Workspace(ROOT), kind.value, out, size))  # type: ignore[arg-type]  # a member's value is a kind


@app.command()
def report(threads: Threads = 1) -> None:
    """Write tables, figures, a video and the report page."""
    import torch

    from reenact.stages.report import write_report

    torch.set_num_threads(threads)
    write_report(load_params(), Workspace(ROOT))


app.command()(animate)
app.command()(inspect)


def main() -> None:
    """The console script, with the verbs that other packages add under the entry point `reenact.verbs`."""
    for plugin in sorted(entry_points(group=PLUGINS), key=lambda point: point.name):
        app.command(plugin.name)(plugin.load())
    run_app(app)
