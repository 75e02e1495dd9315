"""`python -m gateway_client`: the gateway's REST API from a terminal. Knows nothing of the server's code."""
