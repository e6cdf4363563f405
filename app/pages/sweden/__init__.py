"""Pages of a Swedish deployment; each module has a `router`, and its templates stand in se/."""
