"""What the pages borrow lies here byte for byte as vendor.lock.json says, with its licence."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "vendor.lock.json").read_text("utf-8"))
PACKAGES = LOCK["packages"]


@pytest.mark.parametrize("name", list(LOCK["files"]))
def test_a_vendored_file_has_the_hash_in_the_lock(name):
    found = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()

    assert LOCK["files"][name] == f"sha256-{found}"


def test_nothing_lies_in_the_vendor_folders_that_the_lock_does_not_name():
    folders = [ROOT / "app" / "static" / "vendor", ROOT / "tests" / "app" / "vendor"]

    here = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert here == set(LOCK["files"])


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_a_package_is_pinned_and_has_its_licence_beside_it(package):
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])
    assert package["licence"]
    assert (ROOT / package["into"] / "LICENSE").stat().st_size > 500


def test_the_lock_names_no_place_to_fetch_from():
    assert "://" not in (ROOT / "vendor.lock.json").read_text("utf-8")


def test_the_sprite_holds_exactly_the_icons_of_the_lock():
    icons = next(package for package in PACKAGES if "icons" in package)
    drawn = (ROOT / icons["into"] / "icons.svg").read_text("utf-8")

    assert re.findall(r'<symbol id="(\w+)"', drawn) == sorted(icons["icons"])
