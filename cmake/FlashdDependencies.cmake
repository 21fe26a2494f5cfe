# SPDX-License-Identifier: Apache-2.0
# Libraries from the system. Each is required only by the folders that use it; a missing one stops
# the configuration with one sentence that names the Debian package.

function(flashd_have_any out)
  set(${out} OFF PARENT_SCOPE)
  foreach(folder IN LISTS ARGN)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
      set(${out} ON PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# flashd_require(<package> <minimum or ""> <Debian package> <folder>...)
macro(flashd_require name minimum debian)
  flashd_have_any(_flashd_needed ${ARGN})
  if(_flashd_needed)
    find_package(${name} ${minimum} QUIET)
    if(NOT ${name}_FOUND)
      message(FATAL_ERROR "${name} ${minimum} was not found: install the package ${debian} "
                          "(./flashd does it on Debian and Ubuntu).")
    endif()
  endif()
endmacro()

find_package(Threads REQUIRED)
flashd_require(Microsoft.GSL 4.0 libmsgsl-dev model host sim tests bench)
flashd_require(CLI11 2.1 libcli11-dev host)
flashd_require(nlohmann_json 3.11 nlohmann-json3-dev host tests)
flashd_require(yaml-cpp 0.7 libyaml-cpp-dev host)
flashd_require(muparser 2.3 libmuparser-dev host)
flashd_require(Boost 1.74 libboost-dev model host tests)
flashd_require(Catch2 "" catch2 tests)  # 2 and 3 serve; a version here would choose one of them
flashd_require(rapidcheck "" librapidcheck-dev tests)
flashd_require(benchmark 1.7 libbenchmark-dev bench)

# The target of yaml-cpp has another name since 0.8.
add_library(flashd_yaml INTERFACE)
if(TARGET yaml-cpp::yaml-cpp)
  target_link_libraries(flashd_yaml INTERFACE yaml-cpp::yaml-cpp)
elseif(TARGET yaml-cpp)
  target_link_libraries(flashd_yaml INTERFACE yaml-cpp)
endif()

# Independent oracle of the unit tests: Boost.Multiprecision over MPFR.
flashd_have_any(_flashd_needed model tests)
if(_flashd_needed)
  find_library(FLASHD_MPFR mpfr)
  find_library(FLASHD_GMP gmp)
  mark_as_advanced(FLASHD_MPFR FLASHD_GMP)
  if(NOT FLASHD_MPFR OR NOT FLASHD_GMP)
    message(FATAL_ERROR "MPFR and GMP were not found: install the packages libmpfr-dev and "
                        "libgmp-dev (./flashd does it on Debian and Ubuntu).")
  endif()
  add_library(flashd_mpfr INTERFACE)
  target_link_libraries(flashd_mpfr INTERFACE "${FLASHD_MPFR}" "${FLASHD_GMP}")
  if(TARGET Boost::headers)
    target_link_libraries(flashd_mpfr INTERFACE Boost::headers)
  endif()
endif()
