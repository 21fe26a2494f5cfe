#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: fresh.sh SOURCE_DIR: fails when a generated file differs from what the spec generates.
set -u
source_dir=$1

python=""
for candidate in "$source_dir/.venv/bin/python" python3; do
  if "$candidate" -c 'import numpy, yaml, peakrdl_regblock, peakrdl_cheader, peakrdl_markdown' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "SKIP: no Python with PyYAML, numpy and PeakRDL; ./flashd test makes one in .venv"
  exit 77
fi

"$python" "$source_dir/spec/generate.py" --check || exit 1

# A check that cannot see a change is worth nothing: it must reject every spoiled file of a copy.
spoiled=$(mktemp -d)
trap 'rm -rf "$spoiled"' EXIT
cp -r "$source_dir/spec" "$spoiled/spec"
files=$("$python" "$source_dir/spec/generate.py" --list) || exit 1
count=0
for file in $files; do
  mkdir -p "$spoiled/$(dirname "$file")"
  cp "$source_dir/$file" "$spoiled/$file"
  count=$((count + 1))
done
[ "$count" -ge 8 ] || { echo "FAIL: only $count generated files"; exit 1; }
"$python" "$spoiled/spec/generate.py" --check >/dev/null || { echo "FAIL: a clean copy counts as stale"; exit 1; }
for file in $files; do
  sed -i '0,/[0-8]/s//9/' "$spoiled/$file"  # the first digit that is no 9
done
if message=$("$python" "$spoiled/spec/generate.py" --check); then
  echo "FAIL: spoiled files pass the check"
  exit 1
fi
for file in $files "./flashd spec"; do
  case $message in
    *"$file"*) ;;
    *) echo "FAIL: the message does not name $file: $message"; exit 1 ;;
  esac
done
echo "$count spoiled files were rejected"
