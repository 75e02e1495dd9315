"""Secrets at rest: sealed in every column, plain in memory, opened under former keys, else closed."""

from __future__ import annotations

import json
import logging
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from configuration.models import ChangeSet
from permissions.compile import issuer_specs
from permissions.models import Consumer, TokenIssuer
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from revisions.models import RevisionItem
from revisions.sealed_fields import UnreadableText
from revisions.sealing import MARK, CannotOpen, opened, seal
from routing.compile import route_specs
from routing.models import GlobalPlugin
from services.compile import service_specs
from services.models import Service
from tests.common.factories import make_route, make_service

pytestmark = pytest.mark.django_db
SECRET = "a-shared-secret-that-nobody-may-read-0123456789"
OTHER_KEY = "another-key-of-the-installation-0123456789abcdef0123456789"
PLUGINS = {"change_headers": {"request": {"set": {"x-upstream-key": SECRET}}}}


def stored() -> str:
    """Every column of every table as the database has it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


def make_everything() -> None:
    """A secret wherever one can be."""
    TokenIssuer.objects.create(name="idp", issuer="idp", algorithms=["HS256"], secret=SECRET)
    route = make_route("/a")
    route.plugins = PLUGINS
    route.save()
    service = make_service("other")
    service.plugins = PLUGINS
    service.save()
    Service.objects.filter(pk=service.pk).update(plugins=PLUGINS)
    Consumer.objects.create(name="mobile", plugins=PLUGINS)
    GlobalPlugin.objects.create(name="change_headers", config=PLUGINS["change_headers"])
    changes = [{"action": "create", "kind": "issuer", "data": {"name": "x", "secret": SECRET}}]
    ChangeSet.objects.create(reason="later", changes=changes)


def test_no_secret_lies_in_the_database_as_it_is() -> None:
    make_everything()
    assert SECRET not in stored()
    assert TokenIssuer.objects.get(name="idp").secret == SECRET
    assert Service.objects.get(name="other").plugins == PLUGINS
    assert GlobalPlugin.objects.get().config == PLUGINS["change_headers"]
    assert ChangeSet.objects.get().changes[0]["data"]["secret"] == SECRET
    assert RevisionItem.objects.get(kind="issuer").after["secret"] == SECRET
    assert RevisionItem.objects.get(kind="consumer").after["plugins"] == PLUGINS
    assert [spec.secret for spec in issuer_specs()][1] == SECRET


def test_the_same_text_is_sealed_otherwise_each_time_and_a_changed_one_is_refused() -> None:
    one, other = seal(SECRET), seal(SECRET)
    assert one != other
    assert opened(one) == opened(other) == SECRET
    with pytest.raises(CannotOpen):
        opened(one[:-4] + "AAA=")


def test_what_is_empty_stays_empty_for_constraints_and_size() -> None:
    TokenIssuer.objects.create(name="pem", issuer="p", algorithms=["RS256"], jwks_url="https://idp.example/keys")
    make_service("plain")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM permissions_tokenissuer")
        assert cursor.fetchall() == [("",)]
    assert MARK not in stored()


def test_another_key_opens_nothing_and_whatever_needs_the_secret_fails_closed(settings, caplog) -> None:
    make_everything()
    before = stored()
    settings.SECRET_KEY = OTHER_KEY
    with caplog.at_level(logging.ERROR, "gateway.secrets"):
        row = TokenIssuer.objects.get(name="idp")
    assert row.secret == ""
    assert isinstance(row.secret, UnreadableText)
    assert SECRET not in caplog.text
    with pytest.raises(ValidationError):
        row.full_clean()
    with pytest.raises(ValidationError):
        Service.objects.get(name="other").full_clean()
    row.save()
    assert before.count(MARK) <= stored().count(MARK), "what cannot be opened is kept"


def test_a2_a_route_whose_plugins_cannot_be_opened_is_refused_and_not_open(settings) -> None:
    make_everything()
    settings.SECRET_KEY = OTHER_KEY
    runtime = GatewayRuntime(GatewayOptions(access_log=""))
    runtime.apply(Configuration(revision=1, services=service_specs(), routes=route_specs()))
    route, _captures = runtime.snapshot.table.match("GET", b"x", b"/a", lambda _name: None, b"", "127.0.0.1")
    assert "unreadable" in route.problem


def test_a_new_key_is_given_the_old_one_until_everything_is_sealed_anew(settings) -> None:
    make_everything()
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OTHER_KEY, [old]
    assert TokenIssuer.objects.get(name="idp").secret == SECRET
    revision = RevisionItem.objects.count()
    told = StringIO()
    call_command("reseal_secrets", stdout=told)
    assert "rows are sealed with the key in force" in told.getvalue()
    settings.SECRET_KEY_FALLBACKS = []
    assert TokenIssuer.objects.get(name="idp").secret == SECRET
    assert RevisionItem.objects.get(kind="issuer").after["secret"] == SECRET
    assert ChangeSet.objects.get().changes[0]["data"]["secret"] == SECRET
    assert Service.objects.get(name="other").plugins == PLUGINS
    assert RevisionItem.objects.count() == revision


def test_nothing_is_sealed_anew_when_something_cannot_be_opened(settings) -> None:
    make_everything()
    before = stored()
    settings.SECRET_KEY = OTHER_KEY
    with pytest.raises(CommandError, match="GATEWAY_SECRET_KEY_FALLBACKS"):
        call_command("reseal_secrets")
    assert stored() == before


def test_a_dump_is_sealed_and_can_be_loaded(tmp_path) -> None:
    make_everything()
    told = StringIO()
    call_command("dumpdata", "permissions", "services", "routing", "configuration", "revisions", stdout=told)
    assert SECRET not in told.getvalue()
    TokenIssuer.objects.all().delete()
    Consumer.objects.all().delete()
    wanted = [
        one
        for one in json.loads(told.getvalue())
        if one["model"] in ("permissions.tokenissuer", "permissions.consumer")
    ]
    (tmp_path / "dump.json").write_text(json.dumps(wanted))
    call_command("loaddata", str(tmp_path / "dump.json"), verbosity=0)
    assert TokenIssuer.objects.get(name="idp").secret == SECRET
    assert Consumer.objects.get(name="mobile").plugins == PLUGINS
    assert SECRET not in stored()


def test_what_a_caller_writes_is_never_opened() -> None:
    """Whoever has a copy of a sealed text must not have it opened by putting it into a field that is shown."""
    token = seal(SECRET)
    ChangeSet.objects.create(reason="r", changes=[{"data": {"description": token, "secret": token}}])
    assert ChangeSet.objects.get().changes == [{"data": {"description": token, "secret": token}}]
