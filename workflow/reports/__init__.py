"""Sweden: what Migrationsverket reports of its assignment, frozen and dated (Ju2022/01219)."""
