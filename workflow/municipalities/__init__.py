"""The register of municipalities and airports. Names are periods; the identity is our own."""
