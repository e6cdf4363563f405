"""What goes in and out: types strict enough that what passes them can be stored and told."""
