"""Settings from the environment: every bad value is refused by the variable's name."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from gateway_project import checks
from gateway_project.database import databases
from gateway_project.environment import Environment, gateway_options
from gateway_project.secrets import DEVELOPMENT_PREFIX, secret
from proxy.options import GatewayOptions

ROOT = Path(__file__).resolve().parents[3]


def test_every_option_of_the_data_plane_has_a_variable():
    given = {
        "int": "7",
        "int | None": "7",
        "float": "1.5",
        "bool": "false",
        "str": "text",
        "LimitFallback": "closed",
        "tuple[str, ...]": "10.0.0.0/8, ::1",
    }
    fields = dataclasses.fields(GatewayOptions)
    options = gateway_options(Environment({f"GATEWAY_{one.name.upper()}": given[str(one.type)] for one in fields}))
    wanted = {"int": 7, "int | None": 7, "float": 1.5, "bool": False, "str": "text", "LimitFallback": "closed"}
    for field in fields:
        assert getattr(options, field.name) == wanted.get(str(field.type), ("10.0.0.0/8", "::1"))


def test_without_variables_the_options_are_the_defaults():
    assert gateway_options(Environment({})) == GatewayOptions()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GATEWAY_MAX_HEADER_COUNT", "many"),
        ("GATEWAY_MAX_HEADER_COUNT", "-1"),
        ("GATEWAY_HEADER_TIMEOUT_SECONDS", "1e9"),
        ("GATEWAY_SEND_FORWARDED", "perhaps"),
        ("GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8,everyone"),
        ("GATEWAY_LIMIT_FALLBACK", "shut"),
    ],
)
def test_a_bad_value_is_refused_by_the_variables_name(variable, value):
    with pytest.raises(ImproperlyConfigured, match=variable):
        gateway_options(Environment({variable: value}))


def test_an_empty_limit_is_none():
    assert gateway_options(Environment({"GATEWAY_MAX_BODY_BYTES": ""})).max_body_bytes is None


def test_a_missing_secret_is_refused_with_the_remedy():
    with pytest.raises(ImproperlyConfigured, match=r"(?s)GATEWAY_SECRET_KEY is not set.*token_urlsafe"):
        secret(Environment({}), "GATEWAY_SECRET_KEY", debug=False)


def test_a_development_secret_is_refused_outside_debugging():
    stand_in = secret(Environment({}), "GATEWAY_SECRET_KEY", debug=True)
    assert stand_in.startswith(DEVELOPMENT_PREFIX)
    with pytest.raises(ImproperlyConfigured, match="stand-in"):
        secret(Environment({"GATEWAY_SECRET_KEY": stand_in}), "GATEWAY_SECRET_KEY", debug=False)


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense", "oracle://a"])
def test_another_database_is_refused(url, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        databases(Environment({"DATABASE_URL": url}), tmp_path)


def test_sqlite_is_the_default_and_waits_for_other_writers(tmp_path):
    config = databases(Environment({}), tmp_path / "var")["default"]
    assert config["NAME"] == str(tmp_path / "var" / "gateway.sqlite3")
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert config["OPTIONS"]["timeout"] >= 5
    assert "journal_mode=WAL" in config["OPTIONS"]["init_command"]


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GATEWAY_")}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=kept | variables, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_project_does_not_start_without_secrets(tmp_path):
    empty = tmp_path / "env"
    empty.touch()
    done = manage("check", GATEWAY_ENV_FILE=str(empty), GATEWAY_STATE_DIR=str(tmp_path))
    assert done.returncode != 0
    assert "GATEWAY_SECRET_KEY is not set" in done.stderr


def test_an_env_file_fills_in_what_the_environment_leaves_open(tmp_path):
    file = tmp_path / "env"
    file.write_text(f"GATEWAY_SECRET_KEY={'a' * 40}\nGATEWAY_JWT_SECRET=short\n")
    settings = {"GATEWAY_ENV_FILE": str(file), "GATEWAY_STATE_DIR": str(tmp_path)}
    assert manage("check", GATEWAY_JWT_SECRET="b" * 40, **settings).returncode == 0
    done = manage("check", **settings)
    assert done.returncode != 0
    assert "gateway.E002" in done.stderr


def test_an_env_file_that_was_named_must_be_there(tmp_path):
    done = manage("check", GATEWAY_ENV_FILE=str(tmp_path / "nowhere"))
    assert "GATEWAY_ENV_FILE" in done.stderr
    assert done.returncode != 0


def ids(found: list) -> list[str]:
    return [one.id for one in found]


def test_checks_name_short_and_shared_secrets(settings):
    assert checks.check_secrets() == []
    settings.SECRET_KEY = settings.GATEWAY_JWT_SECRET = "short"
    assert ids(checks.check_secrets()) == ["gateway.E001", "gateway.E002", "gateway.E003"]


def test_an_unknown_time_zone_is_refused():
    assert Environment({"GATEWAY_TIME_ZONE": "Asia/Taipei"}).time_zone("GATEWAY_TIME_ZONE", "UTC") == "Asia/Taipei"
    for text in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(ImproperlyConfigured, match="GATEWAY_TIME_ZONE"):
            Environment({"GATEWAY_TIME_ZONE": text}).time_zone("GATEWAY_TIME_ZONE", "UTC")


def test_deployment_checks_name_what_is_for_development_only(settings):
    assert checks.check_deployment() == []
    settings.DEBUG = True
    settings.SECRET_KEY = DEVELOPMENT_PREFIX
    settings.GATEWAY_CORS_ORIGINS = ("*",)
    assert ids(checks.check_deployment()) == ["gateway.W001", "gateway.W002", "gateway.W003"]
