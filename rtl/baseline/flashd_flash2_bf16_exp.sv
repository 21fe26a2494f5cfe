// SPDX-License-Identifier: Apache-2.0
/// e^-x in BF16 for x >= 0 (rivals::bf16_exp_table): base 2 by a fixed-point product, then a table.
///
/// `x_i`, `e_o`: exponent field and fraction; exponent field 0 is zero, whatever the fraction.
/// Latency: none, combinational. Back-pressure: none.
/// Does not: handle Inf or NaN.
module flashd_flash2_bf16_exp (
  input  logic [14:0] x_i,
  output logic [14:0] e_o
);

  // Entry i: the fraction bits of 2^((i + 0.5) / 512), nearest; the last one is 2, the carry.
  localparam logic [511:0][6:0] Power = {
    224'h01ffffffdfbf7dfbf7e7cf9efdfbf5ebd79f3e7c78f1dfbf7eddbb75,
    224'hebd7a74e9cf9f3e5cb971e3c7870e1bf7efddbb76ddbb76ecd9b35eb,
    224'hd7ab56ad3a74e8d1a33e7cf9f366cd972e5c993263c78f162c58b0e1,
    224'hc383060bf7efdfbd7af5dbb76e5cb972ddbb76ad5ab366cd9b162c57,
    224'haf5ebd6ad5aad5ab56a54a94e9d3a74a952a3468d1a14284f9f3e7ce,
    224'h9d3a6cd9b3664c99325cb972a54a95264c993224488f1e3c78d1a346,
    224'h8b162c48912243870e1c2850a14183060c08101fbf7efdf3e7cf9ebd,
    224'h7af5e3c78f1dbb76edd3a74e9cb972e5c3870e1bb76eddb366cd9ab5,
    224'h6ad5a3468d19b366cd93264c993162c58b060c182f5ebd7ae5cb972d,
    224'h5ab56ad58b162c56ad5ab54a952a54a54a952a1428509d3a74e9d326,
    224'h4c992a54a952a44891223468d1a3448912242850a14281020407cf9f,
    224'h3e7cf1e3c78f1d3a74e9d3870e1c366cd9b3668d1a3468c993264c98,
    224'h3060c172e5cb972c58b162c54a952a54a142850a13264c9932448912,
    224'h2444891224481020408101e3c78f1e3870e1c3868d1a3468c183060c,
    224'h162c58b162c50a14285091224489122040810203870e1c3860c18306,
    224'h0c142850a142040810204060c183060c102040810102040810200000
  };

  logic [7:0]  field;
  logic [22:0] product;   // x = (product / 23637) 2^(field - 134), below 2^23
  logic [5:0]  unused_product;
  logic        tiny;      // x below 2^-10, less than a step
  logic        huge;      // x of 2^7 and more
  logic [4:0]  places;
  logic [16:0] t;         // steps of 2^-9
  logic        unused_t;
  logic        zero;
  logic        one;       // the table's carry
  logic [8:0]  index;

  assign field = x_i[14:7];
  // 23637 2^-14 is log2 e to 5e-6.
  assign product = {1'b1, x_i[6:0]} * 15'd23637;
  assign unused_product = product[5:0];
  // 133 - field: fields 117 to 133 are 16 to 0 places.
  assign places = 5'd5 - field[4:0];
  assign tiny = field < 8'd117;
  assign huge = field > 8'd133;
  assign t = tiny ? '0 : product[22:6] >> places;
  assign zero = huge || (t[16:9] >= 8'd126);
  assign one = t[8:0] == '0;
  assign unused_t = t[16];
  // -t - 1 = (126 - floor - 127) + (511 - fraction) / 512.
  assign e_o[14:7] = zero ? '0 : 8'd126 - {1'b0, t[15:9]} + {7'd0, one};
  assign index = ~t[8:0];
  assign e_o[6:0] = Power[index];

endmodule
