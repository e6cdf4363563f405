"""What a session runs on, by its family."""

import pytest

from app.signin.device import family

_MOZILLA = "Mozilla/5.0"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (f"{_MOZILLA} (Windows NT 10.0; Win64; x64) {_CHROME}", "Chrome, Windows"),
        (f"{_MOZILLA} (Windows NT 10.0; Win64; x64) {_CHROME} Edg/156.0", "Edge, Windows"),
        (
            f"{_MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0",
            "Firefox, Linux",
        ),
        (
            f"{_MOZILLA} (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        (f"{_MOZILLA} (Linux; Android 15) {_CHROME}", "Chrome, Android"),
        ("curl/8.9.1", None),
        ("<script>Windows</script>", "Windows"),
        (None, None),
    ],
)
def test_it_is_told_by_names_of_ours_only(told, known):
    assert family(told) == known
