# SPDX-License-Identifier: Apache-2.0
# units.py's project in a copy of rtl, model and tests: the unit benches alone.
cmake_minimum_required(VERSION 3.25)
project(flashd_unit_mutants LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(FLASHD_VERILATED ON)
find_package(Threads REQUIRED)
add_library(flashd_arith INTERFACE)
target_include_directories(flashd_arith INTERFACE "${PROJECT_SOURCE_DIR}")
enable_testing()
add_subdirectory(tests/rtl_units)
add_subdirectory(tests/soc)
