"""What stands around the audit's chains: checking them, anchoring them, showing them, refusals."""
