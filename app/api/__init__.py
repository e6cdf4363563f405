"""JSON over HTTP: the same commands, queries and refusals as the pages; docs/api.md tells how."""
