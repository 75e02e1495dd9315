"""Settings from the environment: every bad value is refused by the variable's name."""

from __future__ import annotations

import dataclasses
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from gateway_project import checks
from gateway_project.database import databases
from gateway_project.environment import ZERO_HAS_A_MEANING, Environment, gateway_options
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
        ("GATEWAY_HEADER_TIMEOUT_SECONDS", "0"),
        ("GATEWAY_MAX_CONNECTIONS", "0"),
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
    assert "synchronous=FULL" in config["OPTIONS"]["init_command"]


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
    settings.GATEWAY_CORS_ORIGINS = settings.ALLOWED_HOSTS = ("*",)
    assert ids(checks.check_deployment()) == ["gateway.W001", "gateway.W002", "gateway.W003", "gateway.W004"]


def test_a_state_directory_that_cannot_be_written_is_named(settings, tmp_path):
    (tmp_path / "file").touch()
    for directory, found in ((tmp_path / "new" / "one", []), (tmp_path / "file" / "below", ["gateway.E010"])):
        settings.GATEWAY_STATE_DIR = directory
        assert ids(checks.check_state_directory()) == found


def test_options_whose_zero_has_a_meaning_are_options():
    assert {field.name for field in dataclasses.fields(GatewayOptions)} >= ZERO_HAS_A_MEANING


@pytest.mark.parametrize("text", ["example.com", "https://a.example/path", "ftp://a", "https://u@a", "null"])
def test_an_origin_is_a_scheme_and_a_host(text):
    with pytest.raises(ImproperlyConfigured, match="GATEWAY_CORS_ORIGINS"):
        Environment({"GATEWAY_CORS_ORIGINS": f"https://a.example:8443,{text}"}).origins("GATEWAY_CORS_ORIGINS")


@pytest.mark.parametrize(
    "variable",
    [
        "GATEWAY_DEBUG", "GATEWAY_CORS_ORIGINS", "GATEWAY_CSRF_TRUSTED_ORIGINS", "GATEWAY_LOG_LEVEL",
        "GATEWAY_TIME_ZONE", "GATEWAY_ACCESS_SECONDS", "GATEWAY_HSTS_SECONDS", "GATEWAY_SSL_REDIRECT",
        "GATEWAY_ROLLUP_DAYS", "GATEWAY_HEALTH_PROBE_SECONDS", "GATEWAY_TRUSTED_PROXIES", "DATABASE_URL",
    ],
)  # fmt: skip
def test_no_command_starts_with_a_setting_it_cannot_read(monkeypatch, variable):
    monkeypatch.setenv(variable, "no such:thing")
    with pytest.raises(ImproperlyConfigured, match=variable):
        runpy.run_path(str(ROOT / "gateway_project" / "settings.py"))


@pytest.fixture
def production(tmp_path):
    """Variables of an installation behind TLS."""
    (tmp_path / "env").touch()
    return {
        "GATEWAY_ENV_FILE": str(tmp_path / "env"),
        "GATEWAY_STATE_DIR": str(tmp_path / "state"),
        "GATEWAY_SECRET_KEY": "kP3fW8sXq1Zt7Lm0Vb5Yc9Rd2Hg6Jn4Ue8Ta1So3Wi7kP3fW8sXq1Zt7Lm0Vb5",
        "GATEWAY_JWT_SECRET": "Zq7Lm2Wd9Xc4Vb1Nh6Jk3Gf8Ds5Pa0Oi2Uy7Tr4Ee9Q",
        "GATEWAY_ALLOWED_HOSTS": "gateway.example.com",
        "GATEWAY_CSRF_TRUSTED_ORIGINS": "https://gateway.example.com",
        "GATEWAY_SECURE_COOKIES": "true",
        "GATEWAY_SSL_REDIRECT": "true",
        "GATEWAY_HSTS_SECONDS": "31536000",
    }


def test_check_deploy_has_nothing_to_say_of_an_installation_behind_tls(production):
    done = manage("check", "--deploy", "--fail-level", "WARNING", **production)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("System check identified no issues")


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path):
    def migrate() -> int:
        variables = {"GATEWAY_DEBUG": "true", "GATEWAY_STATE_DIR": str(tmp_path), "DATABASE_URL": ""}
        assert manage("migrate", "--verbosity", "0", "revisions", **variables).returncode == 0
        return (tmp_path / "gateway.sqlite3").stat().st_mode & 0o777

    assert migrate() == 0o600
    (tmp_path / "gateway.sqlite3").chmod(0o640)
    assert migrate() == 0o640, "somebody wants it so"
