"""Health of the control plane and what it depends on (G-240…G-242)."""
