"""Contents of the replies, for the OpenAPI document."""

from __future__ import annotations

from typing import get_args

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from gateway_project.explain.asking import CheckSerializer
from gateway_project.rest.fields import StrictCharField
from proxy.conflicts.conflict import ConflictKind, Severity
from proxy.explain.explanation import CandidateVerdict, Outcome, StepVerdict


class ShownRouteSerializer(serializers.Serializer):
    """Enough of a route to find it."""

    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    path_pattern = serializers.CharField()
    service = serializers.CharField()
    priority = serializers.IntegerField()
    problem = serializers.CharField(allow_blank=True)


class ShownPathSerializer(serializers.Serializer):
    """The path as it was sent and as it is matched."""

    sent = serializers.CharField()
    canonical = serializers.CharField(allow_blank=True)
    ambiguities = serializers.ListField(child=serializers.CharField())
    refused = serializers.CharField(allow_blank=True)


class ConditionVerdictSerializer(serializers.Serializer):
    """One condition of a candidate."""

    subject = serializers.ChoiceField(choices=["active", "host", "path", "method", "header", "query", "client"])
    text = serializers.CharField()
    passed = serializers.BooleanField()


class CandidateSerializer(serializers.Serializer):
    """A route that might have served the request."""

    route = ShownRouteSerializer()
    verdict = serializers.ChoiceField(choices=list(get_args(CandidateVerdict)))
    checks = ConditionVerdictSerializer(many=True)


class StepSerializer(serializers.Serializer):
    """What one stage says."""

    stage = serializers.CharField()
    verdict = serializers.ChoiceField(choices=list(get_args(StepVerdict)))
    status = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    details = serializers.DictField()


class ShownInstanceSerializer(serializers.Serializer):
    """An instance as the traffic sees it now."""

    id = serializers.CharField()
    instance_id = serializers.CharField()
    endpoint = serializers.CharField()
    weight = serializers.IntegerField()
    tier = serializers.IntegerField()
    status = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    circuit = serializers.CharField()
    usable = serializers.BooleanField()


class UpstreamSerializer(serializers.Serializer):
    """Where the request would go."""

    service = serializers.CharField(allow_blank=True)
    diverted = serializers.BooleanField(help_text="Whether it is another service than the route's own.")
    path = serializers.CharField(allow_blank=True)
    strategy = serializers.CharField()
    circuit = serializers.CharField(allow_blank=True)
    instances = ShownInstanceSerializer(many=True)
    picked = serializers.CharField(allow_blank=True, help_text="Id of the instance, where it can be told.")


class ExplanationSerializer(serializers.Serializer):
    """Content of POST /admin/explain."""

    revision = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=list(get_args(Outcome)))
    code = serializers.CharField(allow_blank=True, help_text="Of the gateway's own error, where it refuses.")
    status = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    path = ShownPathSerializer()
    candidates = CandidateSerializer(many=True)
    candidates_left_out = serializers.IntegerField(help_text="Beyond the first 100.")
    route = ShownRouteSerializer(allow_null=True)
    steps = StepSerializer(many=True)
    upstream = UpstreamSerializer(allow_null=True)


class CheckOrManySerializer(CheckSerializer):
    """Body of POST /admin/permissions/check: one check, or `checks` and nothing else."""

    path = StrictCharField(required=False, max_length=8192, help_text="Required for one check.")
    checks = CheckSerializer(many=True, required=False, help_text="1 to 100.")


class CheckedSerializer(serializers.Serializer):
    """The answer to one pre-check."""

    allowed = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True, help_text="What the request would be answered with.")
    reason = serializers.CharField(allow_blank=True)
    route = ShownRouteSerializer(allow_null=True)
    strategy = serializers.ChoiceField(choices=["any", "all"])
    required = serializers.ListField(  # type: ignore[assignment]  # it only describes a reply, and is never asked
        child=serializers.CharField()
    )
    held = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())


class CheckedManySerializer(serializers.Serializer):
    """The answers to a batch, in its order."""

    results = CheckedSerializer(many=True)


CHECKED_OR_MANY = PolymorphicProxySerializer(
    component_name="CheckedOrMany",
    serializers=[CheckedSerializer, CheckedManySerializer],
    resource_type_field_name=None,
)
"""Content of POST /admin/permissions/check."""


class ConflictSerializer(serializers.Serializer):
    """One thing worth looking at."""

    kind = serializers.ChoiceField(choices=list(get_args(ConflictKind)))
    severity = serializers.ChoiceField(choices=list(get_args(Severity)))
    subject = serializers.ChoiceField(choices=["route", "service", "permission"])
    subject_id = serializers.CharField()
    name = serializers.CharField()
    by = serializers.ListField(child=serializers.CharField(), help_text="Ids of the routes that serve instead.")
    text = serializers.CharField()


class ConflictListSerializer(serializers.Serializer):
    """Content of GET /admin/conflicts."""

    revision = serializers.IntegerField()
    total = serializers.IntegerField()
    conflicts = ConflictSerializer(many=True)


class ProblemSerializer(serializers.Serializer):
    """A row that cannot be served."""

    subject = serializers.ChoiceField(choices=["route", "service"])
    subject_id = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField()


class ProblemListSerializer(serializers.Serializer):
    """Content of GET /admin/problems."""

    revision = serializers.IntegerField()
    total = serializers.IntegerField()
    problems = ProblemSerializer(many=True)
