"""Change sets as pages of the console: kept from forms, looked at, published, scheduled, discarded (G-501)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from configuration.changesets.scheduled import publish_due
from configuration.models import ChangeSet, State
from permissions.models import AuditEntry
from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from services.models import Service, ServiceInstance
from tests.common.factories import make_hour, make_instance, make_permission, make_route, make_service
from tests.integration.test_console import form

pytestmark = pytest.mark.django_db
LIST = "/console/configuration/changeset/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def console(client, admin_user):
    client.force_login(admin_user)
    return client


def page_of(row: Any) -> str:
    return f"/console/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def keep(client: Any, address: str, into: str = "", reason: str = "because", **typed: str) -> Any:
    """What the form at this address says is kept in a set instead of saved."""
    data = form(client.get(address)) | typed | {"_keep": "", "draft-into": into, "draft-reason": reason}
    return client.post(address, data, headers=ENGLISH)


def a_set(reason: str = "because", actor: str = "admin", **values: Any) -> ChangeSet:
    return ChangeSet.objects.create(reason=reason, actor=actor, **{"changes": [], **values})


def press(client: Any, row: ChangeSet, button: str, value: str = "", **typed: str) -> Any:
    """A button of a set's page, with the page's own values for what is not typed."""
    row.refresh_from_db()
    typed = {"_seen": row.updated_at.isoformat(), "reason": row.reason, **typed}
    return client.post(page_of(row), {**typed, button: value}, headers=ENGLISH)


def told(response: Any) -> list[str]:
    return [str(one) for one in response.context["messages"]]


def test_g501_a_forms_edit_is_kept_in_a_new_set_and_in_an_existing_one_and_published_as_one_revision(console):
    route = make_route("/a/*", service="orders", target_url="/*", name="a", rate_limit_rpm=100)
    before = current_revision()
    first = keep(console, page_of(route), reason="a busy weekend", rate_limit_rpm="50")
    row = ChangeSet.objects.get()
    assert (first.status_code, first.url) == (302, page_of(row))
    assert row.changes == [{"action": "update", "kind": "route", "id": str(route.pk), "data": {"rate_limit_rpm": 50}}]
    keep(console, page_of(route.service), into=str(row.pk), reason="", rate_limit_rpm="600")
    row.refresh_from_db()
    assert [one["data"] for one in row.changes] == [{"rate_limit_rpm": 50}, {"limits": {"rate_limit_rpm": 600}}]
    assert (row.reason, row.state, current_revision()) == ("a busy weekend", State.DRAFT, before)
    shown = console.get(page_of(row), headers=ENGLISH).context["items"]
    assert [one["sides"] for one in shown] == [
        {"rate_limit_rpm": {"before_shown": "100", "after_shown": "50"}},
        {"limits.rate_limit_rpm": {"before_shown": "null", "after_shown": "600"}},
    ]
    assert press(console, row, "_publish", reason="a busier weekend").status_code == 302
    route.refresh_from_db()
    row.refresh_from_db()
    newest = Revision.objects.get(number=before + 1)
    assert (route.rate_limit_rpm, row.state, row.revision) == (50, State.PUBLISHED, before + 1)
    assert (newest.reason, newest.actor) == ("a busier weekend", "admin")
    page = console.get(page_of(row), headers=ENGLISH)
    assert "_publish" not in page.content.decode()
    assert press(console, row, "_discard").status_code == 403


def test_the_button_beside_save_asks_for_the_set_and_keeps_what_was_typed(console):
    route = make_route("/a", rate_limit_rpm=100)
    chosen = a_set("the newest draft")
    address = page_of(route)
    page = console.post(address, form(console.get(address)) | {"_draft": "", "rate_limit_rpm": "7"}, headers=ENGLISH)
    assert page.context["draft"]["into"].value() == str(chosen.pk)
    assert page.context["preview"]["changes"][0]["sides"]["rate_limit_rpm"]["after_shown"] == "7"
    assert page.context["adminform"].form["rate_limit_rpm"].value() == "7"
    refused = keep(console, address, reason=" ", rate_limit_rpm="7")
    assert refused.status_code == 200
    assert refused.context["draft"].errors["reason"] == ["Say why: it is what the history will show."]
    assert refused.context["adminform"].form["rate_limit_rpm"].value() == "7"
    assert ChangeSet.objects.count() == 1


@pytest.mark.parametrize("into", ["published", "00000000-0000-0000-0000-000000000000", "no id"])
def test_a_set_that_takes_no_change_is_refused_at_its_field(console, into):
    route = make_route("/a")
    if into == "published":
        into = str(a_set(state=State.PUBLISHED).pk)
    page = keep(console, page_of(route), into=into, rate_limit_rpm="7")
    assert "into" in page.context["draft"].errors


def test_a_mistake_in_the_form_is_told_and_nothing_is_kept(console):
    route = make_route("/a")
    page = keep(console, page_of(route), path_pattern="/admin/x")
    assert "path_pattern" in page.context["adminform"].form.errors
    nothing = keep(console, page_of(route))
    assert nothing.context["draft"].errors["__all__"] == ["Nothing would change: there is nothing to keep."]
    assert not ChangeSet.objects.exists()


def test_what_no_change_set_can_say_is_refused_with_its_field(console):
    instance = make_instance("orders")
    page = keep(console, page_of(instance), host="10.0.0.9")
    (text,) = page.context["draft"].errors["__all__"]
    assert "host" in text
    assert not ChangeSet.objects.exists()


def test_a_new_service_with_an_instance_and_a_route_with_its_permission_become_changes_of_one_set(console):
    permission = make_permission("order.read")
    rows = {
        "instances-TOTAL_FORMS": "1",
        "instances-0-instance_id": "one",
        "instances-0-protocol": "http",
        "instances-0-host": "10.0.0.1",
        "instances-0-port": "80",
        "instances-0-weight": "100",
        "instances-0-priority": "0",
        "instances-0-status": "draining",
    }
    keep(console, "/console/services/service/add/", name="parcels", breaker_max_failures="9", **rows)
    row = ChangeSet.objects.get()
    service = make_service("orders")
    permitted = {"route_permissions-TOTAL_FORMS": "1", "route_permissions-0-permission": str(permission.pk)}
    keep(
        console, "/console/routing/route/add/", into=str(row.pk),
        service=str(service.pk), path_pattern="/new/*", target_url="/*", methods="GET, POST", **permitted,
    )  # fmt: skip
    row.refresh_from_db()
    assert [(one["action"], one["kind"]) for one in row.changes] == [
        ("create", "service"),
        ("create", "instance"),
        ("update", "instance"),
        ("create", "route"),
    ]
    assert not Service.objects.filter(name="parcels").exists()
    press(console, row, "_publish")
    made = ServiceInstance.objects.get(service__name="parcels")
    assert (made.status, made.service.breaker_max_failures) == ("draining", 9)
    route = Route.objects.whole().get()
    assert (route.methods, route.permission_codes, route.service_id) == (["GET", "POST"], ["order.read"], service.pk)


def test_an_update_that_comes_again_takes_the_place_of_the_first(console):
    route = make_route("/a", rate_limit_rpm=100)
    keep(console, page_of(route), rate_limit_rpm="50")
    row = ChangeSet.objects.get()
    keep(console, page_of(route), into=str(row.pk), rate_limit_rpm="60", timeout_seconds="5")
    row.refresh_from_db()
    assert [one["data"] for one in row.changes] == [{"timeout_seconds": 5, "rate_limit_rpm": 60}]


def test_g501_a_preview_tells_what_publishing_would_do_and_publishes_nothing(console):
    make_instance("orders")
    general = make_route("/shop/*", service="orders", target_url="/*", name="general")
    make_route("/shop/special/*", service="orders", target_url="/*", name="special")
    make_hour(service="orders", route="special", requests=7)
    keep(console, page_of(general), priority="10")
    row, before = ChangeSet.objects.get(), current_revision()
    page = press(console, row, "_preview", reason="typed")
    preview = page.context["preview"]
    assert [one["name"] for one in preview["shadowed"]] == ["special"]
    assert [(one["name"], one["requests"]) for one in preview["moved"]] == [("special", 7)]
    assert page.context["form"]["reason"].value() == "typed"
    row.refresh_from_db()
    assert (row.state, row.reason, current_revision()) == (State.DRAFT, "because", before)


def test_a_change_that_is_refused_is_marked_with_its_field_and_the_rest_stays_undone(console):
    route = make_route("/a", rate_limit_rpm=100)
    changes = [
        {"action": "update", "kind": "route", "id": str(route.pk), "data": {"rate_limit_rpm": 5}},
        {"action": "update", "kind": "route", "id": str(route.pk), "data": {"timeout_seconds": 0}},
    ]
    row = a_set(changes=changes)
    page = press(console, row, "_publish", reason="typed")
    assert page.status_code == 200
    first, second = page.context["items"]
    assert (first["errors"], len(second["errors"])) == ([], 1)
    assert second["errors"][0].startswith("timeout_seconds: ")
    assert page.context["form"]["reason"].value() == "typed"
    route.refresh_from_db()
    row.refresh_from_db()
    assert (route.rate_limit_rpm, row.state) == (100, State.DRAFT)


def test_objects_that_have_changed_are_marked_and_refused_until_somebody_has_looked(console):
    route = make_route("/a", rate_limit_rpm=100)
    keep(console, page_of(route), rate_limit_rpm="50")
    Route.objects.filter(pk=route.pk).update(timeout_seconds=9)
    row = ChangeSet.objects.get()
    page = press(console, row, "_publish")
    assert page.context["items"][0]["stale"]
    assert page.context["refused"] is not None
    assert press(console, row, "_renew").status_code == 302
    assert press(console, row, "_publish").status_code == 302
    route.refresh_from_db()
    assert (route.rate_limit_rpm, route.timeout_seconds) == (50, 9)


def test_another_change_kept_in_a_set_hides_no_conflict_of_the_earlier_ones(console):
    one, two = make_route("/a"), make_route("/b")
    keep(console, page_of(one), rate_limit_rpm="50")
    row = ChangeSet.objects.get()
    Route.objects.filter(pk=one.pk).update(timeout_seconds=9)
    keep(console, page_of(two), into=str(row.pk), rate_limit_rpm="60")
    assert [one["index"] for one in console.get(page_of(row)).context["stale"]] == [0]
    forced = press(console, row, "_publish", force="on")
    assert forced.status_code == 302


def test_a_change_is_taken_out_and_the_last_one_is_not(console):
    one, two = make_route("/a"), make_route("/b")
    keep(console, page_of(one), rate_limit_rpm="50")
    row = ChangeSet.objects.get()
    keep(console, page_of(two), into=str(row.pk), rate_limit_rpm="60")
    for place in ("7", "x", "-1"):
        assert press(console, row, "_remove", place).status_code == 200
    press(console, row, "_remove", "0")
    row.refresh_from_db()
    assert [one["id"] for one in row.changes] == [str(two.pk)]
    assert {place: one["id"] for place, one in row.seen.items()} == {"0": str(two.pk)}
    page = press(console, row, "_remove", "0")
    assert page.context["refused"] is not None
    row.refresh_from_db()
    assert len(row.changes) == 1


def test_g501_a_set_is_published_at_its_time_by_who_wrote_it(console):
    route = make_route("/a", rate_limit_rpm=100)
    keep(console, page_of(route), rate_limit_rpm="50")
    row = ChangeSet.objects.get()
    past = press(console, row, "_save", publish_at="2020-01-01T03:00")
    assert past.context["form"].errors["publish_at"] == ["Must lie in the future."]
    at = (timezone.localtime() + timedelta(days=2)).replace(second=0, microsecond=0)
    press(console, row, "_save", reason="at night", publish_at=f"{at:%Y-%m-%dT%H:%M}")
    row.refresh_from_db()
    assert (row.reason, row.publish_at) == ("at night", at)
    listed = console.get(f"{LIST}?condition=scheduled", headers=ENGLISH)
    assert [one.pk for one in listed.context["cl"].result_list] == [row.pk]
    assert not console.get(f"{LIST}?condition=draft").context["cl"].result_count
    ChangeSet.objects.update(publish_at=timezone.now() - timedelta(seconds=1))
    publish_due()
    route.refresh_from_db()
    assert route.rate_limit_rpm == 50


def test_a_set_that_was_refused_at_its_time_says_why(console):
    problem = {"en": {"code": "F40900", "msg": "It is in the way."}, "zh-hant": {"code": "F40900", "msg": "它擋路。"}}
    row = a_set(state=State.FAILED, problem=problem, changes=[{"action": "delete", "kind": "route", "name": "gone"}])
    assert "It is in the way." in console.get(page_of(row), headers=ENGLISH).content.decode()
    assert "它擋路。" in console.get(page_of(row)).content.decode()


def test_a_draft_is_discarded_and_a_page_that_is_old_discards_nothing(console):
    route = make_route("/a")
    keep(console, page_of(route), rate_limit_rpm="50")
    row = ChangeSet.objects.get()
    old = press(console, row, "_discard", _seen="2020-01-01T00:00:00+00:00")
    assert (old.status_code, ChangeSet.objects.count()) == (200, 1)
    assert press(console, row, "_discard").url == LIST
    assert not ChangeSet.objects.exists()


def test_what_is_done_to_drafts_stands_in_the_audit_trail(console):
    route = make_route("/a")
    keep(console, page_of(route), rate_limit_rpm="50")
    row = ChangeSet.objects.get()
    press(console, row, "_preview")
    press(console, row, "_save", reason="another")
    press(console, row, "_discard")
    noted = AuditEntry.objects.filter(via="session").order_by("pk").values_list("object", "outcome", "actor")
    assert list(noted) == [
        (page_of(route), "succeeded", "admin"),
        (page_of(row), "succeeded", "admin"),
        (page_of(row), "succeeded", "admin"),
    ]


def test_a_secret_in_a_draft_is_shown_nowhere(console):
    secret = {"hmac_auth": {}}
    row = a_set(changes=[
        {"action": "create", "kind": "credential",
         "data": {"consumer": "shop", "kind": "basic", "username": "shop", "password": "correct horse battery"}},
        {"action": "create", "kind": "consumer", "data": {"name": "shop", "plugins": secret}},
    ])  # fmt: skip
    page = console.get(page_of(row)).content.decode()
    assert "correct horse" not in page
    assert "********" in page


def test_keys_that_a_set_makes_are_shown_once(console):
    row = a_set(changes=[
        {"action": "create", "kind": "consumer", "data": {"name": "shop"}},
        {"action": "create", "kind": "credential", "data": {"consumer": "shop", "kind": "api_key"}},
    ])  # fmt: skip
    page = press(console, row, "_publish")
    (key,) = page.context["credentials"]
    assert key["key"] in page.content.decode()
    assert key["key"] not in console.get(page_of(row)).content.decode()


def test_the_empty_list_teaches(console):
    assert "Save as draft" in console.get(LIST, headers=ENGLISH).content.decode()
    assert console.get(f"{LIST}add/").status_code == 403


def test_pages_take_as_many_queries_for_many_changes_as_for_one(console):
    routes = [make_route(f"/r{number}", name=f"r{number}") for number in range(12)]

    def queries(row: ChangeSet) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert console.get(page_of(row)).status_code == 200
        return len(captured)

    def of(some: list[Route]) -> ChangeSet:
        changes = [{"action": "update", "kind": "route", "id": str(one.pk), "data": {"priority": 1}} for one in some]
        return a_set(changes=changes)

    one, many = of(routes[:1]), of(routes)
    queries(one)
    assert queries(one) == queries(many)
    with CaptureQueriesContext(connection) as few:
        console.get(LIST)
    for _one in range(5):
        of(routes)
    with CaptureQueriesContext(connection) as more:
        console.get(LIST)
    assert len(few) == len(more)
