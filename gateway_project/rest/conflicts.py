"""Refusals because of another row: they name it only to who may see it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from gateway_project.rest import access


def clash_with(row: Model, told: Any, untold: Any) -> ValidationError:
    """A refusal because of `row`. `told` may hold `%(name)s` and `%(other)s`, its text and its id.

    As it stands it says `untold`: a door that does not ask who is there gives nothing away.
    """
    params = {"row": row, "told": told, "name": str(row), "other": str(row.pk)}
    return ValidationError(untold, code="conflict", params=params)


def as_told(error: ValidationError, caller: Any) -> ValidationError:
    """The same refusal, naming each row that the caller may see."""
    if hasattr(error, "error_dict"):
        return ValidationError({name: [_told(one, caller) for one in ones] for name, ones in error.error_dict.items()})
    return ValidationError([_told(one, caller) for one in error.error_list])


def named_rows(error: ValidationError) -> list[str]:
    """Ids of the rows that a refusal brought by `as_told` names."""
    return [one.params["other"] for one in single(error) if one.params and "named" in one.params]


def blamed_fields(error: ValidationError) -> dict[str, list[str]]:
    """The texts of `blaming`, by their fields; no other refusal names any."""
    return {
        str(one.params["field"]): [str(text) for text in one.messages]
        for one in single(error)
        if one.params and "field" in one.params
    }


def blaming(field: str, text: str, path: str) -> ValidationError:
    """A refusal because of another row that nothing is told of; `text` may hold `%(path)s`."""
    return ValidationError({field: ValidationError(text, code="conflict", params={"field": field, "path": path})})


def single(error: ValidationError) -> list[ValidationError]:
    """The errors of all fields, one by one."""
    if not hasattr(error, "error_dict"):
        return list(error.error_list)
    return [one for listed in error.error_dict.values() for one in listed]


def _told(error: ValidationError, caller: Any) -> ValidationError:
    params = error.params or {}
    if "row" not in params or not access.sees(caller, params["row"]):
        return error
    return ValidationError(params["told"], code=error.code, params={**params, "named": True})
