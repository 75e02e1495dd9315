"""The history keeps to its size (G-500)."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from gateway_project.rest.errors import NotFound
from revisions import history, retention
from revisions.as_of import as_of
from revisions.change import change
from revisions.current import current_revision
from revisions.models import Revision, RevisionItem
from services.models import Service
from tests.common.factories import make_service

pytestmark = pytest.mark.django_db


def seven_revisions() -> int:
    start = current_revision()
    for number in range(7):
        make_service(f"s{number}")
    return start


def test_g500_the_newest_changes_are_kept_and_of_older_revisions_who_when_and_why():
    start = seven_revisions()
    total = Revision.objects.count()
    assert retention.prune(3) == 4
    assert set(RevisionItem.objects.values_list("name", flat=True)) == {"s4", "s5", "s6"}
    assert Revision.objects.count() == total
    assert history.begins() == start + 4
    with as_of(start + 4):
        assert Service.objects.count() == 4
    with pytest.raises(NotFound), as_of(start + 3):
        pytest.fail("read")


def test_g500_nothing_is_forgotten_below_the_limit():
    start = seven_revisions()
    assert retention.prune(7) == 0
    assert history.begins() <= start


def test_g500_a_revision_is_forgotten_whole_or_not_at_all_and_the_newest_never():
    with change():
        seven_revisions()
    assert retention.prune(2) == 0
    make_service("one more")
    assert retention.prune(2) == 7
    assert list(RevisionItem.objects.values_list("name", flat=True)) == ["one more"]


def test_g500_more_than_one_transaction_may_be_needed(monkeypatch):
    seven_revisions()
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    assert retention.prune(1) == 6


def test_the_command_prints_how_many_went():
    seven_revisions()
    out = io.StringIO()
    call_command("prune_revisions", "--keep", "2", stdout=out)
    assert out.getvalue() == "5\n"
    call_command("prune_revisions", stdout=out)
    assert out.getvalue() == "5\n0\n"
