"""Hourly figures in SQL: written in the background, read by GET /metrics. Of the control side of proxy/."""
