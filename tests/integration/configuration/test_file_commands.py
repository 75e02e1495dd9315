"""G-502: the commands about configuration files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from permissions.models import Consumer, Grant, Permission
from proxy.demo.seed import plant
from revisions.models import Revision
from routing.models import Route
from services.models import Service
from tests.common.factories import make_instance, make_permission, make_route, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.yaml"


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def refused(file: Path, text: str, *options: str) -> list[str]:
    file.write_text(text)
    number = Revision.objects.count()
    with pytest.raises(CommandError) as error:
        run("import_config", str(file), *options)
    assert Revision.objects.count() == number
    return str(error.value).replace(f"{file}: ", "").splitlines()


def test_g502_a_file_is_shown_tried_and_stored_as_one_revision_with_its_reason(file: Path):
    make_permission("user.read")
    file.write_text(
        "format: 1\nservices: [{name: users}]\nroutes:\n"
        "- {name: a, service_name: users, path_pattern: /a, method: GET, target_url: /a,\n"
        "   required_permissions: [user.read]}\n"
    )
    number = Revision.objects.count()
    told = run("import_config", str(file), "--dry-run")
    assert "Plan: 2 to create, 0 to update, 0 to delete; 0 unchanged." in told
    assert told.endswith("Dry run: nothing was stored.\n")
    assert (Revision.objects.count(), Service.objects.count()) == (number, 0)
    run("import_config", str(file), "--reason", "release 12")
    assert Revision.objects.count() == number + 1
    newest = Revision.objects.first()
    assert (newest.actor, newest.reason, newest.items.filter(kind="route").count()) == (
        "import_config",
        "release 12",
        1,
    )
    assert "No changes" in run("import_config", str(file))
    assert Revision.objects.count() == number + 1


def test_g502_a_difference_is_an_exit_code(file: Path):
    plant()
    run("export_config", "--output", str(file))
    run("diff_config", str(file))
    Route.objects.filter(name="demo-open").update(timeout_seconds=7)
    with pytest.raises(SystemExit) as drift:
        run("diff_config", str(file))
    assert drift.value.code == 2
    with pytest.raises(CommandError) as error:
        run("diff_config", str(file) + ".missing")
    assert error.value.returncode == 1


def test_g502_what_a_file_does_not_name_goes_with_prune_only(file: Path):
    make_instance("users", instance_id="a")
    make_route("/a", service="users", name="a")
    file.write_text("format: 1\nservices: [{name: users}]\n")
    assert "not in the file are left" in run("import_config", str(file))
    assert Route.objects.live().count() == 1
    run("import_config", str(file), "--prune")
    assert (Route.objects.live().count(), Service.objects.get().instances.count()) == (0, 0)
    assert Permission.objects.filter(is_system=True).exists()


def test_g502_every_mistake_is_told_at_once_with_line_object_field_and_remedy(file: Path):
    found = refused(
        file,
        "format: 1\n"
        "services:\n"
        "- name: users\n"
        "  circuit_breaker: {max_failures: 0}\n"
        "  instances:\n"
        "  - {instance_id: a, host: 10.0.0.1, port: many}\n"
        "routes:\n"
        "- {name: r, service_name: users, path_pattern: /a, method: FETCH, target_url: /a, timeout: 5}\n",
    )
    assert found == [
        "line 3: services “users”: circuit_breaker.max_failures: Ensure this value is greater than or equal to 1.",
        "line 6: services.instances “users/a”: port: A valid integer is required.",
        "line 8: routes “r”: method: “FETCH” is not one of: GET, POST, PUT, DELETE, PATCH, ANY.",
        "line 8: routes “r”: timeout: Unknown field.",
    ]


@pytest.mark.alike
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("formate: 1", "line 1: formate: Unknown section. There are: format, select_labels, services, routes,"),
        ("services: []", "format: Must be 1, the format this gateway reads."),
        ("format: true", "line 1: format: Must be 1, the format this gateway reads."),
        ("format: 1\nroutes: {}", "line 2: routes: Must be a list."),
        ("format: 1\nroutes: [x]", "line 2: routes “#1”: Must be an object."),
        ("format: 1\nroles: [{name: a}, {name: a}]", "line 2: roles “a”: It is the same as line 2: roles “a”."),
        (
            "format: 1\nroutes: [{service_name: s, path_pattern: /a, method: GET, target_url: /a}]",
            "line 2: routes “GET /a”: service_name: There is no “s”. Add it to services.",
        ),
        ("format: 1\ngrants: [{permission: p, user: u}]", "line 2: grants “p/user:u”: permission: There is no “p”."),
        ("format: 1\ngrants: [{permission: p}]", "line 2: grants “p”: user: Exactly one of user, role and consumer."),
        ("format: 1\nservices: [{name: s, owner: o}]", "line 2: services “s”: owner: There is no group “o”."),
        (
            "format: 1\nservices: [{name: s, plugins: {mirror: {service: t}}}]",
            "line 2: services “s”: plugins: mirror: There is no service “t”.",
        ),
        (
            "format: 1\nconsumers: [{name: c, keys: [{name: k}]}]",
            "line 2: consumers.keys “c/k”: key: Give it, or its hash.",
        ),
        (
            "format: 1\nconsumers: [{name: c, basic: [{username: u}]}]",
            "line 2: consumers.basic “c/u”: password: Give it",
        ),
        (
            "format: 1\nconsumers: [{name: c, basic: [{username: u, hash: x}]}]",
            "line 2: consumers.basic “c/u”: hash: Must be a scrypt hash as the gateway exports it.",
        ),
        (
            "format: 1\nconsumers: [{name: c, jwt_subject: s}, {name: d, jwt_subject: s}]",
            "line 2: consumers “d”: jwt_subject: line 2: consumers “c” has this subject too.",
        ),
        (
            "format: 1\nissuers: [{name: i, algorithms: [HS256], secret: '${NOWHERE}'}]",
            "line 2: issuers “i”: secret: It has none yet: set the variable NOWHERE.",
        ),
    ],
)
def test_g502_a_mistake_is_told_by_name(file: Path, text: str, told: str):
    assert refused(file, text)[0].startswith(told)


def test_g502_a_route_in_the_way_is_named(file: Path):
    make_route("/a", service="users", name="old")
    text = (
        "format: 1\nservices: [{name: users}]\nroutes:\n"
        "- {name: %s, service_name: users, path_pattern: %s, method: GET, target_url: /}\n"
    )
    run("import_config", str(_written(file, text % ("old", "/b"))))
    make_route("/a", service="users", name="other")
    found = refused(file, text % ("old", "/a"))
    told = "routes “other” is in its way, and the file does not name it. Add it to the file, or prune."
    assert found == [f"line 4: routes “old”: {told}"]


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def test_g502_what_is_pruned_must_not_be_needed(file: Path):
    make_route("/a", service="users", name="a", required_permissions=["user.read"])
    found = refused(
        file,
        "format: 1\nservices: [{name: users}]\nroutes:\n"
        "- {name: a, service_name: users, path_pattern: /a, method: GET, target_url: /,\n"
        "   required_permissions: [user.read]}\n",
        "--prune",
    )
    told = "“user.read” would be deleted, for the file does not name it. Add it to permissions."
    assert found == [f"line 4: routes “a”: required_permissions: {told}"]


def test_g502_a_label_selects_a_part_and_nothing_else_is_touched(file: Path):
    shop = {"team": "shop"}
    make_instance(make_service("cart", labels=shop), instance_id="a")
    make_service("other", labels={"team": "ops"})
    make_route("/cart", service="cart", name="cart", labels=shop)
    make_route("/ops", service="cart", name="ops")
    consumer = Consumer.objects.create(name="shop", labels=shop)
    Grant.objects.create(permission=make_permission("user.read"), consumer=consumer)
    run("export_config", "--select-label", "team=shop", "--output", str(file))
    text = file.read_text()
    assert text.startswith("format: 1\nselect_labels:\n  team: shop\nservices:\n- name: cart\n")
    assert "name: ops" not in text
    assert "name: other" not in text
    assert "permission_code" not in text
    assert "- permission: user.read\n  consumer: shop" in text
    run("diff_config", str(file))
    file.write_text("format: 1\nselect_labels: {team: shop}\nservices:\n- {name: cart, labels: {team: shop}}\n")
    run("import_config", str(file), "--prune")
    assert list(Route.objects.live().values_list("name", flat=True)) == ["ops"]
    assert list(Service.objects.values_list("name", flat=True)) == ["cart", "other"]
    assert not Consumer.objects.exists()


def test_g502_what_does_not_bear_the_label_is_refused(file: Path):
    make_service("taken")
    assert refused(file, "format: 1\nservices: [{name: s}]\n", "--select-label", "team=shop") == [
        "line 2: services “s”: labels: Does not bear team=shop. Give it these labels, or leave the selection out."
    ]
    found = refused(file, "format: 1\nselect_labels: {team: shop}\nservices: [{name: taken, labels: {team: shop}}]\n")
    assert found[0].startswith("line 3: services “taken”: services “taken” is in its way, and does not bear team=shop.")
    assert (
        "you asked for team=ops"
        in refused(file, "format: 1\nselect_labels: {team: shop}\n", "--select-label", "team=ops")[0]
    )
    assert refused(file, "format: 1\n", "--select-label", "shop") == ["“shop” is no label. Write key=value."]


def test_g502_variables_come_from_the_environment_of_the_command(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORT", "8081")
    monkeypatch.setenv("ACTIVE", "false")
    file.write_text(
        "format: 1\nservices:\n- name: s\n  instances: [{instance_id: a, host: '${HOST:-10.0.0.9}', port: '${PORT}'}]\n"
        "consumers: [{name: c, is_active: '${ACTIVE}', description: 'port ${PORT} of $${X}'}]\n"
    )
    run("import_config", str(file))
    instance = Service.objects.get().instances.get()
    assert (instance.host, instance.port) == ("10.0.0.9", 8081)
    consumer = Consumer.objects.get()
    assert (consumer.is_active, consumer.description) == (False, "port 8081 of ${X}")


def test_g502_a_file_that_cannot_be_written_or_read_is_told(tmp_path: Path):
    with pytest.raises(CommandError, match="No such file"):
        run("export_config", "--output", str(tmp_path / "no" / "where.yaml"))
    with pytest.raises(CommandError, match="directory"):
        run("import_config", str(tmp_path))
    assert run("export_config", "--format", "json").startswith('{\n  "format": 1,')
