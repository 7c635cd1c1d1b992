"""Somebody else's methods, scored on an exported test set: their rows in Tables 3 and 4, their columns in the sheets, and their cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

from reenact.config.schema import PARAMS_FILE, Params
from reenact.errors import ReenactError
from reenact.evaluation.cards import Cards
from reenact.evaluation.external import ExternalMethod
from reenact.evaluation.ground_truth import TrueMotion, open_ground_truth
from reenact.evaluation.measure import Settings, measure
from reenact.evaluation.readers import readers
from reenact.evaluation.reading import ClipReader
from reenact.evaluation.results import REFERENCES, ExternalResults, Results
from reenact.evaluation.score import SETTINGS, checked, scores_of, size_of, truth_of, write_scores
from reenact.evaluation.scoring_folder import READINGS as OUT_READINGS
from reenact.evaluation.scoring_folder import held, replaced
from reenact.evaluation.stored import open_stored
from reenact.generators.registry import GENERATORS
from reenact.report.scored import write_scored
from reenact.shards.frames import FrameStore
from reenact.testsets.exported import ExportedTestSet
from reenact.testsets.items import KINDS, TITLES, Kind
from reenact.workspace import PREDICTIONS, READINGS, RESULTS, STATE, TEST, TESTSETS, TRUTH, Workspace

# What MLflow takes as part of a metric's name, and every system as part of a file's.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
# Entry points: function (root, params, out, methods) that keeps what was scored in a project, and says where.
PLUGINS = "reenact.scored"
LEAST_FRAMES = 2  # of a Fréchet distance
# A project's folders whose files the workflow makes.
MADE = ("data", "models", RESULTS, STATE)
EXPORTED = "PNG of the exported test set"


@dataclass(frozen=True)
class Own:
    """What the project itself adds to a test set: its generators' results, and the true motion of pairs where that is known.

    left_out: in words, why nothing is added; "" where something is, and outside a project.
    """

    results: Results | None = None
    truth: Mapping[int, TrueMotion] = field(default_factory=dict)
    left_out: str = ""


class Opened(NamedTuple):
    """A test set with all results of it."""

    testset: ExportedTestSet
    methods: list[ExternalMethod]
    own: Own

    @property
    def results(self) -> list[Results]:
        """The project's, then the others'."""
        return [*([self.own.results] if self.own.results else []), ExternalResults(self.methods)]


def score_methods(
    params: Params, root: Path, methods: Mapping[str, Path], testsets: Sequence[Path], out: Path, workers: int, command: str
) -> list[str]:
    """Score methods by their results on one or two exported test sets, and say in sentences what came of it.

    methods: the folder of each method's results by its name; with two test sets, or where it has such, its folders selftest and crosstest.
    Written into `out`: report.html with all of it; scores.json, table3 and table4 as JSON, Markdown, CSV and HTML (Table 4 with CrossTest
    alone), pictures, sanity.json and frames.parquet. They take the place of what a scoring before wrote there; its folder .scoring has what
    was read of faces. In a project's folder (`root` has params.yaml) its generators stand in the same tables, where their predictions are
    of the same list and size. command: gives the figures again.
    ReenactError: a name, a test set, `out` or a method's files are not as they should be, all of which are looked at before anything is
    scored; or the figures mean nothing (`evaluation.score.checked`), and what a scoring before wrote is left.
    """
    if not methods or not testsets:
        raise ReenactError("name both: --method NAME=FOLDER with the results, and --testset FOLDER with the test set they are of")
    _check_names(methods)
    in_project = (root / PARAMS_FILE).is_file()
    opened = _open(params, root if in_project else None, methods, testsets)
    _check_out(out, root if in_project else None, opened.values())
    with held(out):
        checks = _scored(params, root, opened, out, workers, command, also=[root / READINGS] if in_project else [])
        kept = _kept(root, params, out, methods) if in_project else []
    left_out = [
        f"{TITLES[kind]}: the project's own generators are left out: {entry.own.left_out}."
        for kind, entry in opened.items()
        if entry.own.left_out
    ]
    odd = [f"Odd: {warning}" for warning in checks["warnings"]]
    return [*left_out, *odd, *kept]


def _scored(
    params: Params, root: Path, opened: Mapping[Kind, Opened], out: Path, workers: int, command: str, also: Sequence[Path]
) -> dict[str, Any]:
    """Measure everything and write all files of `out`; what was checked, and what is odd. also: where readings may be known already."""
    config = params.evaluate
    found = readers(config, params.face_model, root)
    cards = Cards({name: reader.about() for name, reader in found.items()}, config.isim_reference, command)
    measured, about = {}, dict[str, Any](isim_reference=config.isim_reference)
    with ClipReader(found, out / OUT_READINGS, workers, also) as reader:
        for kind, entry in opened.items():
            settings = Settings(config.isim_reference, entry.own.truth, params.data_seed)
            measured[SETTINGS[kind]] = measure(entry.testset, entry.results, reader, settings)
            about |= {kind: size_of(entry.testset.sha256, measured[SETTINGS[kind]]), "image_size": entry.testset.size}
        reader.forget_others()
    results = [each for entry in opened.values() for each in entry.results]
    scores = scores_of(measured, results, found, cards, about, about["image_size"], EXPORTED)
    checks = checked(out, scores)
    checks["warnings"] = [*_compressed(opened.values()), *checks["warnings"]]
    with replaced(out) as folder:
        write_scores(folder, scores, checks, has_table2=False)
        names = [method.name for method in next(iter(opened.values())).methods]
        write_scored(folder, names, [(entry.testset, entry.results) for entry in opened.values()], params.data_seed, command)
    return checks


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
    rows = [*GENERATORS, *(entry.title for entry in GENERATORS.values()), *(row.generator for row in REFERENCES)]
    taken = {row.casefold(): "a row of this project" for row in rows}
    for name in methods:
        if not NAME.fullmatch(name):
            raise ReenactError(
                f"--method {name}: a name has letters without accents, digits and - _ . alone, begins with a letter or digit, and is of 40 "
                "at most; choose another"
            )
        # On some systems names that differ in case alone are one file.
        if name.casefold() in taken:
            raise ReenactError(f"--method {name}: {taken[name.casefold()]} has that name; choose another")
        taken[name.casefold()] = f"--method {name}, but for upper and lower case,"


def _open(params: Params, project: Path | None, methods: Mapping[str, Path], folders: Sequence[Path]) -> dict[Kind, Opened]:
    """The test sets by kind with all results. One ReenactError names all that is wrong with any method. project: its folder."""
    testsets = _testsets(folders)
    opened: dict[Kind, Opened] = {}
    problems: list[str] = []
    for kind, testset in testsets.items():
        external = []
        for name, path in methods.items():
            try:
                method = ExternalMethod(name, _results_folder(name, path, kind, len(folders)), testset)
                method.check()
            except ReenactError as error:
                problems.append(str(error))
            else:
                external.append(method)
        opened[kind] = Opened(testset, external, Own() if project is None else _own(params, project, testset))
    if problems:
        raise ReenactError("\n".join(dict.fromkeys(problems)))
    return opened


def _testsets(folders: Sequence[Path]) -> dict[Kind, ExportedTestSet]:
    """By kind; ReenactError where they do not go together, or one is too small."""
    testsets = {testset.kind: testset for testset in map(ExportedTestSet, folders)}
    if len(testsets) < len(folders):
        raise ReenactError("two test sets are of one kind; score them one after the other, with an --out for each")
    if len(sizes := sorted({testset.size for testset in testsets.values()})) > 1:
        raise ReenactError(
            f"the test sets are of {' and '.join(map(str, sizes))} pixels, so that no table could hold both; export both at one size, or "
            "score them one after the other, with an --out for each"
        )
    for testset in testsets.values():
        if sum(len(pair.frames) for pair in testset.pairs) < LEAST_FRAMES:
            raise ReenactError(f"{testset.folder} has one frame to be reenacted, and distances between sets need two; add frames or pairs")
    return testsets


def _results_folder(name: str, path: Path, kind: str, count: int) -> Path:
    if not path.is_dir():
        what = "is no folder" if path.exists() else "is missing"
        raise ReenactError(f"{path}, the folder of --method {name}, {what}; name the folder with its results")
    if count == 1 and not any((path / each).is_dir() for each in KINDS):
        return path
    if not (path / kind).is_dir():
        raise ReenactError(f"{path} has no folder {kind} with the results of that test set; put them there, or leave the test set out")
    return path / kind


def _check_out(out: Path, project: Path | None, opened: Iterable[Opened]) -> None:
    """ReenactError where scores would lie among other files of consequence."""
    place = out.resolve()
    if project is not None and any(place.is_relative_to((project / folder).resolve()) for folder in MADE):
        raise ReenactError(f"--out {out}: the project's own files lie there, which the workflow makes; name another folder")
    for entry in opened:
        for folder in (entry.testset.folder, *(method.folder for method in entry.methods)):
            if place.is_relative_to(folder.resolve()):
                raise ReenactError(f"--out {out} lies in {folder}, whose files are read; name another folder")


def _own(params: Params, project: Path, testset: ExportedTestSet) -> Own:
    """What the project adds to a test set: its results of the same list at the same size, where they are sound."""
    workspace, title = Workspace(project), TITLES[testset.kind]
    if not workspace.path(PREDICTIONS, f"{testset.kind}.parquet").is_file():
        return Own(left_out=f"they made no results of {title} yet")
    try:
        store = FrameStore(workspace.shards(params, TEST))
        stored = open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS))[testset.kind]
        if stored.testset.sha256 != testset.sha256:
            return Own(left_out="their results are of another list")
        if stored.testset.size != testset.size:
            return Own(left_out=f"their results are of {stored.testset.size} pixels, and the test set of {testset.size}")
        known = open_ground_truth(workspace.path(TRUTH, "frames.parquet"), params.data_seed)
        return Own(stored.results, truth_of(stored.items, testset.kind, known))
    except ReenactError as error:
        return Own(left_out=str(error))


def _compressed(opened: Iterable[Opened]) -> Iterator[str]:
    """A sentence on each method whose files do not hold what it made, as the test sets' PNG files do."""
    formats: dict[str, set[str]] = {}
    for entry in opened:
        for method in entry.methods:
            formats.setdefault(method.name, set()).update(method.lossy_formats)
    for name, lossy in formats.items():
        if lossy:
            yield f"{name}: kept as {' and '.join(sorted(lossy))}, not as PNG; its figures are worse by what that compression loses."


def _kept(root: Path, params: Params, out: Path, methods: Mapping[str, Path]) -> list[str]:
    """What each plugin says that keeps scores in a project."""
    plugins = sorted(entry_points(group=PLUGINS), key=lambda point: point.name)
    return [words for plugin in plugins if (words := plugin.load()(root, params, out, list(methods)))]
