"""/admin/config: the configuration as a document over the API."""
