"""Every text is English in the source and has its Traditional Chinese in the catalogue (G-005)."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.utils.translation import gettext, override
from django.utils.translation.trans_real import translation

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "gateway_project" / "locale" / "zh_Hant" / "LC_MESSAGES"
HOW_TO_UPDATE = "`make messages`, translate what is empty or fuzzy in django.po, `make messages` again"
PACKAGES = sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests", "benchmarks"})
SOURCES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
VARIABLE = re.compile(r"{{ (\w+) }}")
"""What of a block is filled in; the catalogue has it in the way of Python."""
IN_TEMPLATES = re.compile(r"{%\s*translate\s+(\"[^\"]*\"|'[^']*')|{%\s*blocktranslate[^%]*%}(.*?){%", re.DOTALL)
CHINESE_IS_MEANT = re.compile(
    r".*/examples\.py"  # replies of the OpenAPI document, as a client gets them by default
    r"|gateway_project/rest/schema\.py|permissions/api/views\.py"  # the same
    r"|gateway_project/settings\.py"  # a language is named in itself
    r"|permissions/migrations/0002_first_permissions\.py"  # rows that the interface description words
)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def marked_in(path: Path) -> Iterator[str]:
    """The texts of a Python file that are marked for translation; of a plural its singular."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MARKS:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if texts:
                yield texts[-1 if "pgettext" in ast.unparse(node.func) else 0]


def marked_in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for literal, block in IN_TEMPLATES.findall(path.read_text(encoding="utf-8")):
            yield shown(path), literal[1:-1] or VARIABLE.sub(r"%(\1)s", block.strip())


def translated() -> set[str]:
    """What Django finds for Traditional Chinese: in our catalogue, and in those of the packages."""
    return {key if isinstance(key, str) else key[0] for key in translation("zh-hant")._catalog.keys()}  # noqa: SIM118 - it has no iterator


def test_g005_every_text_has_its_translation():
    known = translated()
    marked = {text: shown(path) for path in SOURCES for text in marked_in(path)}
    marked |= {text: place for place, text in marked_in_templates()}
    assert len(marked) > 300
    assert {text: place for text, place in marked.items() if text not in known} == {}, HOW_TO_UPDATE


def test_g005_the_catalogue_has_nothing_fuzzy_empty_or_left_over():
    text = (CATALOGUE / "django.po").read_text(encoding="utf-8").partition("\n\n")[2]
    assert re.findall(r"^#,.*fuzzy.*\n.*$", text, flags=re.MULTILINE) == [], HOW_TO_UPDATE
    assert re.findall(r"^#~ msgid .*$", text, flags=re.MULTILINE) == [], "delete what no source has any more"
    assert re.findall(r'^(.*)\nmsgstr(?:\[\d\])? ""\n(?!")', text, flags=re.MULTILINE) == [], HOW_TO_UPDATE


def test_g005_the_compiled_catalogue_is_that_of_the_text():
    text = (CATALOGUE / "django.po").read_text(encoding="utf-8").partition("\n\n")[2]
    written = len(re.findall(r"^msgid ", text, flags=re.MULTILINE))
    with (CATALOGUE / "django.mo").open("rb") as compiled:
        catalogue = GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    keys = {key if isinstance(key, str) else key[0] for key in catalogue} - {""}
    assert len(keys) == written, HOW_TO_UPDATE


def test_g005_no_source_has_a_text_in_chinese():
    found = [
        f"{shown(path)}:{token.start[0]} {token.string[:60]}"
        for path in SOURCES
        if not CHINESE_IS_MEANT.fullmatch(shown(path))
        for token in tokens_of(path)
        if CHINESE.search(token.string)
    ]
    assert found == [], "write it in English inside _(), and its Chinese in the catalogue"


def tokens_of(path: Path) -> Iterator[tokenize.TokenInfo]:
    with path.open("rb") as file:
        yield from tokenize.tokenize(file.readline)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Route created.", "創建路由配置成功"),
        ("Routes fetched.", "獲取路由配置成功"),
        ("Route updated.", "更新路由配置成功"),
        ("Route deleted.", "刪除路由配置成功"),
        ("Service instance registered.", "註冊服務實例成功"),
        ("Service instances fetched.", "獲取服務實例成功"),
        ("Service instance updated.", "更新服務實例成功"),
        ("Service instance deregistered.", "註銷服務實例成功"),
        ("Permissions fetched.", "獲取權限配置成功"),
        ("Permission created.", "創建權限成功"),
        ("Metrics fetched.", "獲取監控指標成功"),
        ("Service is healthy.", "服務正常"),
        ("Service is unhealthy.", "服務異常"),
    ],
)
def test_g005_the_texts_of_the_interface_description_are_word_for_word(english, chinese):
    with override("zh-hant"):
        assert gettext(english) == chinese
    with override("en"):
        assert gettext(english) == english
