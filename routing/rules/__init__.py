"""Rules of a route's fields: plain functions on values that raise Django's `ValidationError`.

The model calls them from its validators and `clean`, so REST, console and commands obey the same ones.
"""
