"""The stages of the request path, one decision a file.

A stage is a module with a `NAME` and a function `fold(route, parts)`, called when a snapshot is compiled. It returns
the decision to run for requests of that route, or None when the route does not use the stage and so pays nothing.
A decision takes the `Exchange`, raises `GatewayError` to end it, and returns None, or an awaitable when it must wait.
"""
