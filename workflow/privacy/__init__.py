"""Privacy: which columns are personal, how long they are kept, erasing them, handing them out."""
