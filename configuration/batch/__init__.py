"""Many rows of one kind in one request: /admin/batch/routes and /admin/batch/services (G-280…G-283)."""
