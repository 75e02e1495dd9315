"""Circuit breakers: who is not asked for a while because asking has failed too often (G-360)."""
