"""What browsers are told about every reply of the control plane (docs/security.md#browsers).

| reply            | scripts                     | styles                                   | in frames |
|------------------|-----------------------------|------------------------------------------|-----------|
| console          | files of this host, `eval`  | files of this host, `style` attributes   | no        |
| other HTML pages | files of this host          | files of this host, `style` attributes   | no        |
| everything else  | none                        | none                                     | no        |

No script and no style stands in a page itself, so none that somebody smuggles into one is run. `eval` is for the
expressions in the attributes of the console's theme (Alpine.js); nothing of ours uses it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
INDICATOR_STYLE = "sha256-bsV5JivYxvGywDAZ22EZJKBFip65Ng9xoJVLbBg7bdo="
"""The one style that htmx, which the theme brings, writes into every page."""
HTML = PAGE.format(scripts="", styles="")
CONSOLE = PAGE.format(scripts=" 'unsafe-eval'", styles=f" '{INDICATOR_STYLE}'")
CONSOLE_PATH = "/console/"
STATIC_PATH = "/static/"
SERVER_ERROR = 500


class BrowserPolicyMiddleware:
    """Content-Security-Policy, Cross-Origin-Resource-Policy, and `no-store` where a view says nothing of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The reply with the fields, where the view has not set them."""
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if not (settings.DEBUG and response.status_code == SERVER_ERROR):  # Django's debug page brings its own style
            policy = CONSOLE if request.path.startswith(CONSOLE_PATH) else HTML
            response.headers.setdefault("Content-Security-Policy", policy if is_page else NOTHING)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(STATIC_PATH):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
