"""Mergers and splits: what is open goes to the successor, history stays under the old number."""
