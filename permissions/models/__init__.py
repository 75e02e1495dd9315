"""The rows of this app, one kind a file."""

from __future__ import annotations

from permissions.models.api_token import ApiToken, TokenScope
from permissions.models.audit_entry import AuditAction, AuditEntry, AuditOutcome, AuditVia
from permissions.models.consumer import Consumer
from permissions.models.credential import Credential, CredentialKind
from permissions.models.grant import Grant
from permissions.models.login_failures import LoginFailures
from permissions.models.permission import Permission
from permissions.models.revoked_token import RevokedToken
from permissions.models.role import Role
from permissions.models.token_issuer import TokenIssuer

__all__ = [
    "ApiToken",
    "AuditAction",
    "AuditEntry",
    "AuditOutcome",
    "AuditVia",
    "Consumer",
    "Credential",
    "CredentialKind",
    "Grant",
    "LoginFailures",
    "Permission",
    "RevokedToken",
    "Role",
    "TokenIssuer",
    "TokenScope",
]
