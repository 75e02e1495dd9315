"""Who may what, in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.decorators import action

from gateway_project.rest import access
from permissions.api_tokens import revoke, scopes_for
from permissions.consumer_form import ConsumerForm
from permissions.credential_form import CredentialForm
from permissions.issuer_form import TokenIssuerForm
from permissions.models import (
    ApiToken,
    AuditEntry,
    Consumer,
    Credential,
    Grant,
    LoginFailures,
    Permission,
    RevokedToken,
    Role,
    TokenIssuer,
    TokenScope,
)
from permissions.standing import standing_of
from revisions.console import ConfigurationAdmin
from revisions.console_access import NamedCells


class GrantInline(NamedCells, TabularInline):
    """What a role or a consumer was granted, on its own page."""

    model = Grant
    extra = 0
    fields = ("permission", "expires_at", "granted_by", "granted_at")
    readonly_fields = ("granted_by", "granted_at")
    autocomplete_fields = ("permission",)


@admin.register(Permission)
class PermissionAdmin(ConfigurationAdmin):
    """Permissions. One at a time is deleted, so that no system permission goes with a crowd."""

    list_display = ("code", "name", "resource_type", "is_system", "created_at")
    list_filter = ("is_system", "resource_type")
    search_fields = ("code", "name", "description", "resource_type")
    readonly_fields = ("created_at", "updated_at")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the bulk delete."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never of a system permission."""
        return bool(super().has_delete_permission(request, obj)) and not (obj is not None and obj.is_system)


@admin.register(Role)
class RoleAdmin(ConfigurationAdmin):
    """Roles with their grants."""

    list_display = ("name", "description", "created_at")
    search_fields = ("name", "description")
    inlines = (GrantInline,)


