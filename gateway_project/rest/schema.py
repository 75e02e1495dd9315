"""How replies are described in the OpenAPI document: every one in the envelope, every error an endpoint can answer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override
from drf_spectacular.drainage import set_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from gateway_project.rest.codes import Code
from gateway_project.rest.serializers import StrictSerializer

EXAMPLES: dict[int, tuple[Code, str, dict[str, Any]]] = {
    400: (Code.BAD_REQUEST, "請求無效", {"errors": {"port": ["請確認此數值是否小於或等於 65535。"]}}),
    401: (Code.UNAUTHENTICATED, "未授權訪問", {}),
    403: (Code.FORBIDDEN, "權限不足，僅管理員可操作", {}),
    404: (Code.NOT_FOUND, "未找到", {}),
    409: (Code.CONFLICT, "請求與現有對象衝突", {}),
    412: (Code.PRECONDITION_FAILED, "對象在讀取後已被修改", {}),
    413: (Code.TOO_LARGE, "請求體過大", {}),
    429: (Code.TOO_MANY_REQUESTS, "請求過於頻繁，請60秒後重試", {}),
    500: (Code.INTERNAL, "系統內部錯誤", {}),
    503: (Code.NO_INSTANCE, "資料庫暫時無法使用", {}),
}
UNHEALTHY: tuple[Code, str, dict[str, Any]] = (
    Code.INTERNAL,
    "服務異常",
    {"status": "unhealthy", "issues": ["数据库: connection timeout"]},
)
"""What /health answers with 503."""


class FailureSerializer(serializers.Serializer[Any]):
    """A failure: its code, its message, and details where the endpoint names some."""

    code = serializers.RegexField(r"^F[0-9]{5}$")
    msg = serializers.CharField()
    content = serializers.DictField(help_text="`{}`, or `errors`: {field: [messages]}.")


def envelope_of(name: str, content: type[serializers.BaseSerializer[Any]] | serializers.BaseSerializer[Any]) -> Any:
    """A serializer that describes S10000 with this content."""
    inner = content() if isinstance(content, type) else content
    reply = inline_serializer(
        name=f"{name}Reply",
        fields={"code": serializers.ChoiceField(choices=["S10000"]), "msg": serializers.CharField(), "content": inner},
    )
    set_override(reply, "many", False)  # a list stands inside the envelope: the reply itself is never an array
    return reply


def failure_response(status: int, shown: tuple[Code, str, dict[str, Any]] | None = None) -> OpenApiResponse:
    """One failure of an endpoint, with an example: (code, message, content)."""
    code, message, content = shown or EXAMPLES[status]
    example = OpenApiExample(
        str(code),
        value={"code": str(code), "msg": message, "content": content},
        response_only=True,
        status_codes=[str(status)],
    )
    return OpenApiResponse(FailureSerializer, description=str(code), examples=[example])


def answers(
    name: str, content: Any, *failures: int, example: tuple[str, dict[str, Any]] | None = None
) -> dict[int, Any]:
    """The `responses` of `extend_schema`: 200 in the envelope, with (message, content) as example, and the failures."""
    examples = []
    if example is not None:
        value = {"code": "S10000", "msg": example[0], "content": example[1]}
        examples = [OpenApiExample("S10000", value=value, response_only=True, status_codes=["200"])]
    good = OpenApiResponse(envelope_of(name, content), description="S10000", examples=examples)
    return {200: good, **{status: failure_response(status) for status in failures}}


IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag last read; F41200 when the object has changed since.",
)
CHANGE_REASON = OpenApiParameter(
    "X-Change-Reason", str, OpenApiParameter.HEADER, description="Why; kept with the revision, 500 characters at most."
)
DRY_RUN = OpenApiParameter(
    "dry_run", bool, description="Makes the change, tells its effects in `content.effects`, and takes it back."
)
AS_OF = OpenApiParameter(
    "as_of", {"type": "integer", "minimum": 0}, description="Reads the configuration as of this revision."
)
OVERRIDES = {
    "list": [AS_OF],
    "retrieve": [AS_OF],
    "create": [CHANGE_REASON, DRY_RUN],
    "update": [CHANGE_REASON, DRY_RUN, IF_MATCH],
    "destroy": [CHANGE_REASON, DRY_RUN, IF_MATCH],
}
"""By the action of a view of the configuration."""


class EnvelopeSchema(AutoSchema):
    """drf-spectacular's generator, with the failures every endpoint shares and ids in camelCase."""

    method_mapping = {**AutoSchema.method_mapping, "put": "update"}

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What the view declares, and the failures all share: 400, 500, 503, and where a token is needed 401, 403, 429.

        Wrong tokens, and reads of the past, are slowed down. Any request can be answered 400: the node refuses a path
        that is ambiguous and headers that are malformed. Any can be answered 503: while the database is away or busy,
        and while the control process is replaced.
        """
        bodies: dict[str, Any] = super()._get_response_bodies(*args, **kwargs)
        for status in [400, 401, 403, 429, 500, 503] if self.get_auth() else [400, 500, 503]:
            if str(status) not in bodies:
                bodies[str(status)] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    failure_response(status), str(status)
                )
        return dict(sorted(bodies.items()))

    def _get_request_body(self, *args: Any, **kwargs: Any) -> Any:
        """A body that an endpoint reads is not optional (G-014), but for the actions of a view's `optional_bodies`.

        A DELETE has one where the view's `deletes_by_body` says so; drf-spectacular only writes those of other methods.
        """
        method = self.method
        if method == "DELETE" and getattr(self.view, "deletes_by_body", False):
            self.method = "POST"
        try:
            body = super()._get_request_body(*args, **kwargs)  # type: ignore[no-untyped-call]
        finally:
            self.method = method
        action = getattr(self.view, "action", None)
        return body and {**body, "required": action not in getattr(self.view, "optional_bodies", ())}

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """A strict serializer takes no fields but its own (G-015)."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def get_override_parameters(self) -> list[Any]:
        """What reads and writes of the configuration understand beside their own parameters."""
        action = getattr(self.view, "action", None)
        if not hasattr(self.view, "created_fields"):
            return []
        return OVERRIDES.get(str(action), [])

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The operation, described in English whatever the language of the request."""
        with override("en"):
            return super().get_operation(*args, **kwargs)
