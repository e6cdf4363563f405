"""HTML: one module for each place in the menu."""
