"""Getting there: UDI's bookings in versions, arrivals, quarantine (R20–R22)."""
