// SPDX-License-Identifier: Apache-2.0
/// o + w (v - o) of the published FLASH-D, every operation rounded to BF16.
///
/// The bits are those of three units in a row; the way is shorter: the difference is rounded inside
/// the multiplier, as one more row of it, and how far the product stands from o is known by the
/// time it is there. The last sum is normalised as in flashd_published_total. An exponent field of
/// 0 is zero, whatever the other bits. weight_i: see flashd_published_pkg. Latency: none,
/// combinational. Back-pressure: none. Does not: handle Inf or NaN, nor overflow.
module flashd_published_merge (
  input  logic [15:0] old_i,
  input  logic [15:0] value_i,
  input  logic [10:0] weight_i,
  output logic [15:0] o_o
);

  // v - o, not rounded yet.
  logic              neg;
  logic        [7:0] exponent;
  logic signed [4:0] moved;
  logic        [7:0] kept;
  logic              up;

  flashd_published_total u_difference (
    .a_i(value_i), .b_i({!old_i[15], old_i[14:0]}), .neg_o(neg), .exponent_o(exponent),
    .shift_o(moved), .kept_o(kept), .up_o(up)
  );

  // Times w: (255 + 1) 255 is below 2^16. Rounded, it is at most 2^8: 255 255 / 2^8 rounds to 254.
  logic [7:0]  weight;
  logic [15:0] exact;
  logic        two;    // 2 or more, of significands in [1, 2]
  logic        part_up;
  logic [7:0]  part_kept;
  logic [8:0]  part;

  assign weight = {1'b1, weight_i[6:0]};
  assign exact = kept * weight + {8'd0, weight & {8{up}}};
  assign two = exact[15];
  assign part_kept = two ? exact[15:8] : exact[14:7];
  assign part_up = two ? exact[7] && (exact[8] || (exact[6:0] != '0)) :
                         exact[6] && (exact[7] || (exact[5:0] != '0));
  assign part = {1'b0, part_kept} + 9'(part_up);

  // Exponents: the product's less o's, for a product below 2 and from 2 on.
  logic signed [9:0] early;
  logic signed [9:0] over_below_two;
  logic signed [9:0] over_from_two;
  logic signed [9:0] over;
  logic              below;      // o has the larger exponent
  logic        [8:0] distance;   // less one if so
  logic signed [9:0] exponent_part;
  logic              both;       // neither is zero

  assign early = {2'd0, exponent} - {6'd0, ~weight_i[10:7]} - {2'd0, old_i[14:7]};
  assign over_below_two = early + 10'(moved);
  assign over_from_two = early + 10'(moved) + 10'sd1;
  assign over = two ? over_from_two : over_below_two;
  assign below = over[9] || (weight_i[10:7] == '0);
  assign distance = over[8:0] ^ {9{below}};
  assign exponent_part = over + {2'd0, old_i[14:7]};
  assign both = (old_i[14:7] != '0) && (weight_i[10:7] != '0) &&
      ((exponent_part > 0) || ((exponent_part == 0) && part[8]));

  // The sum; negative only if the exponents are equal and the product is the smaller one.
  logic [7:0]  old;
  logic        minus;
  logic [8:0]  larger;
  logic [10:0] shifted;
  logic        sticky;
  logic [12:0] total;  // the larger exponent's one is bit 10
  logic        under;
  logic [7:0]  other;  // o less the product then, which is below 1

  assign old = {1'b1, old_i[6:0]};
  assign minus = neg ^ old_i[15];
  assign larger = below ? {1'b0, old} : part;

  always_comb begin
    logic [10:0] word;
    logic        lost;
    word = below ? {1'b0, part, 1'b0} : {1'b0, old, 2'b00};
    lost = 1'b0;
    for (int i = 0; i < 4; i++) begin
      if (distance[i]) begin
        for (int j = 0; j < 11; j++) if (j < (1 << i)) lost |= word[j];
        word = word >> (1 << i);
      end
    end
    if (distance[8:4] != '0) begin
      lost = 1'b1;
      word = '0;
    end
    shifted = word & {11{both}};
    sticky = lost && both;
  end

  assign total = {1'b0, larger, 3'b000} + ({1'b0, shifted, sticky} ^ {13{minus}}) + 13'(minus);
  assign under = total[12];
  assign other = old - part[7:0];

  logic        [7:0] normal;  // of a sum below 1: its bits from 1/2 on, brought up
  logic        [2:0] zeros;
  logic        [6:0] sum;
  logic              sum_up;
  logic signed [4:0] shift;

  always_comb begin
    normal = under ? {other[6:0], 1'b0} : total[9:2];
    for (int i = 2; i >= 0; i--) begin
      zeros[i] = (normal >> (8 - (1 << i))) == '0;
      if (zeros[i]) normal = normal << (1 << i);
    end
  end

  // Only a sum in [1/2, 1) can have bits below those that were brought up.
  always_comb begin
    if (!under && total[11]) begin
      sum = total[10:4];
      sum_up = total[3] && (total[4] || (total[2:0] != '0));
      shift = 5'sd1;
    end else if (!under && total[10]) begin
      sum = total[9:3];
      sum_up = total[2] && (total[3] || (total[1:0] != '0));
      shift = 5'sd0;
    end else begin
      sum = normal[6:0];
      sum_up = !under && total[9] && total[1] && (total[2] || total[0]);
      shift = -5'sd1 - $signed({2'b00, zeros});
    end
  end

  logic [9:0] exponent_larger;
  logic [9:0] field;
  logic       something;

  assign exponent_larger = below ? {2'b00, old_i[14:7]} : exponent_part;
  assign {field, o_o[6:0]} = {exponent_larger, sum} + {10'(shift), 7'd0} + 17'(sum_up);
  assign something = !field[9] && ((!under && (total[11:10] != '0)) || normal[7]);
  assign o_o[15] = (below || under) ? old_i[15] : neg;
  assign o_o[14:7] = field[7:0] & {8{something}};

  logic unused;
  assign unused = ^{field[8], other[7]};

endmodule
