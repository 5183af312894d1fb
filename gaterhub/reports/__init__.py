"""Compliance reports: what the journals and the gap ledger tell of a period, gathered once and shown in three forms."""
