"""What we promise of speed, measured: each figure is a ratio to something measured beside it."""
