"""POST …/restore of a service with its instances, of one credential, of a plugin bound to everything (G-500)."""

from __future__ import annotations

from typing import Any

import pytest

from permissions.models import Consumer, Credential
from revisions.current import current_revision
from routing.models import GlobalPlugin
from services.models import Service, ServiceInstance
from tests.common.factories import make_instance, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db


def restored(admin: Caller, path: str, query: str = "") -> dict[str, Any]:
    status, reply = admin.call("POST", f"/admin/{path}/restore{query}")
    assert (status, reply["code"]) == (200, "S10000"), reply
    content: dict[str, Any] = reply["content"]
    return content


def refusal(who: Caller, path: str, query: str = "") -> dict[str, Any]:
    status, reply = who.call("POST", f"/admin/{path}/restore{query}", **{"Accept-Language": "en"})
    assert status >= 400
    return dict(reply)


def delete_service(admin: Caller, name: str) -> None:
    change = {"action": "delete", "kind": "service", "name": name}
    assert admin.call("POST", "/admin/changesets", {"reason": "x", "changes": [change]})[0] == 200


def test_g500_a_service_that_is_gone_comes_back_with_its_instances(admin):
    service = make_service("orders/eu", rate_limit_rpm=60, owner=team("shop"))
    kept = {make_instance(service).pk, make_instance(service).pk}
    delete_service(admin, "orders/eu")
    assert not ServiceInstance.objects.exists()
    content = restored(admin, "catalog/services/orders/eu")
    back = Service.objects.get(name="orders/eu")
    assert (content["id"], back.pk, back.rate_limit_rpm, back.owner.name) == (str(service.pk), service.pk, 60, "shop")
    assert set(ServiceInstance.objects.values_list("pk", flat=True)) == kept
    assert content["revision"] == current_revision()


def test_g500_a_service_is_named_by_its_id_too(admin):
    service = make_service("orders")
    delete_service(admin, "orders")
    assert restored(admin, f"catalog/services/{service.pk}")["id"] == str(service.pk)


def test_g500_a_service_goes_back_alone_or_with_its_instances(admin):
    service = make_service("orders", rate_limit_rpm=60)
    gone, stays = make_instance(service), make_instance(service, weight=10)
    revision = current_revision()
    Service.objects.filter(pk=service.pk).update(rate_limit_rpm=5)
    admin.call("PUT", "/admin/services/orders/policy", {"limits": {"rate_limit_rpm": 7}})
    admin.call("PUT", f"/admin/services/{stays.pk}", {"weight": 20})
    admin.call("DELETE", f"/admin/services/{gone.pk}")
    later = make_instance(service)

    restored(admin, "catalog/services/orders", f"?as_of={revision}")
    assert Service.objects.get().rate_limit_rpm == 60
    assert set(ServiceInstance.objects.values_list("pk", "weight")) == {(stays.pk, 20), (later.pk, 100)}

    dry = restored(admin, "catalog/services/orders", f"?as_of={revision}&instances=true&dry_run=true")
    assert {(one["kind"], one["action"]) for one in dry["effects"]["changes"]} == {
        ("instance", "create"), ("instance", "update"), ("instance", "delete"),
    }  # fmt: skip
    restored(admin, "catalog/services/orders", f"?as_of={revision}&instances=true")
    assert set(ServiceInstance.objects.values_list("pk", "weight")) == {(stays.pk, 10), (gone.pk, 100)}


def test_g500_a_service_whose_name_is_taken_says_by_whom(admin):
    make_service("orders")
    revision = current_revision()
    delete_service(admin, "orders")
    other = make_service("orders")
    reply = refusal(admin, "catalog/services/orders", f"?as_of={revision}")
    assert (reply["code"], reply["content"]["conflicts_with"]) == ("F40900", [str(other.pk)])


def test_g500_what_is_not_deleted_wants_a_revision(admin):
    make_service("orders")
    reply = refusal(admin, "catalog/services/orders")
    assert list(reply["content"]["errors"]) == ["as_of"]
    assert list(refusal(admin, "catalog/services/orders", "?instances=maybe&as_of=0")["content"]["errors"]) == [
        "instances"
    ]
    for name in ("nobody", "%00", "x" * 800, "00000000-0000-4000-8000-000000000000"):
        assert refusal(admin, f"catalog/services/{name}")["code"] == "F40400"
        assert refusal(admin, f"catalog/services/{name}", "?as_of=0")["code"] == "F40400"


def test_g010_a_service_is_brought_back_by_administrators(admin):
    make_service("orders", owner=team("shop"))
    delete_service(admin, "orders")
    operator = caller(token_of(person("o", "shop", "operator")))
    assert refusal(operator, "catalog/services/orders")["code"] == "F40003"
    assert not Service.objects.exists()


def test_g500_a_key_that_was_taken_back_is_given_again(admin):
    shop = Consumer.objects.create(name="shop")
    key = Credential(consumer=shop, name="till")
    key.give_key()
    key.save()
    path = f"consumers/{shop.pk}/keys/{key.pk}"
    assert admin.call("DELETE", f"/admin/{path}")[0] == 200
    other = Consumer.objects.create(name="other")
    for wrong in (f"consumers/{other.pk}/keys/{key.pk}", f"consumers/{shop.pk}/basic/{key.pk}"):
        assert refusal(admin, wrong)["code"] == "F40400"
    assert restored(admin, path)["id"] == str(key.pk)
    back = Credential.objects.get()
    assert (back.digest, back.identifier, back.name) == (key.digest, key.identifier, "till")


def test_g500_a_password_goes_back_to_a_revision_and_not_without_its_consumer(admin):
    shop = Consumer.objects.create(name="shop")
    row = Credential.objects.create(consumer=shop, kind="basic", identifier="till", digest="first")
    revision, path = current_revision(), f"consumers/{shop.pk}/basic/{row.pk}"
    row.digest = "second"
    row.save()
    restored(admin, path, f"?as_of={revision}")
    assert Credential.objects.get().digest == "first"
    admin.call("DELETE", f"/admin/consumers/{shop.pk}")
    reply = refusal(admin, path)
    assert (reply["code"], reply["content"]["missing"]) == ("F40900", [f"consumer {shop.name}"])


def test_g500_a_plugin_bound_to_everything_comes_back_under_its_name(admin):
    path = "/admin/plugins/global/request_size_limit"
    assert admin.call("PUT", path, {"max_body_bytes": 10})[0] == 200
    revision = current_revision()
    assert admin.call("DELETE", path)[0] == 200
    restored(admin, "plugins/global/request_size_limit")
    assert GlobalPlugin.objects.get().config == {"max_body_bytes": 10}
    assert admin.call("DELETE", path)[0] == 200
    assert admin.call("PUT", path, {"max_body_bytes": 20})[0] == 200
    assert list(refusal(admin, "plugins/global/request_size_limit")["content"]["errors"]) == ["as_of"]
    restored(admin, "plugins/global/request_size_limit", f"?as_of={revision}")
    assert GlobalPlugin.objects.get().config == {"max_body_bytes": 10}
    assert refusal(admin, "plugins/global/cors")["code"] == "F40400"
