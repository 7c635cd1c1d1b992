from __future__ import annotations

import pytest

from reenact.config.schema import Params
from reenact.report import page
from reenact.report.table import ROUGH, Cell, Table


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All generators, not those of the other tests of this folder alone."""


def enabled(*names: str) -> Params:
    """Parameters that enable these generators alone."""
    every = ("dense", "fdgan", "single_row", "adain", "pix2pixhd", "warp")
    return Params.model_validate({name: {"enabled": name in names} for name in every})


def test_it_says_what_made_the_results_and_calls_no_warp_a_network():
    whole = "Every picture called a result was generated, and so was what stands to the right of the driver in each video: "
    assert page.made_by(enabled("dense")) == f"{whole}by the network Dense."
    assert page.made_by(enabled("dense", "fdgan", "warp")) == f"{whole}by the networks Dense and FD-GAN, or by Warp, which is no network."
    assert page.made_by(enabled("warp")) == f"{whole}by Warp, which is no network."


def test_it_says_which_networks_are_not_trained():
    said = "Not trained, as the parameters switch them off: FD-GAN-1, AdaIN and Pix2PixHD."
    assert page.not_trained(enabled("dense", "fdgan", "warp")) == said
    assert page.not_trained(enabled("dense", "fdgan", "single_row", "adain")) == (
        "Not trained, as the parameters switch it off: Pix2PixHD."
    )
    assert page.not_trained(enabled("dense", "fdgan", "single_row", "adain", "pix2pixhd")) == ""


def test_the_mark_of_rough_figures_is_explained_where_one_has_it():
    def table(remarks: str) -> Table:
        return Table("t", "T", ["", "x"], [[Cell("a"), Cell("1", 1, remarks=remarks)]], [])

    assert page.rough([table(""), table("no face found: 1")]) == ""
    assert page.rough([table(""), table(f"no face found: 1, {ROUGH}")]).startswith("A figure marked “rough” is of fewer frames or people")
