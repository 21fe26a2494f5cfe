# SPDX-License-Identifier: Apache-2.0
# Our lane: every output and row sum equal to golden's.
set(ours_jobs --job n01 fa3 peaky vchan equal sink decay flat_long causal window masked large tiny)
list(JOIN ours_jobs " " ours_jobs)

# flashd_our_lane(<profile> <d> <rows> [TEST <options>...])
function(flashd_our_lane profile d rows)
  list(FIND profiles ${profile} id)
  flashd_lane_bench(ours_${profile} ${d} ${rows} TOP flashd_lane LISTS rtl/flashd.f rtl/lane/lane.f
    SOURCES ours.cpp PARAMETERS Profile=${id} ${ARGN})
endfunction()

set(profiles fine lean)
foreach(profile IN LISTS profiles)
  foreach(rows 1 8)
    flashd_our_lane(${profile} 16 ${rows} TEST "${ours_jobs} --keys 256 --queries 16"
                    "${ours_jobs} --keys 160 --queries 16 --gaps 0.3 --seed 2")
    flashd_our_lane(${profile} 256 ${rows})
  endforeach()
endforeach()
flashd_our_lane(fine 64 1)
flashd_our_lane(fine 64 8 TEST "${ours_jobs} --keys 228 --queries 8"
                "${ours_jobs} --keys 80 --queries 16 --gaps 0.3 --seed 3")
flashd_our_lane(lean 64 1)
flashd_our_lane(lean 64 8)

# Its rounding alone.
set(round_dir "${CMAKE_CURRENT_BINARY_DIR}/ours_round.verilated")
set(round_rtl "${PROJECT_SOURCE_DIR}/rtl/spec/flashd_spec_pkg.sv"
              "${PROJECT_SOURCE_DIR}/rtl/engine/flashd_leading_one.sv"
              "${PROJECT_SOURCE_DIR}/rtl/lane/flashd_lane_round.sv")
add_custom_command(
  OUTPUT "${round_dir}/whole.cpp" "${round_dir}/Vlane_round.h"
  COMMAND "${CMAKE_COMMAND}" -E rm -rf "${round_dir}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${round_dir}"
  COMMAND "${FLASHD_VERILATOR}" --cc -O3 --prefix Vlane_round --Mdir "${round_dir}"
          --top-module flashd_lane_round ${round_rtl}
  COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${round_dir}"
          -P "${PROJECT_SOURCE_DIR}/tests/rtl_units/gather.cmake"
  DEPENDS ${round_rtl}
  VERBATIM)
set_source_files_properties("${round_dir}/whole.cpp" PROPERTIES COMPILE_OPTIONS "-w;-O1")
add_executable(flashd_lane_ours_round ours_round.cpp "${round_dir}/whole.cpp")
target_include_directories(flashd_lane_ours_round PRIVATE "${round_dir}")
target_link_libraries(flashd_lane_ours_round PRIVATE flashd_arith flashd_lane_runtime)
add_test(NAME lane.ours_round COMMAND flashd_lane_ours_round)
set_tests_properties(lane.ours_round PROPERTIES LABELS lane TIMEOUT 120)
