# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=<verilated model> -P gather.cmake: one translation unit for a small model, and the
# sources that it was made from.
file(GLOB parts "${FOLDER}/V*.cpp")
list(SORT parts)
set(text "")
foreach(part IN LISTS parts)
  get_filename_component(name "${part}" NAME)
  string(APPEND text "#include \"${name}\"\n")
endforeach()
file(WRITE "${FOLDER}/whole.cpp" "${text}")

file(GLOB rules "${FOLDER}/V*__ver.d")
file(READ "${rules}" rule)
string(REGEX REPLACE "^[^:]*:" "${FOLDER}/whole.cpp:" rule "${rule}")
file(WRITE "${FOLDER}/whole.d" "${rule}")
