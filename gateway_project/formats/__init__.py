"""How dates and times are shown, one module a language."""
