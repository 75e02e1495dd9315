"""Which instances may be asked: active checks, ejection, leases, tiers, slow start."""
