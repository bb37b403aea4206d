#!/bin/bash
# Installing without a network: everything is collected on one machine, carried over, checked, and installed on another.
#   offline.sh collect WHAT FOLDER      on a machine with a package index; WHAT as pip takes it: ".[lab,genomics]"
#   offline.sh install WHAT FOLDER ENV  on the machine without; FOLDER as it was carried over, ENV is made
# Both machines need the same kind of processor and the same Python (3.11 to 3.13).
set -euo pipefail

usage() {
  sed -n '2,5p' "$0" | cut -c3-
  exit 2
}

python="${PYTHON:-python3}"
case "${1:-}" in
  collect)
    [[ $# -eq 3 ]] || usage
    mkdir -p "$3"
    constraint=()
    [[ -f constraints.txt ]] && constraint=(-c constraints.txt) && export PIP_BUILD_CONSTRAINT=constraints.txt
    # Wheels, not sources: the other machine may have no compiler.
    "$python" -m pip wheel --quiet --wheel-dir "$3" "${constraint[@]}" "$2"
    (cd "$3" && sha256sum -- *.whl > SHA256SUMS)
    echo "$(find "$3" -name '*.whl' | wc -l) wheels in $3; carry them over, and SHA256SUMS by another way"
    ;;
  install)
    [[ $# -eq 4 ]] || usage
    # Each file is the one that was collected, and no other is there.
    (cd "$3" && sha256sum --quiet --strict -c SHA256SUMS)
    if [[ "$(cd "$3" && ls -- *.whl | sort)" != "$(cut -c67- "$3/SHA256SUMS" | sort)" ]]; then
      echo "there are wheels in $3 that SHA256SUMS does not name" >&2
      exit 1
    fi
    [[ -e "$4" ]] && { echo "$4 is there already" >&2; exit 1; }
    "$python" -m venv "$4"
    "$4/bin/python" -m pip install --quiet --no-index --find-links "$3" "$2"
    echo "installed into $4"
    ;;
  *) usage ;;
esac
