#!/usr/bin/env bash
# PyPI's flink-rest-client in a virtual environment of its own. Prints the Python that has it.
#
#     flink-rest-client.sh install
set -euo pipefail

VERSION=1.0.8
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PLACE=${SERVICES_HOME:-$HERE/.installed}/flink-rest-client-$VERSION

if [ "${1:-}" != install ] || [ $# -ne 1 ]; then
  echo "usage: $0 install" >&2
  exit 2
fi
mkdir -p "$(dirname "$PLACE")"
exec 9>"$PLACE.lock"
flock 9
if [ ! -e "$PLACE/.done" ]; then
  rm -rf "$PLACE"
  python3 -m venv "$PLACE" >&2
  "$PLACE/bin/pip" install --quiet --disable-pip-version-check "flink-rest-client==$VERSION" >&2
  touch "$PLACE/.done"
fi
echo "$PLACE/bin/python"
