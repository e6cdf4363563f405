"""A list's filters and order, kept under a name by the person who made them."""
