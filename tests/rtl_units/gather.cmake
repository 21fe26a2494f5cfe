# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=<verilated model> -P gather.cmake: one translation unit for a small model.
file(GLOB parts "${FOLDER}/V*.cpp")
list(SORT parts)
set(text "")
foreach(part IN LISTS parts)
  get_filename_component(name "${part}" NAME)
  string(APPEND text "#include \"${name}\"\n")
endforeach()
file(WRITE "${FOLDER}/whole.cpp" "${text}")
