"""list, show, create, update, delete: the five actions that routes and service instances share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from gateway_client.document import fields_of
from gateway_client.errors import DONE
from gateway_client.session import Session


@dataclass(frozen=True, slots=True)
class Objects:
    """A kind of object: its address, the key of its lists, what a table of it shows, what narrows a list of it."""

    path: str
    key: str
    name: str
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    identity: Callable[[Session, str], str]
    """The id of the object that the user named."""

    def arguments(self, parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser]:
        """The five actions, to which a verb may add its own."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="all of them, or those that match")
        for name in self.filters:
            listing.add_argument(f"--{name.replace('_', '-')}", dest=name, help=f"as in GET {self.path}")
        listing.set_defaults(act=self.list_all)
        for action, does in (("show", self.show), ("update", self.update), ("delete", self.delete)):
            one = actions.add_parser(action, help=f"{action} one {self.name}")
            one.add_argument("one", metavar=self.name.upper(), help="its id, or its name")
            one.add_argument("--if-match", default="", metavar="ETAG", help="only if nobody has changed it since")
            one.set_defaults(act=does)
        create = actions.add_parser("create", help=f"make a {self.name}")
        create.set_defaults(act=self.create)
        for takes_fields in (create, actions.choices["update"]):
            takes_fields.add_argument(
                "fields", nargs="*", metavar="FIELD=VALUE", help="JSON where it reads as JSON, else text"
            )
            takes_fields.add_argument("--file", default="", help="a JSON object of fields; - is standard input")
        return actions

    def list_all(self, session: Session, options: argparse.Namespace) -> int:
        filters = {name: getattr(options, name) for name in self.filters}
        with session.screen.progress(self.key) as told:
            found = [*session.api.listed(self.path, self.key, filters, told)]
        session.screen.rows(found, self.columns)
        return DONE

    def show(self, session: Session, options: argparse.Namespace) -> int:
        reply = session.api.call("GET", self._address(session, options))
        session.screen.fields(reply.content)
        if reply.etag:
            session.screen.note(f"ETag: {reply.etag}", "dim")
        return DONE

    def create(self, session: Session, options: argparse.Namespace) -> int:
        return session.written("POST", self.path, fields_of(options.fields, options.file))

    def update(self, session: Session, options: argparse.Namespace) -> int:
        fields = fields_of(options.fields, options.file)
        return session.written("PUT", self._address(session, options), fields, if_match=options.if_match)

    def delete(self, session: Session, options: argparse.Namespace) -> int:
        return session.written("DELETE", self._address(session, options), if_match=options.if_match)

    def _address(self, session: Session, options: argparse.Namespace) -> str:
        return f"{self.path}/{quote(self.identity(session, options.one), safe='')}"
