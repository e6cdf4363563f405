"""What every feature stands on; stands on nothing of ours."""
