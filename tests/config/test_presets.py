"""Parameters, presets and what is generated from them."""

from __future__ import annotations

import json
import re
from operator import attrgetter
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from reenact.config.load import load_params
from reenact.config.networks import LDNetParams
from reenact.config.presets import apply_preset, preset_names
from reenact.config.schema import Params
from reenact.config.section import Section
from reenact.config.yaml_text import schema_text, to_yaml, write_params
from reenact.errors import ReenactError

ROOT = Path(__file__).parents[2]


PRESETS = ["laptop", "paper", "release", "tables", "tiny"]


def test_the_presets():
    assert preset_names(ROOT) == PRESETS


def differences(name: str) -> dict:
    return YAML(typ="safe").load((ROOT / "presets" / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_holds_what_differs_from_the_defaults_and_nothing_else(name):
    def idle(preset: dict, defaults: dict, prefix: str) -> list[str]:
        found = []
        for key, value in preset.items():
            below = isinstance(value, dict)
            found += idle(value, defaults[key], f"{prefix}{key}.") if below else [prefix + key] * (value == defaults[key])
        return found

    assert idle(differences(name), Params().model_dump(mode="json"), "") == []


def test_laptop_is_the_default():
    assert apply_preset(ROOT, "laptop", []) == Params()


def test_the_projects_own_parameters_are_the_laptop_preset_written_out():
    assert (ROOT / "params.yaml").read_text(encoding="utf-8") == to_yaml(Params()), "run: reenact preset laptop"


def test_schema_is_as_generated():
    assert (ROOT / "params.schema.json").read_text(encoding="utf-8") == schema_text(), "run: make generated"


@pytest.mark.parametrize("name", PRESETS)
def test_schema_accepts_the_presets_and_refuses_a_misspelt_key(name):
    schema = json.loads(schema_text())
    values = YAML(typ="safe").load(to_yaml(apply_preset(ROOT, name, [])))
    jsonschema.validate(values, schema)
    values["corpus"]["knd"] = "folder"
    with pytest.raises(jsonschema.ValidationError, match="knd"):
        jsonschema.validate(values, schema)


def test_paper_preset_has_the_papers_table_5():
    params = apply_preset(ROOT, "paper", [])
    table5 = [params.ldnet.phase1, params.ldnet.phase2, params.fdgan.schedule]
    assert [(row.learning_rate, row.batch_size, row.iterations) for row in table5] == [
        (1e-4, 32, 400_000),
        (5e-5, 32, 1_000_000),
        (2e-5, 4, 1_000_000),
    ]
    assert params.fdgan.widths == (32, 64, 128, 256)
    assert params.fdgan.rows == (512, 256, 128, 64)
    assert (params.ldnet.hidden_layers, params.ldnet.hidden_units) == (10, 512)


def test_every_field_says_what_it_means():
    def undocumented(model: type[BaseModel], prefix: str) -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                found += undocumented(field.annotation, f"{prefix}{name}.")
            elif not field.description:
                found.append(prefix + name)
        return found

    assert undocumented(Params, "") == []


def test_overrides_are_written_and_read_back(tmp_path):
    overrides = ["corpus.kind=folder", "corpus.path=../clips", "corpus.train_subjects=null", "fdgan.schedule.learning_rate=1e-4"]
    params = apply_preset(ROOT, "laptop", overrides)
    assert params.corpus.train_subjects is None
    assert params.fdgan.schedule.learning_rate == 1e-4
    write_params(params, tmp_path / "params.yaml")
    assert load_params(tmp_path / "params.yaml") == params


# What YAML would read otherwise: as a comment, a reference, a tag, another type, a mapping, quotes, nothing; or could not read back.
WORDS = r"""
/data/run #1 # #1 a: b a: : - -a -x ? *a &a !a !!int !a(1) % %a @a `a | |a > >a 'a' "a" it's " ' \ a\nb \x41 [a [1,2] {a {a:1} , ] }
yes no on off true false True y n null Null NULL None ~a .. . 1 -1 1e4 0x10 0o17 0b1 012 1_000 .5 1:30 2024-01-01 .inf .nan
<< = --- ... a=b a==b ü/日本/😀 $HOME ${HOME} %(a)s {0}
"""
BLANKS = [
    "/data/run #1",
    "a: b",
    "- a",
    "? a",
    "! a",
    " a",
    "a ",
    "\ta",
    "a\tb",
    "2024-01-01 10:00:00",
    "a  #b",
    "a\nb",
    "a\r\nb",
    "\u00a0a",
]
UNPRINTABLE = ["a\x7fb", "a\x80b", "a\x85b", "a\u2028b", "a\u2029b", "\ufeffa", "a\ufffeb", "a\U000e0001b", "a\U0010ffffb"]
TEXTS = [text for text in [*WORDS.split(), *BLANKS, *UNPRINTABLE] if text != "null"]
TEXT_KEYS = ("corpus.path", "testsets.portraits", "testsets.performer", "face_model")


@pytest.mark.parametrize("texts", [TEXTS[start : start + len(TEXT_KEYS)] for start in range(0, len(TEXTS), len(TEXT_KEYS))])
def test_text_on_the_command_line_stands_for_itself_and_is_read_back(tmp_path, texts):
    typed = dict(zip(TEXT_KEYS, [*texts, *"x" * (len(TEXT_KEYS) - len(texts))], strict=True))
    params = apply_preset(ROOT, "tiny", ["corpus.kind=folder", *(f"{key}={text}" for key, text in typed.items())])
    assert {key: attrgetter(key)(params) for key in TEXT_KEYS} == typed
    write_params(params, tmp_path / "params.yaml")
    assert load_params(tmp_path / "params.yaml") == params


def test_every_kind_of_character_is_read_back(tmp_path):
    codes = [*range(1, 0x3100), 0xD7FF, 0xE000, 0xFDD0, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0xE0001, 0x10FFFF]
    text = f"a{''.join(map(chr, codes))}"
    params = apply_preset(ROOT, "tiny", [f"face_model={text}"])
    write_params(params, tmp_path / "params.yaml")
    assert load_params(tmp_path / "params.yaml").face_model == text


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("data_seed=012", 12),
        ("data_seed= 7", 7),
        ("shards.max_left_out=.5", 0.5),
        ("shards.max_left_out=1", 1.0),
        ("shards.max_seconds_per_clip=1e4", 10_000.0),
        ("shards.max_frames_per_clip=100", 100),
        ("shards.max_frames_per_clip=null", None),
        ("testsets.performer=null", None),
        ("face_model=null", "null"),
        ("testsets.performer=None", "None"),
        ("corpus.landmark_subjects=7", 7),
        ("ldnet.phase1.learning_rate=1e-4", 1e-4),
        ("ldnet.clamp_adversary=false", False),
        ("ldnet.clamp_adversary=true", True),
        ("fdgan.widths=[8, 16,24,32]", (8, 16, 24, 32)),
    ],
)
def test_a_value_on_the_command_line_has_its_keys_type(override, value):
    found = attrgetter(override.partition("=")[0])(apply_preset(ROOT, "laptop", [override]))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("override", "got"),
    [
        ("data_seed=0x10", "'0x10'"),
        ("data_seed=1e4", "'1e4'"),
        ("data_seed=1.0", "'1.0'"),
        ("data_seed=null", "'null'"),
        ("data_seed=", "''"),
        ("corpus.train_subjects=None", "'None'"),
        ("shards.max_left_out=nan", "nan"),
        ("ldnet.clamp_adversary=yes", "'yes'"),
        ("ldnet.clamp_adversary=1", "'1'"),
        ("fdgan.widths=16,24,32,48", "'16,24,32,48'"),
        ("fdgan.widths=[16, 24", "'[16, 24'"),
        ("fdgan.normalisation=null", "'null'"),
        ("face_model=", "''"),
        ("face_model=/data/\udcff", r"'/data/\udcff'"),  # what Python makes of a byte that is not UTF-8
    ],
)
def test_a_value_that_is_not_of_its_keys_type_is_refused_as_typed(override, got):
    with pytest.raises(ReenactError) as caught:
        apply_preset(ROOT, "laptop", [override])
    assert override.partition("=")[0] in str(caught.value)
    assert f"(got {got})" in str(caught.value)


