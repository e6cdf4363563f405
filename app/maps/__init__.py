"""Maps as our own SVG: a circle for each municipality, or boundaries where they are imported."""
