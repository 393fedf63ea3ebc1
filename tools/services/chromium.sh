#!/usr/bin/env bash
# Chromium for the tests of the web UI, from the package source of Debian.
# Usage: chromium.sh install|status
# The path of the program is printed on stdout, everything else goes to stderr. Exit: 0 ok, 1 failed, 2 usage, 3 not there
set -euo pipefail
PROGRAM=${CHROMIUM:-/usr/bin/chromium}

case ${1:-} in
  install)
    if [ ! -x "$PROGRAM" ]; then
      if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "chromium: install it by your system's packages, then set CHROMIUM to its path" >&2
        exit 1
      fi
      { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >&2
    fi
    echo "$PROGRAM";;
  status)
    if [ ! -x "$PROGRAM" ]; then
      echo "chromium: not installed" >&2
      exit 3
    fi
    echo "$PROGRAM";;
  *)
    echo "usage: $0 install|status" >&2
    exit 2;;
esac
