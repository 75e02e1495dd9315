"""The answer to who tried too often."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gateway_project.rest.codes import Code
from gateway_project.rest.errors import ApiError


def too_many(seconds: int) -> ApiError:
    """F42900, with when to come back."""
    message = _("Too many requests, retry in %(seconds)d seconds.") % {"seconds": seconds}
    return ApiError(message, code=Code.TOO_MANY_REQUESTS, headers={"Retry-After": str(seconds)})
