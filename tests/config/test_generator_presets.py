"""Which generators each preset trains and shows, and for how long."""

from __future__ import annotations

from pathlib import Path

from reenact.config.enabled import is_enabled
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.generators.registry import GENERATORS, default

ROOT = Path(__file__).parents[2]


def test_paper_preset_trains_every_generator_and_the_papers_as_long_as_fdgan():
    """Section 4.1. Pix2PixHD has the sizes and the learning rate of its own publication; the dense generator is none of the paper's."""
    params = apply_preset(ROOT, "paper", [])
    generators = params.fdgan, params.single_row, params.adain, params.pix2pixhd
    assert all(section.enabled and section.image_size == 256 for section in (params.dense, *generators)) and params.warp.enabled
    assert {(section.schedule.batch_size, section.schedule.iterations) for section in generators} == {(4, 1_000_000)}
    for section in (params.single_row, params.adain):
        assert section.model_dump().items() >= params.fdgan.model_dump(include=set(type(section).model_fields)).items()
    published = params.pix2pixhd
    assert (published.width, published.downsamplings, published.residual_blocks) == (64, 4, 9)
    assert (published.discriminator_width, published.discriminator_scales, published.weight_feature_matching) == (64, 3, 10)
    assert published.schedule.learning_rate == 2e-4


def test_tables_is_the_default_with_every_generator_and_fdgans_budget_for_the_papers():
    params = apply_preset(ROOT, "tables", [])
    generators = params.fdgan, params.single_row, params.adain, params.pix2pixhd
    everyone = [getattr(params, name) for name in GENERATORS]
    assert all(section.enabled for section in everyone) and len({section.image_size for section in everyone} - {None}) == 1
    assert len({(section.schedule.batch_size, section.schedule.iterations) for section in generators}) == 1
    off = {name: getattr(params, name).model_copy(update={"enabled": False}) for name in ("single_row", "adain", "pix2pixhd")}
    as_long = {"dense": params.dense.model_copy(update={"schedule": Params().dense.schedule})}
    assert params.model_copy(update=off | as_long) == Params()


def test_the_default_has_the_dense_generator_fdgan_and_the_warp():
    """Registered in the order of the tables' columns."""
    assert list(GENERATORS) == ["dense", "fdgan", "single_row", "adain", "pix2pixhd", "warp"]
    assert [name for name in GENERATORS if is_enabled(Params(), name)] == ["dense", "fdgan", "warp"]
    assert default().name == "dense"
