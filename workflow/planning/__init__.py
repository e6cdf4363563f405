"""The best plan for many cases at once, how good any plan can be, and why for each case.

Pure: the standard library, numpy and OR-Tools; no database and no clock. The same input gives the
same plan on any machine: nothing is drawn, sums are of whole numbers, ties go by the published
order. numpy and OR-Tools take a while to load, so only who plans imports the modules here.
"""