def test_a_corpus_path_below_the_home_folder_is_found(monkeypatch):
    monkeypatch.setenv("HOME", "/somebody")
    assert apply_preset(ROOT, "tiny", ["corpus.kind=folder", "corpus.path=~/videos"]).corpus.path == "/somebody/videos"


@pytest.mark.parametrize(
    ("override", "names"),
    [
        ("corpus.knd=folder", ["corpus.knd", "did you mean kind"]),
        ("devise=cpu", ["devise", "device"]),
        ("ldnet.hidden_layers=many", ["ldnet.hidden_layers", "integer", "'many'"]),
        ("fdgan.image_size=70", ["fdgan.image_size", "16"]),
        ("corpus.kind=voxceleb2", ["corpus.path", "voxceleb2"]),
        ("corpus.path=somewhere", ["corpus.path", "synthetic"]),
        ("corpus.test_subjects=null", ["corpus.test_subjects"]),
        ("corpus.test_subjects=1", ["corpus.test_subjects", "2"]),
        ("corpus.train_subjects=1", ["corpus.train_subjects", "2"]),
        ("evaluate.isim_reference=nobody", ["evaluate.isim_reference", "target", "driver"]),
        ("testsets.self_frames=1", ["testsets.self_frames", "2"]),
        ("testsets.cross_frames=1", ["testsets.cross_frames", "2"]),
        ("data_seed.x=1", ["data_seed"]),
        ("data_seed", ["key=value"]),
        ("training_seed=-1", ["training_seed", "0"]),
        ("shards.max_left_out=1.5", ["shards.max_left_out", "1"]),
        ("shards.max_frames_per_clip=5", ["shards.max_frames_per_clip", "shards.min_frames_per_clip"]),
        ("shards.frame_stride=20", ["shards.frame_stride", "shards.min_frames_per_clip"]),
        ("fdgan.image_size=512", ["fdgan.image_size", "shards.image_size"]),
        ("single_row.rows=[1,1,1,1]", ["single_row.rows"]),
        ("adain.dictionary=two rows", ["adain.dictionary", "one row", "full"]),
        ("pix2pixhd.downsamplings=5", ["pix2pixhd.downsamplings", "4"]),
        ("pix2pixhd.discriminator_scales=3", ["pix2pixhd", "discriminator_scales (3) needs an image_size of 128", "32 pixels"]),
        ("ldnet.phase2.batch_size=1", ["ldnet: phase2.batch_size (1) must be two at least where weight_contrast (20)"]),
        ("ldnet.micro_batches=2", ["ldnet", "micro_batches (2) must be 1 where weight_contrast (20)", "set ldnet.micro_batches=1"]),
        ("evaluate.pca_components=100", ["evaluate.pca_components", "ldnet.pose_code"]),
        ("corpus.synthetic.image_size=201", ["corpus.synthetic.image_size", "multiple of 2"]),
    ],
)
def test_what_is_not_allowed_is_named(override, names):
    with pytest.raises(ReenactError) as caught:
        apply_preset(ROOT, "laptop", [override])
    for name in names:
        assert name in str(caught.value)
    assert len(str(caught.value)) < 500 and "(whole file)" not in str(caught.value)


