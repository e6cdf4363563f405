"""The life of a case: one household settled together, from registration to its municipality."""
