"""What the script of plugin forms says, in the person's language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "as_form": _("Form"),
    "as_json": _("JSON"),
    "view": _("How to edit"),
    "none": _("No plugin is bound here."),
    "choose": _("Choose a plugin to see its form."),
    "add": _("Add a plugin"),
    "add_named": _("Add {name}"),
    "remove": _("Remove"),
    "remove_named": _("Remove {name}"),
    "up": _("Move {name} up"),
    "in_force": _("Switched on"),
    "in_force_help": _("Off: a wider binding of this plugin has no effect here either."),
    "required": _("required"),
    "default": _("Default: {value}."),
    "between": _("{low} to {high}."),
    "at_least": _("At least {low}."),
    "more_than": _("More than {low}."),
    "at_most": _("At most {high}."),
    "not_set": _("not set"),
    "yes": _("yes"),
    "no": _("no"),
    "lines": _("One a line."),
    "empty": _("Empty is meant"),
    "empty_list_help": _("Without the tick an empty list is left out."),
    "empty_text_help": _("Without the tick an empty text is left out."),
    "nothing": _("None (null)"),
    "secret": _("Secret: {mask} keeps what is stored."),
    "entry": _("{name} {n}"),
    "map_name": _("Name"),
    "map_value": _("Value"),
    "twice": _("This name is there twice."),
    "json": _("JSON."),
    "not_json": _("This is not JSON: {problem}"),
    "not_object": _("Must be an object."),
    "unknown": _("The gateway has no plugin of this name, or none for here."),
    "stays_json": _("There is no form for this text: {problem}"),
    "line": _("Line {n}: {problem}"),
}
"""By the script's own names; `{name}` and such are filled in there."""


def words() -> dict[str, str]:
    """In the language of now."""
    return {name: str(text) for name, text in WORDS.items()}
