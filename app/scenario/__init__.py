"""Invented cases for a real year: March 2020, from published totals and a seed. Pure plans."""
