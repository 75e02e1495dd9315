"""The verbs, each a module.

Its first line says what it does, behind a colon; `arguments` gives the parser what the verb takes, `run` does it and
answers with the exit status.
"""
