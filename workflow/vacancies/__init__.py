"""Homes and capacity the municipalities report, and what became of each report (R27–R29, R34)."""
