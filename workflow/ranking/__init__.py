"""Who comes first, and how many each should have: apportionment, the published order, plans.

Pure: the standard library and nothing else. The same input gives the same answer, whatever its
order.
"""
