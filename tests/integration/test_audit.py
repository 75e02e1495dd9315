"""The audit trail: every write and login, and those that were refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from permissions import api_tokens
from permissions.audit import trail
from permissions.audit.budget import PER_ADDRESS
from permissions.models import AuditEntry
from revisions.models import Revision
from tests.common.factories import INSTANCE_BODY, ROUTE_BODY, make_route, make_service
from tests.common.teams import person, token_of
from tests.conftest import caller
from tests.integration.test_console import form

pytestmark = pytest.mark.django_db

PATH = "/admin/audit"


@pytest.fixture(autouse=True)
def _never_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "_cleaned", [])


def entries() -> list[tuple[Any, ...]]:
    return list(
        AuditEntry.objects.order_by("id").values_list("actor", "via", "action", "method", "object", "outcome", "status")
    )


def test_a_write_is_on_record_with_who_where_and_its_revision(admin):
    admin.call("POST", "/admin/routes", ROUTE_BODY, **{"X-Request-ID": "request-1", "X-Forwarded-For": "192.0.2.9"})
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.via, entry.action, entry.outcome) == ("root", "token", "write", "succeeded")
    assert (entry.method, entry.object, entry.request_id) == ("POST", "/admin/routes", "request-1")
    assert entry.address
    assert entry.revision == Revision.objects.order_by("number").last().number


def test_a_change_that_is_taken_back_leaves_no_entry_of_a_success(admin):
    make_route("/a", methods=["GET"])
    AuditEntry.objects.all().delete()
    body = {**ROUTE_BODY, "path_pattern": "/a", "target_url": "/"}
    assert admin.call("POST", "/admin/routes", body)[0] == 409
    assert entries() == [("root", "token", "write", "POST", "/admin/routes", "refused", 409)]


def test_refused_writes_are_on_record(member, anonymous):
    member.call("POST", "/admin/routes", ROUTE_BODY)
    anonymous.call("DELETE", "/admin/services/a")
    assert entries() == [
        ("u1", "token", "write", "POST", "/admin/routes", "refused", 403),
        ("", "nothing", "write", "DELETE", "/admin/services/a", "refused", 401),
    ]


def test_what_a_database_or_a_log_cannot_take_is_on_record_without_it(admin):
    assert admin.call("DELETE", "/admin/services/a%00b%0Ac")[0] == 404
    assert AuditEntry.objects.get().object == "/admin/services/a\ufffdb\ufffdc"


def test_reads_and_heartbeats_leave_nothing(admin):
    admin.call("POST", "/admin/services", {**INSTANCE_BODY, "ttl_seconds": 60})
    AuditEntry.objects.all().delete()
    assert admin.call("POST", "/admin/services/user-service-001/heartbeat")[0] == 200
    admin.call("GET", "/admin/routes")
    admin.call("GET", "/admin/routes/nothing")
    assert entries() == []


def test_logins_are_on_record_with_the_name_that_was_given(anonymous, client):
    person("alice", is_staff=True)
    for password in ("x", "wrong"):
        anonymous.call("POST", "/admin/auth/token", {"username": "alice", "password": password})
        client.post("/console/login/?next=/console/", {"username": "alice", "password": password})
        client.logout()
    found = [(actor, action, path, outcome) for actor, _via, action, _m, path, outcome, _s in entries()]
    assert found == [
        ("alice", "login", "/admin/auth/token", "succeeded"),
        ("alice", "login", "/console/login/", "succeeded"),
        ("alice", "login", "/admin/auth/token", "refused"),
        ("alice", "login", "/console/login/", "refused"),
    ]


def test_tokens_made_and_taken_back_are_on_record():
    alice = person("alice")
    client = caller(token_of(alice))
    client.call("POST", "/admin/tokens", {"name": "ci"})
    client.call("DELETE", f"/admin/tokens/{alice.api_tokens.get().pk}")
    assert [(actor, action) for actor, _via, action, *_rest in entries()] == [
        ("alice", "token_create"),
        ("alice", "token_revoke"),
    ]


def test_what_a_script_did_says_so():
    key = api_tokens.create(person("root", "administrator"), "ci", "admin").key
    caller(key).call("POST", "/admin/routes", ROUTE_BODY)
    assert entries() == [("root", "api_token", "write", "POST", "/admin/routes", "succeeded", None)]


def test_the_console_is_on_record_once_a_form(client, admin_user):
    client.force_login(admin_user)
    page = f"/console/services/service/{make_service('user-service').pk}/change/"
    data = form(client.get(page)) | {"rate_limit_rpm": "600"}
    AuditEntry.objects.all().delete()
    assert client.post(page, data).status_code == 302
    assert client.post("/console/auth/group/add/", {"name": "team-c"}).status_code == 302
    client.post("/console/auth/group/add/", {"name": ""})
    assert [(actor, via, path) for actor, via, _a, _m, path, _o, _s in entries()] == [
        ("admin", "session", page),
        ("admin", "session", "/console/auth/group/add/"),
    ]


def test_changes_by_hand_on_the_machine_are_on_record():
    make_service("user-service")
    assert entries() == [("", "command", "write", "", "", "succeeded", None)]


def test_refusals_of_one_address_do_not_fill_the_disk(member):
    for _ in range(PER_ADDRESS + 5):
        member.call("DELETE", "/admin/routes/x")
    assert AuditEntry.objects.count() == PER_ADDRESS


def test_entries_are_kept_as_long_as_the_setting_says(settings):
    settings.GATEWAY_AUDIT_DAYS = 30
    make_service("old")
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=31))
    trail._cleaned.clear()
    make_service("new")
    assert AuditEntry.objects.count() == 1


def test_the_trail_is_read_by_administrators_with_filters(admin, member):
    admin.call("POST", "/admin/routes", ROUTE_BODY)
    member.call("DELETE", "/admin/routes/x")

    def total(query: str) -> int:
        status, reply = admin.call("GET", f"{PATH}?{query}")
        assert status == 200, reply
        return int(reply["content"]["total"])

    assert total("") == 2
    assert total("actor=root") == total("outcome=refused") == total("object=/routes/x") == 1
    assert total("action=write&since=2020-01-01 00:00:00") == 2
    assert total("until=2020-01-01 00:00:00") == total("action=login") == 0
    assert admin.call("GET", f"{PATH}?action=nonsense")[0] == 400
    assert admin.call("GET", f"{PATH}?since=soon")[0] == 400
    assert member.call("GET", PATH)[1]["code"] == "F40003"


def test_the_page_of_the_trail_is_for_administrators_and_changes_nothing(client, admin_user):
    make_service("user-service")
    client.force_login(admin_user)
    page = f"/console/permissions/auditentry/{AuditEntry.objects.get().pk}/"
    assert client.get("/console/permissions/auditentry/").status_code == 200
    assert client.get(f"{page}change/").status_code == 200
    assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 403


def test_the_page_of_tokens_makes_one_shows_it_once_and_takes_it_back(client, admin_user):
    client.force_login(admin_user)
    response = client.post("/console/permissions/apitoken/add/", {"name": "ci", "scope": "admin"})
    token = admin_user.api_tokens.get()
    (shown,) = response.context["credentials"]
    assert caller(shown.key).call("GET", "/admin/permissions")[0] == 200
    assert shown.key not in client.get("/console/permissions/apitoken/").content.decode()
    client.post("/console/permissions/apitoken/", {"action": "take_back", "_selected_action": [token.pk]})
    assert caller(shown.key).call("GET", "/admin/permissions")[0] == 401


def test_the_page_of_tokens_gives_no_more_than_the_person_may(client):
    alice = person("alice", "operator", is_staff=True)
    alice.user_permissions.set(_permissions("apitoken"))
    other = api_tokens.create(person("bob"), "ci", "read")
    client.force_login(get_user_model().objects.get(pk=alice.pk))
    refused = client.post("/console/permissions/apitoken/add/", {"name": "ci", "scope": "admin"})
    assert "scope" in refused.context["adminform"].form.errors
    assert "bob" not in client.get("/console/permissions/apitoken/").content.decode()
    client.post("/console/permissions/apitoken/", {"action": "take_back", "_selected_action": [other.pk]})
    other.refresh_from_db()
    assert other.revoked_at is None


def _permissions(model: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(content_type__model=model)
