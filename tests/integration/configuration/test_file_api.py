"""G-502: GET and POST /admin/config, and the schema of the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as given_settings
from jsonschema import Draft202012Validator

from configuration.files.exporting import exported
from configuration.files.importing import prepared
from configuration.files.reading import read_document
from configuration.files.schema import configuration_schema
from configuration.files.selection import Selection
from configuration.files.writing import as_yaml
from gateway_project.rest import access
from permissions.models import Role
from proxy.demo.seed import plant
from revisions.change import change
from revisions.models import Revision
from routing.models import Route
from services.models import Service
from tests.common.factories import make_permission, make_route, make_service
from tests.common.random_configuration import CONFIGURATIONS
from tests.common.teams import person, team, token_of
from tests.conftest import Caller, caller

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = {
    "format": 1,
    "services": [{"name": "users"}],
    "routes": [
        {"name": "a", "service_name": "users", "path_pattern": "/a", "method": "GET", "target_url": "/a", "priority": 7}
    ],
}


def test_g502_a_document_goes_out_and_comes_back_over_the_api(admin: Caller):
    plant()
    status, reply = admin.call("GET", "/admin/config")
    assert (status, reply["code"], reply["content"]["format"]) == (200, "S10000", 1)
    number = Revision.objects.count()
    status, again = admin.call("POST", "/admin/config", reply["content"])
    assert (status, again["content"]["revision"], again["content"]["changes"]) == (200, None, [])
    assert Revision.objects.count() == number


def test_g502_yaml_goes_out_and_comes_back_where_it_is_named(admin: Caller):
    plant()
    reply = admin.get("/admin/config", headers={"Accept": "application/yaml"})
    assert reply["Content-Type"] == "application/yaml"
    assert reply.content.decode() == as_yaml(exported(access.LOCAL, Selection()))
    sent = admin.generic("POST", "/admin/config?prune=true", reply.content, content_type="application/yaml")
    assert (sent.status_code, sent.json()["content"]["summary"]["unchanged"]) == (200, 10)
    bad = admin.generic("POST", "/admin/config", b"format: 1\nroutes: [\n", content_type="application/yaml")
    assert (bad.status_code, bad.json()["code"]) == (400, "F40000")


def test_g502_an_import_is_one_revision_with_a_plan_and_a_rehearsal_is_none(admin: Caller):
    number = Revision.objects.count()
    status, reply = admin.call("POST", "/admin/config?dry_run=true", DOCUMENT)
    assert (status, reply["content"]["dry_run"], reply["content"]["summary"]["create"]) == (200, True, 2)
    assert (Revision.objects.count(), Route.objects.count()) == (number, 0)
    status, reply = admin.call("POST", "/admin/config", DOCUMENT, **{"X-Change-Reason": "release 12"})
    assert (status, reply["content"]["revision"]) == (200, number + 1)
    assert reply["content"]["changes"][1] == {
        "action": "create",
        "kind": "route",
        "name": "a",
        "fields": {
            "name": {"before": "(default)", "after": "a"},
            "service_name": {"before": "(default)", "after": "users"},
            "path_pattern": {"before": "(default)", "after": "/a"},
            "method": {"before": "(default)", "after": "GET"},
            "target_url": {"before": "(default)", "after": "/a"},
            "priority": {"before": "(default)", "after": 7},
        },
    }
    assert Revision.objects.first().reason.endswith("release 12")
    status, reply = admin.call("POST", "/admin/config?prune=true", {"format": 1})
    assert reply["content"]["summary"]["delete"] == 4
    assert not Route.objects.live().exists()


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"format": 1, "rotes": []}, "rotes"),
        ({"format": 2}, "format"),
        ({"format": 1, "routes": [{"name": "a", "path": "/"}]}, "routes.a.path"),
        ({"format": 1, "roles": [{"name": "r", "description": "${HOME}"}]}, "roles.r.description"),
        ({"format": 1, "routes": [1]}, "routes.#1"),
        ({"format": 1, "select_labels": {"a": 1}}, "select_labels"),
        ({}, "format"),
    ],
)
def test_g502_a_wrong_document_is_told_by_name_and_not_stored(admin: Caller, document: dict[str, Any], place: str):
    number = Revision.objects.count()
    status, reply = admin.call("POST", "/admin/config", document, **{"Accept-Language": "en"})
    assert (status, reply["code"]) == (400, "F40000")
    assert place in reply["content"]["errors"]
    assert (Revision.objects.count(), Role.objects.filter(name="r").count()) == (number, 0)


def test_g502_parameters_and_sizes_are_held(admin: Caller, member: Caller, anonymous: Caller):
    assert admin.call("GET", "/admin/config?select_label=x")[0] == 400
    assert admin.call("GET", "/admin/config?prune=true")[0] == 400
    assert admin.call("POST", "/admin/config?prune=maybe", {"format": 1})[0] == 400
    big = b"a: " + b"x" * settings.GATEWAY_OPTIONS.max_control_body_bytes
    assert admin.generic("POST", "/admin/config", big, content_type="application/yaml").status_code == 413
    assert member.call("POST", "/admin/config", DOCUMENT)[0] == 403
    assert anonymous.call("GET", "/admin/config")[0] == 401


def test_g502_a_part_is_exported_by_label(admin: Caller):
    make_service("a", labels={"team": "shop"})
    make_service("b")
    _status, reply = admin.call("GET", "/admin/config?select_label=team=shop")
    assert reply["content"] == {
        "format": 1,
        "select_labels": {"team": "shop"},
        "services": [{"name": "a", "labels": {"team": "shop"}}],
    }


@pytest.fixture
def teams() -> dict[str, Caller]:
    """Two teams with a service and a route each, and an operator of each."""
    make_permission("user.read")
    for name in ("red", "blue"):
        Service.objects.filter(pk=make_service(f"{name}-api").pk).update(owner=team(name))
        make_route(f"/{name}", service=f"{name}-api", name=name)
    make_service("everybody")
    return {name: caller(token_of(person(name, name, "operator"))) for name in ("red", "blue")}


def test_g502_an_operator_sees_and_changes_what_belongs_to_his_team_only(teams: dict[str, Caller]):
    _status, reply = teams["red"].call("GET", "/admin/config?with_hashes=true&ids=false")
    document = reply["content"]
    assert [service["name"] for service in document["services"]] == ["red-api"]
    assert [route["name"] for route in document["routes"]] == ["red"]
    assert document.keys() == {"format", "services", "routes"}
    document["routes"][0] |= {"timeout_seconds": 9, "required_permissions": ["user.read"]}
    status, _reply = teams["red"].call("POST", "/admin/config?prune=true", document)
    assert status == 200
    assert Route.objects.get(name="red").timeout_seconds == 9
    assert Service.objects.filter(name__in=["blue-api", "everybody"]).count() == 2
    teams["red"].call("POST", "/admin/config?prune=true", {**document, "routes": []})
    assert list(Route.objects.live().values_list("name", flat=True)) == ["blue"]


@pytest.mark.parametrize(
    ("change_of", "status"),
    [
        ({"services": [{"name": "red-api", "owner": "blue"}]}, 400),
        ({"services": [{"name": "red-api"}]}, 403),
        ({"services": [{"name": "new", "owner": "red"}]}, 403),
        ({"services": [{"name": "blue-api", "owner": "red"}]}, 403),
        ({"roles": [{"name": "mine"}]}, 403),
        (
            {"routes": [{"service_name": "blue-api", "path_pattern": "/x", "method": "GET", "target_url": "/"}]},
            400,
        ),
        (
            {"routes": [{"service_name": "everybody", "path_pattern": "/x", "method": "GET", "target_url": "/"}]},
            403,
        ),
    ],
)
def test_g502_an_operator_cannot_reach_further_by_a_document(
    teams: dict[str, Caller], change_of: dict[str, Any], status: int
):
    number = Revision.objects.count()
    told, reply = teams["red"].call("POST", "/admin/config", {"format": 1, **change_of})
    assert (told, Revision.objects.count()) == (status, number), reply


def test_g502_the_schema_is_the_one_in_the_documentation(admin: Caller, capsys: pytest.CaptureFixture[str]):
    call_command("config_schema")
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(schema)
    kept = json.loads((ROOT / "docs" / "configuration.schema.json").read_text(encoding="utf-8"))
    assert schema == kept, "write it anew: python manage.py config_schema > docs/configuration.schema.json"
    for language in ("zh-TW", "en"):
        assert admin.call("GET", "/admin/config/schema", **{"Accept-Language": language})[1]["content"] == kept
    assert configuration_schema() is configuration_schema()  # drawn once, not for every caller


def test_g502_the_documents_of_the_documentation_obey_the_schema():
    text = (ROOT / "docs" / "configuration-files.md").read_text(encoding="utf-8")
    documents = [part.partition("```")[0] for part in text.split("```yaml\n")[1:]]
    assert documents
    for document in documents:
        Draft202012Validator(configuration_schema()).validate(read_document(document.encode()))


@given_settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(CONFIGURATIONS)
def test_g502_every_exported_document_obeys_the_schema(document: dict[str, Any]):
    routes = [
        {"method": "GET", **route, "service_name": document["services"][0]["name"]} for route in document["routes"]
    ]
    text = json.dumps({"format": 1, **document, "routes": routes}, ensure_ascii=False).replace("${", "$${")
    with change():
        made = prepared(read_document(text.encode()), access.LOCAL, environment={}, prune=True)
        made.carry_out(access.LOCAL, "tester")
    Draft202012Validator(configuration_schema()).validate(exported(access.LOCAL, Selection()))


def test_g502_a_time_of_a_service_may_be_a_text_in_a_file_too(admin):
    service = {"name": "s", "slow_start_seconds": "1m30s", "circuit_breaker": {"open_seconds": "500ms"}}
    validator = Draft202012Validator(configuration_schema())
    assert validator.is_valid({"format": 1, "services": [service]})
    assert not validator.is_valid({"format": 1, "services": [{**service, "slow_start_seconds": "soon"}]})
    assert admin.call("POST", "/admin/config", {"format": 1, "services": [service]})[0] == 200
    shown = admin.call("GET", "/admin/services/s/policy")[1]["content"]
    assert (shown["slow_start_seconds"], shown["circuit_breaker"]["open_seconds"]) == (90, 0.5)


def test_g502_a_wrong_name_is_refused_by_the_schema_too():
    validator = Draft202012Validator(configuration_schema())
    assert validator.is_valid(DOCUMENT)
    assert not validator.is_valid({"format": 1, "routes": [{**DOCUMENT["routes"][0], "timeout": 1}]})  # type: ignore[index]
    assert validator.is_valid({"format": 1, "services": [{"name": "s", "plugins": {"cors": {"enabled": False}}}]})
    assert not validator.is_valid({"format": 1, "services": [{"name": "s", "plugins": {"cors": {}}}]})
