"""The page that lists what a user or a consumer may call."""
