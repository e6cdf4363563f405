"""Who is told what, when it has happened."""
