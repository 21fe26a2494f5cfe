# SPDX-License-Identifier: Apache-2.0
# The published FLASH-D.
add_executable(flashd_published_tables published_tables.cpp)
target_link_libraries(flashd_published_tables PRIVATE flashd_reference)
add_test(NAME lane.published_tables
         COMMAND flashd_published_tables --check
                 "${PROJECT_SOURCE_DIR}/rtl/baseline/flashd_published_pkg.sv")
set_tests_properties(lane.published_tables PROPERTIES LABELS lane TIMEOUT 60)

set(published_jobs --job n01 fa3 peaky vchan equal causal window masked large tiny)
list(JOIN published_jobs " " published_jobs)
foreach(rows IN ITEMS 1 8)
  flashd_lane_bench(published 16 ${rows} TOP flashd_lane_published LISTS rtl/baseline/baseline.f
    SOURCES published_lane.cpp TEST "${published_jobs} --keys 300 --queries 16"
    "${published_jobs} --keys 200 --queries 16 --gaps 0.3 --seed 2")
  flashd_lane_bench(published 256 ${rows} TOP flashd_lane_published LISTS rtl/baseline/baseline.f
    SOURCES published_lane.cpp)
endforeach()
flashd_lane_bench(published 64 1 TOP flashd_lane_published LISTS rtl/baseline/baseline.f
  SOURCES published_lane.cpp)
flashd_lane_bench(published 64 8 TOP flashd_lane_published LISTS rtl/baseline/baseline.f
  SOURCES published_lane.cpp TEST "${published_jobs} --keys 150 --queries 8")

set(published_rtl flashd_published_total flashd_published_add flashd_published_pkg
    flashd_published_fix flashd_published_step flashd_published_merge flashd_published_element)
list(TRANSFORM published_rtl PREPEND "${PROJECT_SOURCE_DIR}/rtl/baseline/")
list(TRANSFORM published_rtl APPEND ".sv")
set(published_dir "${CMAKE_CURRENT_BINARY_DIR}/published_units.verilated")
add_custom_command(
  OUTPUT "${published_dir}/whole.cpp" "${published_dir}/Vunits.h"
  COMMAND "${FLASHD_VERILATOR}" --cc -O3 --assert --prefix Vunits --Mdir "${published_dir}"
          --top-module published_units ${published_rtl}
          "${CMAKE_CURRENT_SOURCE_DIR}/published_units.sv"
  COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${published_dir}"
          -P "${PROJECT_SOURCE_DIR}/tests/rtl_units/gather.cmake"
  DEPENDS ${published_rtl} published_units.sv
  COMMENT "Verilating the units of the published FLASH-D"
  VERBATIM)
set_source_files_properties("${published_dir}/whole.cpp" PROPERTIES COMPILE_OPTIONS "-w;-O2")
add_executable(flashd_published_units published_units.cpp "${published_dir}/whole.cpp")
target_include_directories(flashd_published_units PRIVATE "${published_dir}")
target_link_libraries(flashd_published_units PRIVATE flashd_reference flashd_lane_runtime)
add_test(NAME lane.published_units COMMAND flashd_published_units)
set_tests_properties(lane.published_units PROPERTIES LABELS lane TIMEOUT 300)
