"""Sweden: what has been said with county boards, municipalities, SKR and others."""
