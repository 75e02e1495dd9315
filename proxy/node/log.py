"""The node's own log: short lines on standard error, the same in every process."""

from __future__ import annotations

import logging

LOGGER_NAME = "gateway.node"


def configure(process: str, level: int = logging.INFO) -> None:
    """Sends `gateway.node` to standard error, each line under the name of this process.

    It does not depend on Django's LOGGING, which workers never read.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(f"%(asctime)s %(levelname)s {process}: %(message)s"))
    logger = logging.getLogger(LOGGER_NAME)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
