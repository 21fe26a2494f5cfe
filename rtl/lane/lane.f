rtl/lane/flashd_lane_steps.sv
rtl/lane/flashd_lane_store.sv
rtl/lane/flashd_lane_score_words.sv
rtl/lane/flashd_lane_scores.sv
rtl/lane/flashd_lane_rows.sv
rtl/lane/flashd_lane_round.sv
rtl/lane/flashd_lane_merge.sv
rtl/lane/flashd_lane.sv
