"""The page that asks what would become of a request, and shows the answer."""
