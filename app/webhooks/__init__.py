"""Other systems are told by webhooks, and read the same events in a feed."""
