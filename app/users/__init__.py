"""Users, their roles, and authority lent for some days."""
