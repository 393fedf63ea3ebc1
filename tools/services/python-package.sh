# What the scripts of packages from PyPI share: source it, then call install_python_package.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# install_python_package NAME VERSION: in a virtual environment of its own, once. Prints the Python that has it.
install_python_package() {
  local place=${SERVICES_HOME:-$HERE/.installed}/$1-$2
  mkdir -p "$(dirname "$place")"
  exec 9>"$place.lock"
  flock 9
  if [ ! -e "$place/.done" ]; then
    rm -rf "$place"
    python3 -m venv "$place" >&2
    "$place/bin/pip" install --quiet --disable-pip-version-check "$1==$2" >&2
    touch "$place/.done"
  fi
  echo "$place/bin/python"
}
