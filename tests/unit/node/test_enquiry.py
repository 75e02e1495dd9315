from __future__ import annotations

import pytest

from proxy.node.control import enquiry as module
from proxy.node.control.enquiry import FiguresEnquiry
from proxy.node.messages import AskFigures, NodeFigures


def test_an_answer_in_pieces_comes_back_as_one() -> None:
    def answer(question: AskFigures) -> None:
        enquiry.hear(NodeFigures(question.request, "r", {"a": [3.0]}, more=True))
        enquiry.hear(NodeFigures(question.request, "r", {"b": [1.0, 2.0]}, {"g": 5.0}))

    enquiry = FiguresEnquiry(answer)
    found = enquiry.now()
    assert (found.run, found.counters, found.gauges) == ("r", {"a": [3.0], "b": [1.0, 2.0]}, {"g": 5.0})


def test_gauges_come_alone_and_the_last_ones_known_where_no_answer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.02)
    heard: list[AskFigures] = []
    enquiry = FiguresEnquiry(heard.append)
    enquiry._send = lambda question: enquiry.hear(NodeFigures(question.request, "r", {}, {"g": 5.0}))
    assert enquiry.gauges() == {"g": 5.0}
    enquiry._send = heard.append
    assert enquiry.gauges() == {"g": 5.0}
    assert heard[-1].gauges_only


def test_hours_are_kept_apart() -> None:
    def answer(question: AskFigures) -> None:
        assert question.after_hour == 7
        enquiry.hear(NodeFigures(question.request, "r", {"a": [3.0]}, hour=8, more=True))
        enquiry.hear(NodeFigures(question.request, "r", {"a": [1.0]}, hour=9))

    enquiry = FiguresEnquiry(answer)
    found = enquiry.hours_after(7)
    assert found is not None
    assert found.hours == {8: {"a": [3.0]}, 9: {"a": [1.0]}}


def test_without_an_answer_the_last_figures_known_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.02)
    heard: list[AskFigures] = []
    enquiry = FiguresEnquiry(heard.append)
    assert enquiry.now().counters == {}
    assert enquiry.hours_after(1) is None
    enquiry._send = lambda question: enquiry.hear(NodeFigures(question.request, "r", {"a": [8.0]}))
    enquiry.now()
    enquiry._send = heard.append
    assert enquiry.now().counters == {"a": [8.0]}
    enquiry.hear(NodeFigures(heard[-1].request, "r", {"a": [9.0]}))  # too late: nobody waits, and nothing is kept
    assert enquiry._pieces == {}
