#!/usr/bin/env bash
# PyPI's flink-rest-client in a virtual environment of its own. Prints the Python that has it.
#
#     flink-rest-client.sh install
. "$(dirname "${BASH_SOURCE[0]}")/python-package.sh"

if [ "${1:-}" != install ] || [ $# -ne 1 ]; then
  echo "usage: $0 install" >&2
  exit 2
fi
install_python_package flink-rest-client 1.0.8
