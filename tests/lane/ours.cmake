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
