# SPDX-License-Identifier: Apache-2.0
# The bare arrays: every sum equal to rivals::bare.
set(bare_jobs --job n01 fa3 equal causal window masked large)
list(JOIN bare_jobs " " bare_jobs)

foreach(rows 1 8)
  foreach(d 16 64 256)
    set(tests "")
    if(d EQUAL 16)
      set(tests TEST "${bare_jobs} --keys 256 --queries 16"
                     "${bare_jobs} --keys 160 --queries 16 --gaps 0.3 --seed 2")
    elseif(d EQUAL 64 AND rows EQUAL 8)
      set(tests TEST "${bare_jobs} --keys 228 --queries 8")
    endif()
    flashd_lane_bench(bare ${d} ${rows} TOP flashd_lane_bare
      LISTS rtl/flashd.f rtl/baseline/baseline.f SOURCES bare.cpp ${tests})
  endforeach()
endforeach()
