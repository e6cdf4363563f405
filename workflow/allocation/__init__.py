"""Sweden: keys computed and kept, each municipality's target over the year, and who is counted.

Beside `workflow.keys`, which computes and knows no database.
"""