class CredentialInline(StackedInline):
    """Keys and user names of a consumer, on its own page."""

    model = Credential
    form = CredentialForm
    extra = 0
    fields = (("kind", "name"), ("identifier", "password"), ("expires_at", "is_active"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """As `without_password`."""
        return without_password(self, request, obj)


def without_password(page: Any, request: HttpRequest, obj: Any) -> Any:
    """Who may only look is shown plain values by Django: a password is none."""
    if page.has_change_permission(request, obj):
        return page.fields
    return [name for name in flatten(page.fields) if name != "password"]


@admin.register(Credential)
class CredentialAdmin(ConfigurationAdmin):
    """All credentials, to find one by what it is recognised by. They are made on the page of their consumer."""

    previewed = False
    form = CredentialForm
    fields = ("consumer", "kind", "name", "identifier", "password", "expires_at", "is_active")
    readonly_fields = ("consumer",)
    list_display = ("__str__", "kind", "consumer", "name", "expires_at", "is_active", "created_at")
    list_filter = ("kind", "is_active")
    list_select_related = ("consumer",)
    search_fields = ("identifier", "name", "consumer__name")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """As `without_password`."""
        return without_password(self, request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a consumer has credentials."""
        return False


@admin.register(Consumer)
class ConsumerAdmin(ConfigurationAdmin):
    """Consumers with their credentials and grants. A new key is shown by the answer to the form that made it."""

    previewed = False
    form = ConsumerForm
    list_display = ("name", "description", "jwt_subject", "rate_limit_rpm", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "description", "jwt_subject")
    inlines = (CredentialInline, GrantInline)
    actions_detail = ("may",)

    @action(description=_("What it may call"), url_path="may", icon="rule")
    def may(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that lists it."""
        consumer = self.get_object(request, object_id)
        if consumer is None or not self.has_view_permission(request, consumer):
            raise Http404
        return HttpResponseRedirect(f"{reverse('answers:may')}?{urlencode({'consumer': consumer.name})}")

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The new keys, or where Django leads."""
        return self._new_keys(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The new keys, or where Django leads."""
        return self._new_keys(request, obj) or super().response_change(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Keeps the keys that were made for the answer."""
        super().save_formset(request, form, formset, change)
        made = [one.instance for one in formset.forms if getattr(one.instance, "key", "")]
        request.new_credentials = [*getattr(request, "new_credentials", ()), *made]  # type: ignore[attr-defined]

    def _new_keys(self, request: HttpRequest, obj: Consumer) -> HttpResponse | None:
        credentials = getattr(request, "new_credentials", ())
        if not credentials:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("A new API key of %(consumer)s") % {"consumer": obj},
            "credentials": credentials,
            "back": reverse("admin:permissions_consumer_change", args=[obj.pk]),
        }
        return TemplateResponse(request, "admin/permissions/new_keys.html", context)


@admin.register(Grant)
class GrantAdmin(ConfigurationAdmin):
    """Grants of users, roles and consumers."""

    list_display = ("permission", "holder", "granted_by", "granted_at", "expires_at")
    list_filter = ("permission", "role", "consumer")
    list_select_related = ("permission", "role", "consumer")
    search_fields = ("permission__code", "user", "role__name", "consumer__name")
    autocomplete_fields = ("permission", "role", "consumer")
    readonly_fields = ("granted_by", "granted_at")


@admin.register(TokenIssuer)
class TokenIssuerAdmin(ConfigurationAdmin):
    """Issuers; the secret is never shown."""

    previewed = False
    form = TokenIssuerForm
    list_display = ("name", "issuer", "algorithms", "key", "fingerprint", "audience", "is_active", "expires_at")
    list_filter = ("is_active",)
    search_fields = ("name", "issuer", "audience")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is shown plain values by Django: not this one."""
        shown = super().get_fields(request, obj)
        return shown if self.has_change_permission(request, obj) else [name for name in shown if name != "secret"]

    @admin.display(description=_("key"))
    def key(self, obj: TokenIssuer) -> str:
        """Which of the three keys the row holds."""
        return obj.jwks_url or ("PEM" if obj.public_key_pem else "********")


@admin.register(RevokedToken)
class RevokedTokenAdmin(ConfigurationAdmin):
    """Revocations: made and unmade, not edited."""

    list_display = ("jti", "revoked_by", "revoked_at", "expires_at", "reason")
    search_fields = ("jti", "revoked_by", "reason")
    date_hierarchy = "revoked_at"
    fields = ("jti", "expires_at", "reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A revocation stands or is deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: RevokedToken, form: Any, change: bool) -> None:
        """Notes who revoked it."""
        obj.revoked_by = request.user.get_username()
        super().save_model(request, obj, form, change)


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """One's own tokens; an administrator's page has everybody's. A new token is shown by the answer to the form."""

    list_display = ("name", "user", "scope", "identifier", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("scope",)
    list_select_related = ("user",)
    search_fields = ("name", "identifier", "user__username")
    fields = ("name", "scope", "expires_at")
    actions = ("take_back",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Those within the person's reach."""
        rows: QuerySet[ApiToken] = super().get_queryset(request)
        return rows if access.is_administrator(request.user) else rows.filter(user=request.user.pk)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Scopes that the person may give."""
        if db_field.name == "scope":
            allowed = scopes_for(standing_of(request.user))
            kwargs["choices"] = [choice for choice in TokenScope.choices if choice[0] in allowed]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A token is made and taken back, not edited; the list may take back."""
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The row stays, to tell whose it was."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Makes it, for the person who asks."""
        obj.user = request.user  # type: ignore[assignment]
        obj.give_key()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None) -> HttpResponse:
        """The token, this once."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("A new API token"),
            "credentials": [obj],
            "back": reverse("admin:permissions_apitoken_changelist"),
        }
        return TemplateResponse(request, "admin/permissions/new_keys.html", context)

    @admin.action(description=_("Revoke the selected API tokens"), permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Ends those that have not ended."""
        for token in queryset.filter(revoked_at=None):
            revoke(token)
            self.log_change(request, token, "revoked")


@admin.register(AuditEntry)
class AuditEntryAdmin(ModelAdmin):
    """The audit trail: read by administrators, written by nobody."""

    list_display = ("at", "actor", "via", "address", "action", "method", "object", "outcome", "status", "revision")
    list_filter = ("action", "outcome", "via")
    search_fields = ("actor", "address", "object", "request_id")
    date_hierarchy = "at"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Administrators only."""
        return bool(super().has_module_permission(request)) and access.is_administrator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators only."""
        return bool(super().has_view_permission(request, obj)) and access.is_administrator(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """History is not written by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not rewritten."""
        return False


@admin.register(LoginFailures)
class LoginFailuresAdmin(ModelAdmin):
    """Counts of failed logins; deleting one lets its account or address try again."""

    list_display = ("key", "count", "since")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a login counts."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a login counts."""
        return False
