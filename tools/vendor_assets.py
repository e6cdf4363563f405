"""Fetch what the pages borrow from npm, check it against vendor.lock.json, lay it in place.

    python tools/vendor_assets.py           fetch each package, check its integrity, write its files
    python tools/vendor_assets.py --check   only recompute the hashes of the files that lie here
    python tools/vendor_assets.py --renew   as the first, and write down what came: for when the
                                            lock's versions or files have been changed by hand

The files are committed, so an installation needs no Node. The lock names packages, versions,
licences and hashes, never where they are fetched from: that is npm's own setting on the machine.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter, load_font, save_font

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "vendor.lock.json"

MIT = """\
MIT License

{copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


class Differs(Exception):
    """What came, or lies here, is not what the lock says; the message names it."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    choice = arguments.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="only recompute hashes, fetch nothing")
    choice.add_argument("--renew", action="store_true", help="write down what came")
    chosen = arguments.parse_args()
    lock = json.loads(LOCK.read_text("utf-8"))
    try:
        if not chosen.check:
            with tempfile.TemporaryDirectory(prefix="vendor-") as folder:
                for package in lock["packages"]:
                    lay_in_place(package, Path(folder), renew=chosen.renew)
        if chosen.renew:
            lock["files"] = {name: sha256(ROOT / name) for name in files_here(lock)}
            LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", "utf-8")
        check(lock)
    except Differs as difference:
        print(difference, file=sys.stderr)
        return 1
    return 0


def check(lock: dict[str, Any]) -> None:
    """Every file in the lock's folders is in the lock with the hash it has, and none is missing."""
    expected: dict[str, str] = lock["files"]
    if strangers := sorted(set(files_here(lock)) - set(expected)):
        raise Differs(f"not in {LOCK.name}: {', '.join(strangers)}")
    for name, wanted in expected.items():
        if not (ROOT / name).is_file():
            raise Differs(f"{name} is missing: run python tools/vendor_assets.py")
        if (found := sha256(ROOT / name)) != wanted:
            raise Differs(f"{name}: {found}, expected {wanted}")
    print(f"{len(expected)} vendored files are what {LOCK.name} says")


def files_here(lock: dict[str, Any]) -> list[str]:
    folders = {package["into"] for package in lock["packages"]}
    return sorted(
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    )


def lay_in_place(package: dict[str, Any], scratch: Path, *, renew: bool) -> None:
    name = f"{package['name']}@{package['version']}"
    archive = fetch(name, scratch)
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if renew:
        package["integrity"] = integrity
    elif package["integrity"] != integrity:
        raise Differs(f"{name}: integrity {integrity}, expected {package['integrity']}")
    source = scratch / archive.stem
    with tarfile.open(archive) as packed:
        # Pythons before 3.11.4 have no filter.
        packed.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        packed.extractall(source)  # noqa: S202  its hash is the one we expect
    source = next(path for path in source.iterdir() if path.is_dir())  # npm's own "package" folder
    into = ROOT / package["into"]
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for target, origin in package.get("copy", {}).items():
        shutil.copyfile(source / origin, into / target)
    for target, few in package.get("subset", {}).items():
        (into / target).write_bytes(subset(into / few["of"], few["letters"]))
    if icons := package.get("icons"):
        drawn = sprite(source / "dist" / "svg", icons)
        (into / "icons.svg").write_text(drawn, "utf-8", newline="\n")
    if theme := package.get("theme"):
        build_theme(theme, archive, scratch, into)
    if notice := package.get("notice"):
        text = notice["says"] + "\n\n" + MIT.format(copyright=notice["copyright"])
        (into / "LICENSE").write_text(text, "utf-8", newline="\n")
    print(f"{name} -> {package['into']}")


def fetch(name: str, scratch: Path) -> Path:
    said = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(scratch), name],
        check=True,
        capture_output=True,
        text=True,
    )
    return scratch / said.stdout.split()[-1]


def sprite(folder: Path, icons: list[str]) -> str:
    """One SVG file with a symbol for each icon, drawn in the colour of the text around it."""
    symbols = [symbol(icon, (folder / f"{icon}.svg").read_text("utf-8")) for icon in sorted(icons)]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def subset(font: Path, letters: str) -> bytes:
    """The font with these letters alone."""
    options = Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
    made = load_font(str(font), options)
    cutter = Subsetter(options)
    cutter.populate(text=letters)
    cutter.subset(made)
    made.recalcTimestamp = False
    written = io.BytesIO()
    save_font(made, written, options)
    return written.getvalue()


def symbol(icon: str, drawing: str) -> str:
    view = re.search(r'viewBox="([^"]+)"', drawing)
    inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    if not view or not inner:
        raise Differs(f"{icon}.svg is not drawn as expected")
    return f'<symbol id="{icon}" viewBox="{view[1]}" fill="none">{inner[1].strip()}</symbol>'


def build_theme(theme: dict[str, str], archive: Path, scratch: Path, into: Path) -> None:
    """Colours, sizes and type of our own, by the design system's own command line."""
    work = scratch / "theme"
    work.mkdir()
    shutil.copyfile(ROOT / theme["config"], work / "designsystemet.config.json")
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run([*install, str(archive)], cwd=work, check=True)
    command = [str(work / "node_modules" / ".bin" / "designsystemet"), "tokens"]
    create = ["create", "--config", "designsystemet.config.json", "--clean"]
    build = ["build", "-t", "design-tokens", "-o", "built", "--clean"]
    for step in (create, build):
        subprocess.run([*command, *step], cwd=work, check=True, capture_output=True)
    shutil.copyfile(work / "built" / theme["built"], into / theme["built"])


def sha256(path: Path) -> str:
    return "sha256-" + hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
