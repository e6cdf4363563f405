"""Messages by e-mail and SMS: how they read, what they leave by, and the worker that sends them."""
