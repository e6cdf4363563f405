"""The port to the carrier's own system (IOM's, or UDI's): wishes of travel go out.

Its confirmations come in by the API (`app.api.wishes`).
"""
