"""Every writing operation of the OpenAPI document leaves one entry in the audit trail, refused or not (R-20)."""

from __future__ import annotations

import pytest

from permissions.audit import trail
from permissions.audit.budget import RefusalBudget
from permissions.models import AuditEntry
from tests.common.every_write import BODIES, EveryWrite, taken_back, writing_operations

pytestmark = pytest.mark.django_db

NO_WRITES = {
    ("post", "/admin/explain"),
    ("post", "/admin/permissions/check"),
    ("post", "/admin/services/{id}/heartbeat"),
}
"""Operations that ask, or that are said again every few seconds."""
ONLY_ON_A_NODE = {("post", "/admin/services/{name}/breaker")}
"""Operations that answer 503 where no node runs."""
BY_WHAT_IS_SENT = {("post", "/admin/auth/token"), ("post", "/admin/auth/refresh")}
"""Operations whose caller is whom the body names."""


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(trail, "refusals", RefusalBudget())


@pytest.fixture
def writes(db):
    return EveryWrite()


def entries_of(client, writes, operation):
    """Status of the answer, and method and outcome of what is on record for it."""
    trail.refusals = RefusalBudget()
    AuditEntry.objects.all().delete()
    response = writes.send(client, operation)
    return response.status_code, list(AuditEntry.objects.values_list("actor", "method", "object", "outcome"))


def test_the_table_of_calls_is_that_of_the_document():
    assert set(writing_operations()) >= BODIES.keys()


def test_r20_every_write_that_succeeds_is_on_record_once(admin, writes):
    found = {}
    for operation in writing_operations():
        with taken_back():
            writes.prepare(admin, operation)
            found[operation] = entries_of(admin, writes, operation)
    assert {one: status for one, (status, _) in found.items() if status != 200 and one not in ONLY_ON_A_NODE} == {}
    silent = NO_WRITES | ONLY_ON_A_NODE
    for operation, (_status, entries) in found.items():
        actor = "alice" if operation in BY_WHAT_IS_SENT else "root"
        path = writes.path(operation).partition("?")[0]
        expected = [] if operation in silent else [(actor, operation[0].upper(), path, "succeeded")]
        assert entries == expected, operation


def test_r20_every_write_that_is_refused_is_on_record_once(admin, anonymous, member, writes):
    for operation in writing_operations():
        if operation in BY_WHAT_IS_SENT:
            continue
        path = writes.path(operation).partition("?")[0]
        status, entries = entries_of(anonymous, writes, operation)
        assert (status, entries) == (401, [("", operation[0].upper(), path, "refused")]), operation
        with taken_back():
            writes.prepare(admin, operation)
            status, entries = entries_of(member, writes, operation)
            outcome = "succeeded" if status == 200 else "refused"
            expected = [] if status == 200 and operation in NO_WRITES else [("u1", operation[0].upper(), path, outcome)]
            assert (entries, status in (200, 400, 403, 404)) == (expected, True), (operation, status)
