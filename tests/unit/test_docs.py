"""What the documentation promises to list, it lists; what it links to is there."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from proxy.options import GatewayOptions

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
READ = re.compile(r"(?:env\.[a-z_]+\(|secret\(env, )\"([A-Z_]+)\"")
CHECK_ID = re.compile(r"gateway\.[EW]\d{3}")


def settings_page() -> str:
    return (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_variable_is_in_the_settings_page_and_none_that_is_not_read() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway_project").glob("*.py"))
    read = set(READ.findall(source)) | {"GATEWAY_ENV_FILE"}
    read |= {f"GATEWAY_{field.name.upper()}" for field in dataclasses.fields(GatewayOptions)}
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", settings_page(), flags=re.MULTILINE))
    assert listed == read


def test_every_system_check_is_in_the_settings_page() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway_project").glob("*.py"))
    assert set(CHECK_ID.findall(settings_page())) == set(CHECK_ID.findall(source))
