#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: fresh.sh SOURCE_DIR: fails when a generated file differs from what the spec generates.
set -u
source_dir=$1

python=""
for candidate in "$source_dir/.venv/bin/python" python3; do
  if "$candidate" -c 'import numpy, yaml' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "SKIP: no Python with PyYAML and numpy; ./flashd setup makes one in .venv"
  exit 77
fi

"$python" "$source_dir/spec/generate.py" --check || exit 1

# A check that cannot see a change is worth nothing: it must reject a spoiled copy.
spoiled=$(mktemp -d)
trap 'rm -rf "$spoiled"' EXIT
mkdir -p "$spoiled/docs"
cp -r "$source_dir/spec" "$spoiled/spec"
for file in rtl/spec/flashd_spec_pkg.sv model/arith/spec.hpp firmware/include/flashd_spec.h docs/generated/spec.md; do
  mkdir -p "$spoiled/$(dirname "$file")"
  cp "$source_dir/$file" "$spoiled/$file"
done
"$python" "$spoiled/spec/generate.py" --check >/dev/null || { echo "FAIL: a clean copy counts as stale"; exit 1; }
for file in rtl/spec/flashd_spec_pkg.sv model/arith/spec.hpp firmware/include/flashd_spec.h docs/generated/spec.md; do
  cp "$spoiled/$file" "$spoiled/kept"
  sed -i '0,/22/s//21/' "$spoiled/$file"
  if message=$("$python" "$spoiled/spec/generate.py" --check); then
    echo "FAIL: a changed $file passes the check"
    exit 1
  fi
  case $message in
    *"$file"*"./flashd spec"*) ;;
    *) echo "FAIL: the message names neither $file nor the command that mends it: $message"; exit 1 ;;
  esac
  cp "$spoiled/kept" "$spoiled/$file"
done
echo "4 spoiled copies were rejected"
