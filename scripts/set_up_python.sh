#!/usr/bin/env bash
# Make the virtual environment $1 and install the pinned libraries and the program itself into it.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1

is_new_enough() {
  command -v "$1" >/dev/null 2>&1 &&
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local name
  for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    if [ -n "$name" ] && is_new_enough "$name"; then
      echo "$name"
      return
    fi
  done
  return 1
}

install_from_debian() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "$2 Ask an administrator: apt-get install $1" >&2
    exit 1
  fi
  echo "Installing $1 with apt-get"
  apt-get update -qq >/dev/null
  # shellcheck disable=SC2086 # several packages, several words
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $1 >/dev/null
}

is_here() { # made in this folder, not copied or moved from another, and with a pip in it
  [ -x "$venv/bin/python" ] &&
    [ "$("$venv/bin/python" -c 'import pip, sys; print(sys.prefix)' 2>/dev/null)" = "$PWD/$venv" ] &&
    head -n 1 "$venv/bin/pip" | grep -qF "$PWD/$venv/"
}

if ! is_here; then
  find_python >/dev/null ||
    install_from_debian "python3 python3-venv" "There is no Python 3.11 or newer."
  python=$(find_python) || { echo "Found no Python 3.11 or newer; set PYTHON to one." >&2; exit 1; }
  "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
    install_from_debian python3-venv "$python cannot make virtual environments."
  echo "Making $venv with $("$python" --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi

echo "Installing the pinned Python libraries (a few minutes the first time)"
"$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
