# SPDX-License-Identifier: Apache-2.0
# FlashAttention-2 key by key, in BF16 and with FP32 sums.
set(flash2_jobs --job n01 fa3 peaky vchan equal sink decay causal window masked large tiny)
list(JOIN flash2_jobs " " flash2_jobs)

foreach(kind IN ITEMS bf16 fp32)
  foreach(rows IN ITEMS 1 8)
    flashd_lane_bench(flash2_${kind} 16 ${rows} TOP flashd_lane_flash2_${kind}
      LISTS rtl/baseline/baseline.f SOURCES flash2_${kind}_lane.cpp
      TEST "${flash2_jobs} --keys 300 --queries 16"
      "${flash2_jobs} --keys 200 --queries 16 --gaps 0.3 --seed 2")
    flashd_lane_bench(flash2_${kind} 256 ${rows} TOP flashd_lane_flash2_${kind}
      LISTS rtl/baseline/baseline.f SOURCES flash2_${kind}_lane.cpp)
  endforeach()
  flashd_lane_bench(flash2_${kind} 64 1 TOP flashd_lane_flash2_${kind}
    LISTS rtl/baseline/baseline.f SOURCES flash2_${kind}_lane.cpp)
  flashd_lane_bench(flash2_${kind} 64 8 TOP flashd_lane_flash2_${kind}
    LISTS rtl/baseline/baseline.f SOURCES flash2_${kind}_lane.cpp
    TEST "${flash2_jobs} --keys 150 --queries 8")
endforeach()

# Their floating-point units.
set(flash2_dir "${CMAKE_CURRENT_BINARY_DIR}/flash2_units.verilated")
set(flash2_rtl "${CMAKE_CURRENT_SOURCE_DIR}/flash2_units.sv")
foreach(module IN ITEMS engine/flashd_array_multiply engine/flashd_compress
                        engine/flashd_digit_multiply baseline/flashd_fp_add
                        baseline/flashd_bf16_multiply baseline/flashd_bf16_add
                        baseline/flashd_flash2_bf16_exp baseline/flashd_flash2_bf16_reciprocal
                        baseline/flashd_flash2_fp32_power)
  list(APPEND flash2_rtl "${PROJECT_SOURCE_DIR}/rtl/${module}.sv")
endforeach()
add_custom_command(
  OUTPUT "${flash2_dir}/whole.cpp" "${flash2_dir}/Vflash2_units.h"
  COMMAND "${FLASHD_VERILATOR}" --cc --prefix Vflash2_units --Mdir "${flash2_dir}" -O3
          +define+FLASHD_CELLS --top-module flash2_units -Wno-fatal -Wno-lint -Wno-style ${flash2_rtl}
  COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${flash2_dir}"
          -P "${PROJECT_SOURCE_DIR}/tests/rtl_units/gather.cmake"
  DEPENDS ${flash2_rtl}
  COMMENT "Verilating the units of FlashAttention-2"
  VERBATIM)
set_source_files_properties("${flash2_dir}/whole.cpp" PROPERTIES COMPILE_OPTIONS "-w;-O1")
add_executable(flashd_flash2_units flash2_units.cpp "${flash2_dir}/whole.cpp")
target_include_directories(flashd_flash2_units PRIVATE "${flash2_dir}")
target_link_libraries(flashd_flash2_units PRIVATE flashd_reference flashd_lane_runtime)
add_test(NAME lane.flash2_units COMMAND flashd_flash2_units)
set_tests_properties(lane.flash2_units PROPERTIES LABELS lane TIMEOUT 120)
