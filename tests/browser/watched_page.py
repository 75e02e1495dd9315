"""A page of the browser that remembers what went wrong on it."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, Request, Response

SCREENSHOTS = "GATEWAY_SCREENSHOTS"
"""Variable that names a directory for pictures; without it none are taken."""


class WatchedPage:
    """`troubles` lists errors of scripts, failed requests and requests to another host than the gateway."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.troubles: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def log_in(self, user: str, password: str) -> None:
        """Through the form, from the console's first page."""
        self.page.goto("/console/")
        self.page.fill("[name=username]", user)
        self.page.fill("[name=password]", password)
        self.page.click("form [type=submit]")
        self.page.wait_for_selector("#nav-sidebar-apps")

    def picture(self, name: str) -> None:
        """Save what is seen, where the environment asks for pictures."""
        directory = os.environ.get(SCREENSHOTS)
        if directory:
            self.page.wait_for_timeout(300)
            Path(directory).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(directory) / f"{name}.png")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.base}/", "data:", "blob:")):
            self.troubles.append(f"another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status}: {response.url}")
