"""Sweden: accommodation that is offered, contracted and called off, measured against the numbers.

Money is in öre, whole numbers, without VAT; a price is for one place and one night.
"""
