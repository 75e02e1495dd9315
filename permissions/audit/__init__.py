"""The audit trail: who changed, or tried to change, what, from where, and with which outcome."""
