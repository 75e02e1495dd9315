"""Users and groups in the console's own look. What simplejwt would list is left out: tokens have pages of their own."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

for model in (User, Group, BlacklistedToken, OutstandingToken):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """Persons who may log in. Staff may open the console; what they may do there their groups and permissions say."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    compressed_fields = False  # two boxes side by side need the width
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    actions_detail = ("may",)

    @action(description=_("What this user may call"), url_path="may", icon="rule")
    def may(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that lists it."""
        account = self.get_object(request, object_id)
        if account is None or not self.has_view_permission(request, account):
            raise Http404
        return HttpResponseRedirect(f"{reverse('answers:may')}?{urlencode({'user': account.get_username()})}")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Groups: a member's tokens carry their names as roles, and what belongs to a group is seen by its members."""

    search_fields = ("name",)
    compressed_fields = False
