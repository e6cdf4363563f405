"""Where the outside world touches us: pages, API, sign-in, processes."""
