"""From the command line to an exit status; `errors.py` lists them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from gateway_client.api import Api
from gateway_client.arguments import parser
from gateway_client.errors import DONE, ClientError, Refused
from gateway_client.screen import Screen
from gateway_client.session import Session
from gateway_client.settings import settings_of

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb."""
    options = parser().parse_args(arguments)
    screen = Screen(options.json)
    try:
        given = {"url": options.url, "token": options.token, "timeout_seconds": options.timeout_seconds}
        settings = settings_of(given, options.profile)
        with Api(settings) as api:
            status: int = options.run(Session(api, screen, settings.token, options.reason), options)
            return status
    except ClientError as error:
        screen.note(f"gateway: {error}", "bold red")
        if isinstance(error, Refused):
            for line in error.details():
                screen.note(f"  {line}")
        return error.exit_status
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
