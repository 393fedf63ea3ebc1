#!/usr/bin/env bash
# Stream processors from PyPI that benchmarks measure beside Millrace, each in a virtual environment of its own.
# Prints the Python that has it.
#
#     python-peers.sh install bytewax|pathway
. "$(dirname "${BASH_SOURCE[0]}")/python-package.sh"

if [ "${1:-}" != install ] || [ $# -ne 2 ]; then
  echo "usage: $0 install bytewax|pathway" >&2
  exit 2
fi
case $2 in
  bytewax) install_python_package bytewax 0.21.1 ;;
  pathway) install_python_package pathway 0.33.0 ;;
  *)
    echo "$0: no peer '$2'; use bytewax or pathway" >&2
    exit 2
    ;;
esac
