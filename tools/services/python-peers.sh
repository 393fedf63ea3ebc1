#!/usr/bin/env bash
# Stream processors from PyPI that benchmarks measure beside Millrace, each in a virtual environment of its own.
# Prints the Python that has it.
#
#     python-peers.sh install bytewax|pathway
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ "${1:-}" != install ] || [ $# -ne 2 ]; then
  echo "usage: $0 install bytewax|pathway" >&2
  exit 2
fi
case $2 in
  bytewax) VERSION=0.21.1 ;;
  pathway) VERSION=0.33.0 ;;
  *)
    echo "$0: no peer '$2'; use bytewax or pathway" >&2
    exit 2
    ;;
esac
PLACE=${SERVICES_HOME:-$HERE/.installed}/$2-$VERSION

mkdir -p "$(dirname "$PLACE")"
exec 9>"$PLACE.lock"
flock 9
if [ ! -e "$PLACE/.done" ]; then
  rm -rf "$PLACE"
  python3 -m venv "$PLACE" >&2
  "$PLACE/bin/pip" install --quiet --disable-pip-version-check "$2==$VERSION" >&2
  touch "$PLACE/.done"
fi
echo "$PLACE/bin/python"
