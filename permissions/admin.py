"""Who may what, in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from permissions.issuer_form import TokenIssuerForm
from permissions.models import Consumer, Grant, LoginFailures, Permission, RevokedToken, Role, TokenIssuer
from revisions.console import ConfigurationAdmin


class GrantInline(TabularInline):
    """What a role or a consumer was granted, on its own page."""

    model = Grant
    extra = 0
    fields = ("permission", "expires_at", "granted_by", "granted_at")
    readonly_fields = ("granted_by", "granted_at")
    autocomplete_fields = ("permission",)


class GrantingAdmin(ConfigurationAdmin):
    """A page whose new grants carry the name of the person who made them."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """As Django's."""
        for one in formset.forms:
            if isinstance(one.instance, Grant) and one.instance.pk is None:
                one.instance.granted_by = request.user.get_username()
        super().save_formset(request, form, formset, change)


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
class RoleAdmin(GrantingAdmin):
    """Roles with their grants."""

    list_display = ("name", "description", "created_at")
    search_fields = ("name", "description")
    inlines = (GrantInline,)


@admin.register(Consumer)
class ConsumerAdmin(GrantingAdmin):
    """Consumers with their grants."""

    list_display = ("name", "description", "jwt_subject", "rate_limit_rpm", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "description", "jwt_subject")
    inlines = (GrantInline,)


@admin.register(Grant)
class GrantAdmin(ConfigurationAdmin):
    """Grants of users, roles and consumers."""

    list_display = ("permission", "holder", "granted_by", "granted_at", "expires_at")
    list_filter = ("permission", "role", "consumer")
    list_select_related = ("permission", "role", "consumer")
    search_fields = ("permission__code", "user", "role__name", "consumer__name")
    autocomplete_fields = ("permission", "role", "consumer")
    readonly_fields = ("granted_by", "granted_at")

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        """Notes who granted it."""
        if not change:
            obj.granted_by = request.user.get_username()
        super().save_model(request, obj, form, change)


@admin.register(TokenIssuer)
class TokenIssuerAdmin(ConfigurationAdmin):
    """Issuers; the secret is never shown."""

    form = TokenIssuerForm
    list_display = ("name", "issuer", "algorithms", "key_kind", "audience", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "issuer", "audience")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is shown plain values by Django: not this one."""
        shown = super().get_fields(request, obj)
        return shown if self.has_change_permission(request, obj) else [name for name in shown if name != "secret"]

    @admin.display(description=_("key"))
    def key_kind(self, obj: TokenIssuer) -> str:
        """Which of the three keys the row holds."""
        if obj.jwks_url:
            return obj.jwks_url
        return "PEM" if obj.public_key_pem else "********"


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
