"""Distribution keys: what an even spread over municipalities is. Pure: files in, numbers out.

`parameters` is a key as data, `statistics` what it is computed from, `shares` the share of each,
`targets` the whole number of each.
"""
