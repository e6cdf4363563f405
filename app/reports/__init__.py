"""Reports of a Swedish deployment as documents for people: PDF and workbook, in Swedish."""
