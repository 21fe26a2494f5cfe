# SPDX-License-Identifier: Apache-2.0
# The running sum: every output, every l and every M equal to rivals::running_sum.
set(running_sum_jobs --job n01 fa3 peaky vchan equal sink decay flat_long causal window masked large
    tiny)
list(JOIN running_sum_jobs " " running_sum_jobs)

# flashd_running_sum_lane(<profile> <d> <rows> [TEST <options>...])
function(flashd_running_sum_lane profile d rows)
  set(profiles fine lean)
  list(FIND profiles ${profile} id)
  flashd_lane_bench(running_sum_${profile} ${d} ${rows} TOP flashd_lane_running_sum
    LISTS rtl/flashd.f rtl/baseline/baseline.f SOURCES running_sum.cpp PARAMETERS Profile=${id}
    ${ARGN})
endfunction()

foreach(profile fine lean)
  foreach(rows 1 8)
    flashd_running_sum_lane(${profile} 16 ${rows}
      TEST "${running_sum_jobs} --keys 256 --queries 16"
           "${running_sum_jobs} --keys 160 --queries 16 --gaps 0.3 --seed 2")
    flashd_running_sum_lane(${profile} 256 ${rows})
  endforeach()
endforeach()
flashd_running_sum_lane(fine 64 1)
flashd_running_sum_lane(fine 64 8 TEST "${running_sum_jobs} --keys 228 --queries 8"
                        "${running_sum_jobs} --keys 80 --queries 16 --gaps 0.3 --seed 3")
flashd_running_sum_lane(lean 64 1)
flashd_running_sum_lane(lean 64 8)
