"""What `make demo` ends with, beside the page that it speaks of."""

from __future__ import annotations

from pipeline.summary import main
from reenact.config.yaml_text import write_params
from tests.support.every_metric import THREE, all_metrics


def test_it_ends_with_the_pages_own_answer_and_says_where_the_page_is(every, tmp_path, monkeypatch, capsys):
    write_params(THREE, tmp_path / "params.yaml")
    (tmp_path / "results").symlink_to(every.path("results"))
    monkeypatch.chdir(tmp_path)
    with all_metrics():
        main()
    said = " ".join(capsys.readouterr().out.split())
    text = every.path("results", "report.html").read_text(encoding="utf-8")
    paragraphs = [part.partition("</p>")[0] for part in text.split('<p class="answer">')[1:]]
    assert len(paragraphs) >= 2
    for paragraph in paragraphs:
        assert " ".join(paragraph.replace("&#39;", "'").split()) in said
    assert str(every.path("results", "report.html").resolve()) in said
