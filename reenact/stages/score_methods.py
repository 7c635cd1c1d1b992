"""Somebody else's methods, scored on an exported test set: their rows in Tables 3 and 4, their columns in the sheets, and their cards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

from reenact.config.schema import PARAMS_FILE, Params
from reenact.errors import ReenactError
from reenact.evaluation.cards import Cards
from reenact.evaluation.external import ExternalMethod
from reenact.evaluation.ground_truth import open_ground_truth
from reenact.evaluation.measure import Settings, measure
from reenact.evaluation.readers import readers
from reenact.evaluation.reading import ClipReader
from reenact.evaluation.results import REFERENCES, ExternalResults, Results
from reenact.evaluation.score import SETTINGS, scores_of, size_of, truth_of, write_scores
from reenact.evaluation.stored import Stored, open_stored
from reenact.files import read_json
from reenact.generators.registry import GENERATORS
from reenact.report.scored import write_scored
from reenact.shards.frames import FrameStore
from reenact.testsets.exported import ExportedTestSet
from reenact.testsets.items import KINDS, TITLES, Kind
from reenact.workspace import PREDICTIONS, READINGS, TEST, TESTSETS, TRUTH, Workspace

NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,39}")
# Entry points: function (root, params, out, methods) that keeps what was scored in a project, and says where.
PLUGINS = "reenact.scored"
EXPORTED = "PNG of the exported test set"


class Opened(NamedTuple):
    """A test set with all results of it. own: the project's, where it has some of the same list and size."""

    testset: ExportedTestSet
    methods: list[ExternalMethod]
    own: Stored | None

    @property
    def results(self) -> list[Results]:
        """The project's, then the others'."""
        return [*([self.own.results] if self.own else []), ExternalResults(self.methods)]


def score_methods(
    params: Params, root: Path, methods: Mapping[str, Path], testsets: Sequence[Path], out: Path, workers: int, command: str
) -> list[str]:
    """Score methods by their results on one or two exported test sets, and say in sentences what came of it.

    methods: the folder of each method's results by its name; with two test sets, or where it has such, its folders selftest and crosstest.
    Written into `out`: report.html with all of it; scores.json, table3 and table4 as JSON, Markdown, CSV and HTML (Table 4 with CrossTest
    alone), pictures, sanity.json and frames.parquet. In a project's folder (`root` has params.yaml) its generators stand in the same
    tables, where their predictions are of the same list and size. command: gives the figures again.
    ReenactError: a name, a test set or a method's files are not as they should be; all of these are looked at before anything is scored.
    """
    if not methods or not testsets:
        raise ReenactError("name both: --method NAME=FOLDER with the results, and --testset FOLDER with the test set they are of")
    _check_names(methods)
    opened = {entry.testset.kind: entry for entry in (_open(params, root, methods, folder, len(testsets)) for folder in testsets)}
    if len(opened) < len(testsets):
        raise ReenactError("both test sets are of one kind; score them one after the other, with an --out for each")
    in_project = (root / PARAMS_FILE).is_file()
    found = readers(params.evaluate, params.face_model, root)
    cards = Cards({name: reader.about() for name, reader in found.items()}, params.evaluate.isim_reference, command)
    known = open_ground_truth(root / TRUTH / "frames.parquet", params.data_seed) if any(entry.own for entry in opened.values()) else None
    measured, about = {}, dict[str, Any](isim_reference=params.evaluate.isim_reference)
    with ClipReader(found, root / READINGS if in_project else out / ".readings", workers) as reader:
        for kind, entry in opened.items():
            truth = truth_of(entry.own.items, kind, known) if entry.own else {}
            settings = Settings(params.evaluate.isim_reference, truth, params.data_seed)
            measured[SETTINGS[kind]] = measure(entry.testset, entry.results, reader, settings)
            about |= {kind: size_of(entry.testset.sha256, measured[SETTINGS[kind]]), "image_size": entry.testset.size}
    results = [each for entry in opened.values() for each in entry.results]
    write_scores(out, scores_of(measured, results, found, cards, about, about["image_size"], EXPORTED))
    shown = [(entry.testset, entry.results) for entry in opened.values()]
    write_scored(out, list(methods), shown, params.data_seed, command)
    return [*_own_words(opened), *_warnings(out), *(_kept(root, params, out, methods) if in_project else [])]


def parsed_methods(options: Sequence[str]) -> dict[str, Path]:
    """NAME=FOLDER options by name; ReenactError where one is not of that form, or a name is there twice."""
    methods: dict[str, Path] = {}
    for option in options:
        name, separator, folder = option.partition("=")
        if not separator or not folder:
            raise ReenactError(f"--method {option} is not of the form NAME=FOLDER")
        if name in methods:
            raise ReenactError(f"--method {name} is there twice; give each method a name of its own")
        methods[name] = Path(folder)
    return methods


def _check_names(methods: Mapping[str, Path]) -> None:
    taken = {*GENERATORS, *(entry.title for entry in GENERATORS.values()), *(row.generator for row in REFERENCES)}
    for name in methods:
        if not NAME.fullmatch(name):
            raise ReenactError(f"--method {name}: a name has letters, digits and - _ . + alone, 40 at most; choose another")
        if name in taken:
            raise ReenactError(f"--method {name}: a row of this project has that name; choose another")


def _open(params: Params, root: Path, methods: Mapping[str, Path], folder: Path, count: int) -> Opened:
    testset = ExportedTestSet(folder)
    external = [ExternalMethod(name, _results_folder(path, testset.kind, count), testset) for name, path in methods.items()]
    problems = []
    for method in external:
        try:
            method.check()
        except ReenactError as error:
            problems.append(str(error))
    if problems:
        raise ReenactError("\n".join(problems))
    return Opened(testset, external, _own(params, root, testset))


def _results_folder(path: Path, kind: str, count: int) -> Path:
    if count == 1 and not any((path / each).is_dir() for each in KINDS):
        return path
    if not (path / kind).is_dir():
        raise ReenactError(f"{path} has no folder {kind} with the results of that test set; put them there, or leave the test set out")
    return path / kind


def _own(params: Params, root: Path, testset: ExportedTestSet) -> Stored | None:
    """The project's results of the same list at the same size; None where there are none."""
    workspace = Workspace(root)
    if not workspace.path(PREDICTIONS, f"{testset.kind}.parquet").is_file():
        return None
    store = FrameStore(workspace.shards(params, TEST))
    stored = open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS))[testset.kind]
    return stored if (stored.testset.sha256, stored.testset.size) == (testset.sha256, testset.size) else None


def _own_words(opened: Mapping[Kind, Opened]) -> list[str]:
    return [
        f"{TITLES[kind]}: the project's own generators are left out: they made no results of this list at {entry.testset.size} pixels."
        for kind, entry in opened.items()
        if entry.own is None
    ]


def _warnings(out: Path) -> list[str]:
    return [f"Odd: {warning}" for warning in read_json(out / "sanity.json")["warnings"]]


def _kept(root: Path, params: Params, out: Path, methods: Mapping[str, Path]) -> list[str]:
    """What each plugin says that keeps scores in a project."""
    plugins = sorted(entry_points(group=PLUGINS), key=lambda point: point.name)
    return [words for plugin in plugins if (words := plugin.load()(root, params, out, list(methods)))]
