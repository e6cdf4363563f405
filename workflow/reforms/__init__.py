"""Municipal reforms: mergers move what is open to the successor and keep history under the old number."""
