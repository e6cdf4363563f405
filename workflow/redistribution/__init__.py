"""When places and people do not meet: proposals, withdrawal, redistribution, one case or many."""
