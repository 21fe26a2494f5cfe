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
