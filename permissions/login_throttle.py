"""Slowing down whoever guesses passwords (G-017).

Failed logins are counted in the database, so the count holds over threads, processes and machines without a
cache server. An attempt is counted before the password is looked at and taken back when it was right: a burst
of attempts at once cannot slip through between the check and the count. While a limit is reached even the
right password is refused, else the answer would tell that it is right.

| counted by | limit in a window of 5 minutes | key                                           |
|------------|--------------------------------|-----------------------------------------------|
| account    | 10 failures, by default        | hash of the name, whatever its letter case    |
| address    | 50 failures, by default        | hash of the IPv4 address, or of the IPv6 /64  |
"""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from permissions.models import LoginFailures

WINDOW = timedelta(minutes=5)


class TooManyFailuresError(Exception):
    """No further attempt for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """One login that was counted as failed until it is known better."""

    account_key: str
    address_key: str

    def succeeded(self) -> None:
        """The password was right: the account starts afresh, the address gets its attempt back."""
        LoginFailures.objects.filter(key=self.account_key).delete()
        LoginFailures.objects.filter(key=self.address_key, count__gt=0).update(count=F("count") - 1)


def begin(account: str, address: str) -> Attempt:
    """Counts an attempt. Raises `TooManyFailuresError` when the account or the address has reached its limit."""
    attempt = Attempt(_account_key(account), _address_key(address))
    limits = {
        attempt.account_key: settings.GATEWAY_LOGIN_FAILURES_PER_ACCOUNT,
        attempt.address_key: settings.GATEWAY_LOGIN_FAILURES_PER_ADDRESS,
    }
    now = timezone.now()
    with transaction.atomic():
        LoginFailures.objects.filter(since__lte=now - WINDOW).delete()
        rows = [_locked(key, now) for key in sorted(limits)]
        waits = [row.since + WINDOW - now for row in rows if row.count >= limits[row.key]]
        if not waits:
            LoginFailures.objects.filter(key__in=limits).update(count=F("count") + 1)
    if waits:
        raise TooManyFailuresError(max(1, int(max(waits).total_seconds()) + 1))
    return attempt


def _locked(key: str, now: datetime) -> LoginFailures:
    row, _created = LoginFailures.objects.get_or_create(key=key, defaults={"since": now})
    return LoginFailures.objects.select_for_update().filter(pk=row.pk).first() or row


def _account_key(account: str) -> str:
    return "account:" + _hash(unicodedata.normalize("NFKC", account).casefold())


def _address_key(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "address:" + _hash(address)
    if parsed.version == 6:
        return "address:" + _hash(str(ipaddress.ip_network((parsed, 64), strict=False)))
    return "address:" + _hash(str(parsed))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
