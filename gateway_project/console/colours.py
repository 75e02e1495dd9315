"""The console's colours: a file of styles in place of the theme's own, which would stand in every page.

`static/gateway/theme.css` holds the console's blue (Tailwind's) and the theme's greys.
"""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static


def none_in_the_page(_request: Any) -> dict[str, dict[str, str]]:
    """No colours for the theme to write into its pages: the policy for browsers would refuse them."""
    return {}


def theme_file(_request: Any) -> str:
    """Where they are instead."""
    return static("gateway/theme.css")


def names_file(_request: Any) -> str:
    """Names for what the admin's own scripts leave without one."""
    return static("gateway/named.js")


def answers_file(_request: Any) -> str:
    """What pages of our own, and panels on those of rows, look like."""
    return static("gateway/answers.css")
