# SPDX-License-Identifier: Apache-2.0
# Test registration. Catch2 tests are written for Catch2 3 (<catch2/catch_test_macros.hpp> etc.);
# with Catch2 2 (Debian 12) forwarding headers of the same names stand in.
#
#   flashd_catch_test(<name> SOURCES <file>... [LIBRARIES <target>...] [LABELS <label>...]
#                     [DEFINITIONS <x=y>...] [TIMEOUT <seconds>] [ONE])
#       One ctest test per TEST_CASE; with ONE, one ctest test for the whole program.
#
# Labels: unit, property, cosim, synth, smoke, system, package, python, onnx, axi, cuda, compare; `full` and `mutants`
# are left out of a plain ./flashd test. A test that cannot run prints a line "SKIP: reason" and exits with 77; in a
# TEST_CASE, FLASHD_SKIP(reason) of tests/support/skip.hpp does it.

# flashd_wheel_python(<variable>): a Python that has the wheels of requirements.txt, if any has.
function(flashd_wheel_python variable)
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  set(found "${PROJECT_SOURCE_DIR}/.venv/bin/python")
  if(NOT EXISTS "${found}")
    set(found "${Python3_EXECUTABLE}")
  endif()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

if(Catch2_FOUND AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/tests/support/catch_main.cpp")
  list(APPEND CMAKE_MODULE_PATH "${Catch2_DIR}")
  include(Catch)
  add_library(flashd_catch_main STATIC EXCLUDE_FROM_ALL tests/support/catch_main.cpp)
  target_include_directories(flashd_catch_main PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(flashd_catch_main PUBLIC Catch2::Catch2)
  if(Catch2_VERSION VERSION_LESS 3)
    target_compile_definitions(flashd_catch_main PRIVATE FLASHD_CATCH2_V2)
    target_include_directories(Catch2::Catch2 INTERFACE
      "${CMAKE_CURRENT_SOURCE_DIR}/cmake/catch2_v2/include")
  endif()
endif()

function(flashd_catch_test name)
  cmake_parse_arguments(arg "ONE" "TIMEOUT" "SOURCES;LIBRARIES;LABELS;DEFINITIONS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  if(FLASHD_SANITIZE)
    math(EXPR arg_TIMEOUT "4 * ${arg_TIMEOUT}")  # checked code runs several times slower
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE flashd_catch_main ${arg_LIBRARIES})
  target_compile_definitions(${name} PRIVATE
    FLASHD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" FLASHD_BINARY_DIR="${PROJECT_BINARY_DIR}"
    ${arg_DEFINITIONS})
  set(properties TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
  if(arg_ONE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES ${properties})
    set_property(TEST ${name} PROPERTY LABELS ${arg_LABELS})
  else()
    catch_discover_tests(${name} TEST_PREFIX "${name}." PROPERTIES ${properties})
    # catch_discover_tests takes a list of labels apart; this runs after its own list of tests.
    set(file "${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake")
    file(CONFIGURE OUTPUT "${file}" @ONLY CONTENT [[
foreach(test IN LISTS @name@_TESTS)
  set_tests_properties("${test}" PROPERTIES LABELS "@arg_LABELS@")
endforeach()
]])
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${file}")
  endif()
endfunction()
