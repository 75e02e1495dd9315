"""Which gateway the client asks, and with which token."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_client.errors import Misused
from gateway_client.settings import Settings, settings_of

FILE = """
url = "https://one.example/"
token = "from-file"

[profiles.staging]
url = "https://staging.example"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "gateway" / "client.toml"
    file.parent.mkdir()
    file.write_text(FILE)
    file.chmod(0o600)
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def test_without_anything_it_is_the_gateway_of_this_machine(tmp_path: Path) -> None:
    assert settings_of({}, environment={"HOME": str(tmp_path)}) == Settings()


def test_the_file_gives_way_to_the_environment_and_that_to_options(environment: dict[str, str]) -> None:
    assert settings_of({}, environment=environment) == Settings("https://one.example", "from-file")
    environment |= {"GATEWAY_URL": "http://two.example", "GATEWAY_TOKEN": "from-environment"}
    assert settings_of({}, environment=environment) == Settings("http://two.example", "from-environment")
    given = {"url": "http://three.example", "token": None, "timeout_seconds": 5.0}
    assert settings_of(given, environment=environment) == Settings("http://three.example", "from-environment", 5.0)


def test_a_profile_is_laid_over_the_rest_of_the_file(environment: dict[str, str]) -> None:
    assert settings_of({}, "staging", environment) == Settings("https://staging.example", "from-file")
    with pytest.raises(Misused, match=r"no profile live: add a table \[profiles.live\]"):
        settings_of({}, "live", environment)


def test_a_token_that_others_can_read_is_refused_with_the_remedy(environment: dict[str, str]) -> None:
    file = Path(environment["XDG_CONFIG_HOME"]) / "gateway" / "client.toml"
    file.chmod(0o644)
    with pytest.raises(Misused, match="chmod 600"):
        settings_of({}, environment=environment)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("colour = 1", "colour"),
        ("url = 5", "url"),
        ("url", "client.toml"),
        ('url = "ftp://x"', "http://"),
        ("profiles = 1\n", "profiles"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "client.toml"
    file.write_text(text)
    with pytest.raises(Misused, match=complaint):
        settings_of({}, environment={"GATEWAY_CLIENT_CONFIG": str(file)})


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="is no file"):
        settings_of({}, environment={"GATEWAY_CLIENT_CONFIG": str(tmp_path / "nowhere")})
