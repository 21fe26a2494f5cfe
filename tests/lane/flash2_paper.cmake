# SPDX-License-Identifier: Apache-2.0
# FlashAttention-2 in BF16 with two multipliers per element: the model, and so the program, of (a).
# That ready_o never falls inside a row is an assertion of the lane.
set(paper_jobs --job n01 fa3 peaky vchan equal sink decay causal window masked large tiny)
list(JOIN paper_jobs " " paper_jobs)

foreach(rows IN ITEMS 1 8)
  flashd_lane_bench(flash2_paper 16 ${rows} TOP flashd_lane_flash2_paper
    LISTS rtl/baseline/baseline.f rtl/baseline/paper.f SOURCES flash2_bf16_lane.cpp
    TEST "${paper_jobs} --keys 300 --queries 16"
    "${paper_jobs} --keys 200 --queries 16 --gaps 0.3 --seed 2")
  flashd_lane_bench(flash2_paper 256 ${rows} TOP flashd_lane_flash2_paper
    LISTS rtl/baseline/baseline.f rtl/baseline/paper.f SOURCES flash2_bf16_lane.cpp)
endforeach()
flashd_lane_bench(flash2_paper 64 1 TOP flashd_lane_flash2_paper
  LISTS rtl/baseline/baseline.f rtl/baseline/paper.f SOURCES flash2_bf16_lane.cpp)
flashd_lane_bench(flash2_paper 64 8 TOP flashd_lane_flash2_paper
  LISTS rtl/baseline/baseline.f rtl/baseline/paper.f SOURCES flash2_bf16_lane.cpp
  TEST "${paper_jobs} --keys 150 --queries 8")
