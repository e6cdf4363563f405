"""JSON over HTTP: the same commands, queries and refusals as the pages; docs/api.md tells how."""

#: Where it lies; what breaks a client gets another number.
API = "/api/v1"
