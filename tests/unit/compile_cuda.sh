#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: compile_cuda.sh SOURCE_DIR WORK_DIR: compiles arith_kernel.cu; 77 when there is no nvcc.
set -eu
source_dir=$1
work_dir=$2

nvcc=""
for candidate in "${CUDA_HOME:-/nonexistent}/bin/nvcc" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc; do
  if [ -x "$candidate" ]; then nvcc=$candidate; break; fi
done
if [ -z "$nvcc" ]; then
  echo "SKIP: nvcc was not found; install the CUDA toolkit to compile model/arith for a GPU"
  exit 77
fi

# nvcc only warns when device code calls a host function; here that is the failure looked for.
"$nvcc" -std=c++17 -Werror all-warnings -I "$source_dir" -c "$source_dir/tests/unit/arith_kernel.cu" \
  -o "$work_dir/arith_kernel.o"

# Every header of model/arith must be in the kernel's list.
for header in "$source_dir"/model/arith/*.hpp; do
  name=${header##*/}
  case $name in host_device.hpp | spec.hpp) continue ;; esac
  if ! grep -q "\"model/arith/$name\"" "$source_dir/tests/unit/arith_kernel.cu"; then
    echo "FAIL: tests/unit/arith_kernel.cu does not include model/arith/$name"
    exit 1
  fi
done
echo "compiled $(grep -c '^#include' "$source_dir/tests/unit/arith_kernel.cu") headers with $nvcc"
