# SPDX-License-Identifier: Apache-2.0
# Enables the CUDA language when the kernels are in the tree and a compiler works;
# else says why not.

set(FLASHD_HAVE_CUDA OFF)
if(FLASHD_CUDA AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/kernels/CMakeLists.txt")
  find_program(FLASHD_NVCC nvcc HINTS "$ENV{CUDA_HOME}/bin" "$ENV{CUDA_PATH}/bin"
               PATHS /usr/local/cuda/bin)
  mark_as_advanced(FLASHD_NVCC)
  if(FLASHD_NVCC)
    set(CMAKE_CUDA_COMPILER "${FLASHD_NVCC}")
    if(NOT CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 90a)
    endif()
    include(CheckLanguage)
    check_language(CUDA)
  endif()
  if(FLASHD_NVCC AND CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    set(CMAKE_CUDA_STANDARD 17)
    set(FLASHD_HAVE_CUDA ON)
    message(STATUS "CUDA: ${CMAKE_CUDA_COMPILER_ID} ${CMAKE_CUDA_COMPILER_VERSION}")
  else()
    message(STATUS "CUDA: no working nvcc found, the cuda back end is left out")
  endif()
else()
  message(STATUS "CUDA: off (no kernels in this tree, or FLASHD_CUDA=OFF)")
endif()
