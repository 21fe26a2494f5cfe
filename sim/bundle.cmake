# SPDX-License-Identifier: Apache-2.0
# cmake -DDIR=<folder> -DFAST=<n> -P bundle.cmake
# Bundles the C++ that Verilator wrote to DIR, whose number of files is not known in advance, into
# bundle_fast_0.cpp .. bundle_fast_<n-1>.cpp, of about equal size, and bundle_slow.cpp (what runs
# once, and waves).
#
# Verilator 5.006 cuts long functions into several and leaves the loop variable __Vilp behind in the
# first; a loop may even be cut between its start and its body. So every use gets one variable per
# thread, declared in loop_variable.h and defined in bundle_slow.cpp.

file(GLOB sources "${DIR}/*.cpp")
list(FILTER sources EXCLUDE REGEX "/bundle_")
list(SORT sources)
set(variable "unsigned __Vilp")
file(WRITE "${DIR}/loop_variable.h" "#pragma once\nextern __thread ${variable};\n")
foreach(source IN LISTS sources)
  file(STRINGS "${source}" used REGEX "__Vilp" LIMIT_COUNT 1)
  if(used)
    file(READ "${source}" text)
    string(REPLACE "IData/*31:0*/ __Vilp;" "" text "${text}")
    file(WRITE "${source}" "#include \"loop_variable.h\"\n${text}")
  endif()
endforeach()

math(EXPR top "${FAST} - 1")
foreach(i RANGE ${top})
  set(size_${i} 0)
  set(text_${i} "")
endforeach()
set(slow "__thread ${variable};\n")
foreach(source IN LISTS sources)
  get_filename_component(name "${source}" NAME)
  if(name MATCHES "__Slow|__Trace|__Syms")
    string(APPEND slow "#include \"${name}\"\n")
    continue()
  endif()
  set(least 0)
  foreach(i RANGE ${top})
    if(size_${i} LESS size_${least})
      set(least ${i})
    endif()
  endforeach()
  file(SIZE "${source}" bytes)
  math(EXPR size_${least} "${size_${least}} + ${bytes}")
  string(APPEND text_${least} "#include \"${name}\"\n")
endforeach()
foreach(i RANGE ${top})
  file(WRITE "${DIR}/bundle_fast_${i}.cpp" "${text_${i}}")
endforeach()
file(WRITE "${DIR}/bundle_slow.cpp" "${slow}")
