"""A token is known by its signature before anybody is asked about it."""

from app.signin import bearer

KEY, NEXT = b"k" * 32, b"n" * 32


def test_a_token_is_ours_by_the_key_that_signed_it():
    token = bearer.fresh([KEY])

    assert bearer.PATTERN.fullmatch(token)
    assert bearer.is_ours(token, [KEY])
    assert not bearer.is_ours(token, [NEXT])
    assert not bearer.is_ours(token, [])


def test_a_key_is_changed_without_a_token_lost():
    before = bearer.fresh([KEY])
    after = bearer.fresh([NEXT, KEY])

    assert bearer.is_ours(before, [NEXT, KEY])
    assert bearer.is_ours(after, [NEXT, KEY])
    assert bearer.is_ours(after, [NEXT])
    assert not bearer.is_ours(before, [NEXT])


def test_no_character_of_a_token_can_be_another():
    token = bearer.fresh([KEY])

    for place, sign in enumerate(token):
        other = "a" if sign != "a" else "b"
        assert not bearer.is_ours(token[:place] + other + token[place + 1 :], [KEY]), place


def test_what_is_no_token_is_not_ours():
    for told in ("", "bos_", "bos_x", "æ" * 90, bearer.fresh([KEY]) + "\n", "bos_" + "_" * 85):
        assert not bearer.is_ours(told, [KEY])


def test_the_name_of_a_key_says_nothing_of_it():
    assert bearer.name_of(KEY) != bearer.name_of(NEXT)
    assert bearer.name_of(KEY).encode() not in KEY.hex().encode()
