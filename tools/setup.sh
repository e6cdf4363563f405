#!/bin/sh
# Build .venv with exactly what requirements.lock names, every file checked against its hash.
#
# Needs Python 3.11 or newer with pip or ensurepip; nothing else, and no rights but to this folder. Takes packages from
# where the machine's own pip takes them (pip's index and certificates, where it has any set). PYTHON says with which.
set -eu

cd "$(dirname "$0")/.."
python=${PYTHON:-$(python3 tools/quickest_python.py 2>/dev/null || echo python3)}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Bosetting needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Try: make setup PYTHON=python3.11" >&2
  exit 1
}

pip_setting() { # the machine's own value of one of pip's options; the environment goes before the files
  "$python" -m pip config list 2>/dev/null | sed -n "s/^[^=]*\.$1='\(.*\)'\$/\1/p" | head -n 1
}

# A .venv whose interpreter is gone or was upgraded is built anew.
.venv/bin/python -c '' 2>/dev/null || rm -rf .venv

if "$python" -m pip --version >/dev/null 2>&1; then
  [ -d .venv ] || "$python" -m venv --without-pip .venv
  pip() { "$python" -m pip --python .venv/bin/python "$@"; }
else
  [ -x .venv/bin/pip ] || "$python" -m venv .venv
  pip() { .venv/bin/python -m pip "$@"; }
fi

# uv first, from the lock's own lines, then everything else by uv.
wanted=$(mktemp)
trap 'rm -f "$wanted"' EXIT
awk '/^[^ ]/ { ours = /^uv==/ } ours' requirements.lock > "$wanted"
PIP_DISABLE_PIP_VERSION_CHECK=1 pip install --quiet --require-hashes --no-deps -r "$wanted"

index=$(pip_setting index-url)
certificates=$(pip_setting cert)
[ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
[ -z "$certificates" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}"
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" VIRTUAL_ENV="$PWD/.venv"

.venv/bin/uv --quiet pip sync --require-hashes requirements.lock
.venv/bin/uv --quiet pip install --no-deps --no-build-isolation --editable .
touch .venv/.set-up
