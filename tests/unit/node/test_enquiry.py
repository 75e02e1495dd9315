from __future__ import annotations

import pytest

from proxy.node.control import enquiry as module
from proxy.node.control.enquiry import FiguresEnquiry
from proxy.node.messages import AskFigures, NodeFigures


def test_the_answer_to_the_question_comes_back() -> None:
    def answer(question: AskFigures) -> None:
        enquiry.hear(NodeFigures(question.request, {"requests": 3}))

    enquiry = FiguresEnquiry(answer)
    assert enquiry.ask() == {"requests": 3}


def test_without_an_answer_the_last_figures_known_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.02)
    enquiry = FiguresEnquiry(lambda question: None)
    enquiry.hear(NodeFigures(99, {"requests": 8}))
    assert enquiry.ask() == {"requests": 8}
