#!/usr/bin/env bash
# Fetch the browser's libraries with npm and put the few files that pages use where they are served from.
# $1 is a Python that can make a virtual environment for node where the machine has no npm.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

if ! command -v npm >/dev/null 2>&1 || ! npm --version >/dev/null 2>&1; then
  echo "No npm here: fetching node as a Python library"
  "$python" -m venv build/node
  build/node/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r scripts/node.lock
  PATH="$PWD/build/node/bin:$PATH"
fi

echo "Fetching the pinned browser libraries"
npm ci --no-audit --no-fund --loglevel=error >/dev/null

served=pathway_engine/web/static/vendor
tested=tests/browser/vendor
mkdir -p "$served" "$tested"
cp node_modules/htmx.org/dist/htmx.min.js "$served/htmx.min.js"
cp node_modules/htmx.org/LICENSE "$served/htmx.LICENSE"
cp node_modules/@digdir/designsystemet-css/dist/src/index.css "$served/designsystemet.css"
cp node_modules/@digdir/designsystemet-css/dist/theme/designsystemet.css "$served/designsystemet-theme.css"
cp node_modules/@digdir/designsystemet-css/LICENSE "$served/designsystemet.LICENSE"
# The image that is shipped leaves out what only tests need.
if [ -d node_modules/axe-core ]; then
  cp node_modules/axe-core/axe.min.js "$tested/axe.min.js"
fi
