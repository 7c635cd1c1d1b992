from __future__ import annotations

import pytest

from reenact.errors import ReenactError
from reenact.files import read_json
from reenact.report.cards import cards_of
from reenact.report.paper_tables import table1, table3
from reenact.report.table import Table
from reenact.workspace import METRICS


def table(name: str, cards: dict) -> Table:
    return Table(name, "", [], [], [], cards=cards)


def test_cards_of_all_tables_are_gathered_with_every_field_in_words(workspace):
    metrics = {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in ("table1", "table3")}
    found = cards_of([table1(metrics["table1"]), table3(metrics["table3"])])
    assert set(found) == {*metrics["table1"]["cards"], *metrics["table3"]["cards"]}
    for name, card in (metrics["table1"]["cards"] | metrics["table3"]["cards"]).items():
        assert sorted(found[name].values()) == sorted(card.values())
    assert (
        list(found["isim"])[:3] == ["Metric", "Name in files", "Better"]
        and found["isim"]["Command"] == "reenact score, in the project's folder"
    )


def test_a_field_that_nobody_named_is_shown_all_the_same():
    assert cards_of([table("a", {"x": {"new": "1", "title": "X"}})]) == {"x": {"Metric": "X", "new": "1"}}


def test_tables_of_different_evaluations_are_refused():
    with pytest.raises(ReenactError, match=r"different evaluations, as b\.json has another card “x”; measure again"):
        cards_of([table("a", {"x": {"title": "X"}}), table("b", {"x": {"title": "Y"}})])
