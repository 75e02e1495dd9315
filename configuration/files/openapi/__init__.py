"""From an OpenAPI 3 document to a configuration document."""
