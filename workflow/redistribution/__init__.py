"""When places and people do not meet: proposals, withdrawal and redistribution, one case or many."""
