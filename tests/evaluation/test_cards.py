"""No figure is written without a card that says what it is."""

from __future__ import annotations

import json

import pytest

from reenact.errors import ReenactError
from reenact.evaluation.cards import Card, Cards, entry, with_cards
from reenact.evaluation.measure import Figure
from reenact.evaluation.own_code import own_version
from reenact.metrics.intervals import RESAMPLES, Value
from reenact.metrics.registry import METRICS

ABOUT = {"dlib": {"backend": "dlib-resnet-v1", "version": "dlib 20", "weights": "net.dat, SHA-256 12", "input": "an upright face"}}
JPEG, PNG = "JPEG of quality 95, 256×256", "PNG, 256×256"


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics, where other tests of this folder have the first ones alone."""


@pytest.fixture
def cards() -> Cards:
    return Cards(ABOUT, "target", "reenact score")


def of(cards: Cards, name: str, images: str = JPEG) -> str:
    return cards.of(METRICS[name], METRICS[name].backend.format(face_model="anny", onnx="net"), images)


def some(value: Value, card: str = "isim", **failures: int) -> dict:
    return entry(Figure(value, failures), "dlib-resnet-v1", card)


def test_a_card_says_all_that_a_figure_depends_on(cards):
    card = cards.cards[of(cards, "isim")]
    assert (card.metric, card.title, card.better, card.compared) == ("isim", "ISIM", "higher", "the target image")
    assert (card.backend, card.version, card.weights, card.input) == tuple(
        (ABOUT["dlib"] | {"version": f"dlib 20; {own_version()}"}).values()
    )
    assert "256 pixels a side" in card.alignment and "largest face" in card.alignment
    assert (card.images, card.reduction, card.command) == (JPEG, "mean over all frames", "reenact score")
    assert "95 %" in card.interval and f"{RESAMPLES:,}" in card.interval and "subjects" in card.interval


def test_every_metric_has_a_card_without_a_gap():
    about = {name: ABOUT["dlib"] for name in ("dlib", "headmodel", "efficientnet", "onnx", "openface", "inception", "lpips")}
    cards = Cards(about, "target", "reenact score")
    for name in METRICS:
        assert of(cards, name) == name
        assert all(vars(cards.cards[name]).values())
    assert list(cards.cards) == list(METRICS)


def test_what_this_package_computes_alone_names_its_version(cards):
    assert {cards.cards[of(cards, name)].version for name in ("ssim", "akd", "jitter")} == {own_version()}


@pytest.mark.parametrize(
    ("reference", "compared"), [("target", "the target image"), ("driver", "the true frame in SelfTest, the target image in CrossTest")]
)
def test_the_person_is_who_the_parameters_name(reference, compared):
    cards = Cards(ABOUT, reference, "")
    assert cards.cards[of(cards, "isim")].compared == compared
    assert cards.cards[of(cards, "ssim")].compared == "the true frame, in SelfTest alone"


def test_a_metric_of_whole_pictures_looks_for_no_face(cards):
    assert cards.cards[of(cards, "ssim")].alignment == "none" != cards.cards[of(cards, "reidentified")].alignment


def test_pictures_of_another_format_have_a_card_of_their_own(cards):
    names = [of(cards, "isim", images) for images in (JPEG, PNG, JPEG, PNG)]
    assert names == ["isim", "isim (2)", "isim", "isim (2)"]
    assert [cards.cards[name].images for name in names[:2]] == [JPEG, PNG]
    assert of(cards, "isim", "video h264") == "isim (3)"
    assert of(cards, "isim_centred", PNG) == "isim_centred"


def test_a_card_that_is_of_no_metric_gets_the_command(cards):
    card = Card(*"abcdefghijkl", command="")
    assert cards.add("distance", card) == "distance"
    assert (cards.cards["distance"].command, cards.cards["distance"].metric) == ("reenact score", "a")


def test_a_figure_stands_with_its_interval_and_failures_and_note():
    value = Value(0.5, 40, 0.4, 0.7, note="12 samples, under 2,048")
    found = entry(Figure(value, {"no face found": 3}), "dlib-resnet-v1", "fd", published=0.25)
    assert found == {
        "value": 0.5,
        "backend": "dlib-resnet-v1",
        "paper": 0.25,
        "n": 40,
        "failures": {"no face found": 3},
        "low": 0.4,
        "high": 0.7,
        "note": "12 samples, under 2,048",
        "card": "fd",
    }


def test_a_figure_of_one_subject_has_no_interval():
    assert some(Value(0.5, 40)) == {"value": 0.5, "backend": "dlib-resnet-v1", "paper": None, "n": 40, "failures": {}, "card": "isim"}


def test_a_figure_that_no_frame_has_is_null():
    found = some(Value(float("nan"), 0), **{"no value": 40})
    assert found["value"] is None and found["failures"] == {"no value": 40}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_table_carries_the_cards_of_its_figures_alone(cards):
    for name in ("isim", "ssim", "psim"):
        of(cards, name)
    table = {"self": {"fdgan": {"driver": {"isim": some(Value(0.5, 4))}}}, "cross": {"mine": {"ssim": some(Value(0.1, 4), "ssim")}}}
    found = with_cards(table | {"about": {"value of": "nothing"}}, cards.cards)
    assert list(found["cards"]) == ["isim", "ssim"]
    assert found["cards"]["isim"] == vars(cards.cards["isim"])
    assert {key: found[key] for key in ("self", "cross", "about")} == table | {"about": {"value of": "nothing"}}
    assert "cards" not in table
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("card", ["", "psim", None])
def test_a_figure_without_a_card_is_refused_by_its_place(cards, card):
    of(cards, "isim")
    figure = some(Value(0.5, 4), "psim")
    figure = {key: value for key, value in figure.items() if key != "card"} if card is None else figure | {"card": card}
    table = {"self": {"fdgan": {"driver": {"isim": some(Value(0.5, 4)), "psim": figure}}}}
    with pytest.raises(ReenactError, match="the figure self/fdgan/driver/psim has no card"):
        with_cards(table, cards.cards)


def test_the_papers_own_numbers_are_no_figures_of_ours(cards):
    assert with_cards({"published": {"x2face": {"isim": 0.7}}}, cards.cards)["cards"] == {}
