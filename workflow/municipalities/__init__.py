"""The register of municipalities and airports. Names and numbers are periods; the identity is our own."""
