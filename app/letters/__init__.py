"""Letters as documents, and the channels they leave by."""
