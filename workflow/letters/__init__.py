"""Letters: what they say, to whom, their number in the series, and where they are."""
