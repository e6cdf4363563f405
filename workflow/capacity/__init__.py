"""The ledger of places: what each municipality is asked for, decided, holds and has settled."""
