"""The pages: each module with a `router` is found by the composition root.

A route takes a `Reader` (app.pages.visit): who reads, when, the session, the form. It reads in
`reader.session`, changes the world in `reader.change()`, and answers with `reader.page`, with
`reader.done` (a redirect and a message) or, where a rule stopped it, with the same page again,
what was typed kept: see `reader.again`.
"""
