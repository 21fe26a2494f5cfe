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
