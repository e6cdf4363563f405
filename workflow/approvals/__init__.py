"""Four eyes: what touches many is prepared by one and confirmed by another."""
