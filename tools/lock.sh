#!/bin/sh
# Renew requirements.lock: hashes, and no word of where the packages came from.
set -eu
cd "$(dirname "$0")/.."
UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" .venv/bin/uv --quiet pip compile "$@" --universal --python-version 3.11 \
  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
  --group dev pyproject.toml --output-file requirements.lock
if grep -nE '://|^-|file:|/' requirements.lock; then
  echo "requirements.lock names a place; it must hold names, versions and hashes only" >&2
  exit 1
fi