class OtherSize(Section):
    """A generator's section."""

    image_size: int = 64


class TwoGenerators(Params):
    """The parameters of a project with another generator."""

    other: OtherSize = OtherSize()
    without: LDNetParams = LDNetParams()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"other": {"image_size": 300}}, "other.image_size must not be over shards.image_size (256): there are no finer crops"),
        ({"shards": {"image_size": 80}, "fdgan": {"image_size": 96}}, "fdgan.image_size must not be over shards.image_size (80)"),
        ({"other": {"image_size": 80}}, "other.image_size (80) must be equal"),
    ],
)
def test_every_generators_image_size_fits_the_shards_and_the_others(changed, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        TwoGenerators.model_validate(changed)
    with pytest.raises(ValueError, match=r"fdgan\.image_size \(64\) and .*other\.image_size \(80\)"):
        TwoGenerators.model_validate({"other": {"image_size": 80}})
    sized = [name for name, section in TwoGenerators() if hasattr(section, "image_size")]
    equal = TwoGenerators.model_validate({name: {"image_size": 256} for name in sized})
    assert equal.other.image_size == equal.shards.image_size


def test_the_image_size_of_a_generator_that_is_not_enabled_does_not_matter():
    params = apply_preset(ROOT, "laptop", ["adain.image_size=512"])
    assert (params.adain.image_size, params.fdgan.image_size) == (512, 64)
    with pytest.raises(ReenactError, match=r"adain\.image_size must not be over shards\.image_size"):
        apply_preset(ROOT, "laptop", ["adain.image_size=512", "adain.enabled=true"])
    with pytest.raises(ReenactError, match=r"fdgan\.image_size \(64\) and adain\.image_size \(96\) must be equal"):
        apply_preset(ROOT, "laptop", ["adain.image_size=96", "adain.enabled=true"])
    alone = ["adain.image_size=96", "adain.enabled=true", "dense.enabled=false", "fdgan.enabled=false"]
    assert apply_preset(ROOT, "laptop", alone).adain.enabled


def test_the_former_seed_names_what_replaces_it(tmp_path):
    old = tmp_path / "params.yaml"
    old.write_text(to_yaml(Params()).replace("data_seed: 1\n", "seed: 7\n").replace("training_seed: 1\n", ""), encoding="utf-8")
    with pytest.raises(ReenactError, match=r"params\.yaml.*\n  seed: no longer a key; write data_seed .*training_seed"):
        load_params(old)


def test_unknown_preset_lists_the_known():
    with pytest.raises(ReenactError, match="laptop, paper, release, tables, tiny"):
        apply_preset(ROOT, "desktop", [])


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(ReenactError, match=r"params\.yaml is missing.*reenact preset"):
        load_params(tmp_path / "params.yaml")
    (tmp_path / "broken.yaml").write_text("corpus: [", encoding="utf-8")
    with pytest.raises(ReenactError, match=r"broken\.yaml is not valid YAML"):
        load_params(tmp_path / "broken.yaml")


@pytest.mark.parametrize(("encoding", "readable"), [("utf-8", True), ("utf-8-sig", True), ("utf-16", False), ("latin-1", False)])
def test_a_file_in_another_encoding_is_named_with_what_to_do(tmp_path, encoding, readable):
    (tmp_path / "params.yaml").write_bytes('corpus: {kind: folder, path: "/daten/Jürgen"}\n'.encode(encoding))
    if readable:
        assert load_params(tmp_path / "params.yaml").corpus.path == "/daten/Jürgen"
    else:
        with pytest.raises(ReenactError, match=r"params\.yaml is not UTF-8 .*save it as UTF-8 in your editor"):
            load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("text", ["seed: 2024-13-45", "seed: " + "[" * 5000, "seed: \x01", "a: 1\na: 2", "seed: !!int x"])
def test_what_is_no_yaml_is_named(tmp_path, text):
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ReenactError, match=r"params\.yaml is not valid YAML"):
        load_params(tmp_path / "params.yaml")
