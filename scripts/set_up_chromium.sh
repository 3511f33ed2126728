#!/usr/bin/env bash
# Install Debian's chromium for the browser tests, where that can be done; say what follows where it cannot.
set -euo pipefail

command -v chromium >/dev/null && exit 0

skipped="The browser tests will be skipped."
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "No chromium here, and it takes an administrator to apt-get install it. $skipped"
  exit 0
fi
echo "Installing chromium with apt-get"
if ! { apt-get update -qq &&
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } >/dev/null; then
  echo "apt-get could not install chromium. $skipped"
fi
