"""A municipality's arrivals in its own calendar, by an address only its people know."""
