"""The ways in which one IPv4 address can be written, as hosts of instances and of URLs."""

from __future__ import annotations

from itertools import product


def spellings(address: str) -> list[str]:
    """Different texts, all of which some resolver or URL parser takes for `address`."""
    parts = [int(part) for part in address.split(".")]
    found = [".".join(chosen) for chosen in product(*map(_forms, parts[:2]), *(_forms(part)[:2] for part in parts[2:]))]
    found += [".".join(chosen) for chosen in product(_forms(parts[0]), _forms(_number(parts[1:])))]
    found += [".".join(chosen) for chosen in product(*map(_forms, parts[:2]), _forms(_number(parts[2:])))]
    found += _forms(_number(parts))
    found += [text + "." for text in (address, *_forms(_number(parts)))]
    found += _inside_ipv6(address, parts)
    found += [_shifted(address, 0xFF10), address.replace(".", "。"), address.replace(".", "．")]
    return list(dict.fromkeys(found))


def _forms(number: int) -> list[str]:
    return [str(number), f"0{number:o}", f"{number:#x}", f"0X{number:X}"]


def _number(parts: list[int]) -> int:
    return int.from_bytes(bytes(parts))


def _inside_ipv6(address: str, parts: list[int]) -> list[str]:
    high, low = f"{_number(parts[:2]):x}", f"{_number(parts[2:]):x}"
    mapped = [f"::ffff:{address}", f"::ffff:{high}:{low}", f"::FFFF:{high.upper()}:{low.upper()}"]
    mapped += [
        f"0:0:0:0:0:ffff:{high}:{low}",
        f"0000:0000:0000:0000:0000:ffff:{high:0>4}:{low:0>4}",
        f"0::ffff:{address}",
    ]
    return [*mapped, f"::{address}", f"64:ff9b::{address}", f"64:ff9b::{high}:{low}", f"2002:{high}:{low}::1"]


def _shifted(address: str, zero: int) -> str:
    """With digits of another script, which IDNA's mapping makes ASCII."""
    return "".join(chr(zero + int(letter)) if letter.isdigit() else letter for letter in address)
