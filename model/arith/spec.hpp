// SPDX-License-Identifier: Apache-2.0
// Generated from spec/flashd.yaml by spec/generate.py; mend with: ./flashd spec
#pragma once

#include <cstdint>

#include "model/arith/host_device.hpp"

namespace flashd::spec {

constexpr std::uint32_t kHash = 0x52b00294u;

constexpr int kProductRangeLog2 = 12;
constexpr int kScaleBits = 22;
constexpr int kScoreRangeLog2 = 17;
constexpr int kSumMantissa = 32;
constexpr int kSumExponent = 19;
constexpr int kLogFrac = 16;
constexpr int kGBits = 16;
constexpr int kWBits = 14;
constexpr int kWMinLog2 = -32;
constexpr int kOBits = 32;
constexpr int kOFrac = 30;
constexpr int kOCut = 6;
constexpr int kMaxHeadDim = 256;
constexpr int kLog2eBits = 32;
constexpr int kLn2Bits = 28;
constexpr int kBiasMask = -65536;
constexpr int kBiasRangeLog2 = 23;
constexpr std::int64_t kLog2e = 3098164009;  // log2(e)
constexpr int kLn2 = 186065279;  // ln(2)
constexpr int kLatencyScore = 8;  // cycles
constexpr int kLatencyWeight = 2;  // cycles
constexpr int kLatencyOutput = 3;  // cycles
constexpr int kLatencyNonlinear = 6;  // cycles
constexpr int kLatencyMerge = 3;  // cycles
constexpr int kLatencyRound = 2;  // cycles
constexpr int kLatencyMinPass = 16;  // cycles

struct Bf16 {
  static constexpr int kExponentBits = 8;
  static constexpr int kSignificand = 8;
  static constexpr int kBias = 127;
};
struct Fp16 {
  static constexpr int kExponentBits = 5;
  static constexpr int kSignificand = 11;
  static constexpr int kBias = 15;
};

/// exp2 on [0, 1): largest error 0.598 units of 2^-10 over all 2048 inputs.
struct PFineTable {
  static constexpr int kSegmentsLog2 = 6;
  static constexpr int kOffsetBits = 5;
  static constexpr int kGuard = 3;
  static FLASHD_HD std::uint32_t base(unsigned i) {
    constexpr std::uint32_t kBase[64] = {
        8196, 8286, 8376, 8467, 8559, 8652, 8746, 8841, 8938, 9035, 9133, 9233, 9333, 9435, 9538,
        9641, 9746, 9852, 9960, 10068, 10178, 10288, 10400, 10514, 10628, 10744, 10861, 10979,
        11098, 11219, 11341, 11465, 11590, 11715, 11843, 11972, 12103, 12234, 12367, 12502, 12638,
        12776, 12915, 13055, 13197, 13341, 13486, 13633, 13781, 13932, 14083, 14237, 14392, 14548,
        14706, 14867, 15029, 15192, 15357, 15525, 15694, 15865, 16037, 16212};
    return kBase[i];
  }
  static FLASHD_HD std::uint32_t slope(unsigned i) {
    constexpr std::uint32_t kSlope[64] = {
        90, 90, 91, 92, 93, 94, 96, 96, 97, 99, 100, 100, 102, 103, 103, 105, 107, 108, 108, 110,
        110, 112, 114, 114, 116, 117, 118, 119, 121, 122, 124, 125, 126, 128, 128, 131, 131, 134,
        135, 136, 138, 139, 140, 143, 144, 146, 147, 149, 151, 151, 154, 154, 156, 158, 160, 162,
        163, 166, 168, 169, 171, 172, 175, 176};
    return kSlope[i];
  }
};

/// exp2 on [0, 1): largest error 0.598 units of 2^-10 over all 2048 inputs.
struct PLeanTable {
  static constexpr int kSegmentsLog2 = 6;
  static constexpr int kOffsetBits = 5;
  static constexpr int kGuard = 3;
  static FLASHD_HD std::uint32_t base(unsigned i) {
    constexpr std::uint32_t kBase[64] = {
        8196, 8286, 8376, 8467, 8559, 8652, 8746, 8841, 8938, 9035, 9133, 9233, 9333, 9435, 9538,
        9641, 9746, 9852, 9960, 10068, 10178, 10288, 10400, 10514, 10628, 10744, 10861, 10979,
        11098, 11219, 11341, 11465, 11590, 11715, 11843, 11972, 12103, 12234, 12367, 12502, 12638,
        12776, 12915, 13055, 13197, 13341, 13486, 13633, 13781, 13932, 14083, 14237, 14392, 14548,
        14706, 14867, 15029, 15192, 15357, 15525, 15694, 15865, 16037, 16212};
    return kBase[i];
  }
  static FLASHD_HD std::uint32_t slope(unsigned i) {
    constexpr std::uint32_t kSlope[64] = {
        90, 90, 91, 92, 93, 94, 96, 96, 97, 99, 100, 100, 102, 103, 103, 105, 107, 108, 108, 110,
        110, 112, 114, 114, 116, 117, 118, 119, 121, 122, 124, 125, 126, 128, 128, 131, 131, 134,
        135, 136, 138, 139, 140, 143, 144, 146, 147, 149, 151, 151, 154, 154, 156, 158, 160, 162,
        163, 166, 168, 169, 171, 172, 175, 176};
    return kSlope[i];
  }
};

/// log2 on [0, 1): largest error 2.035 units of 2^-16 over all 262144 inputs.
struct Log2Table {
  static constexpr int kSegmentsLog2 = 6;
  static constexpr int kOffsetBits = 12;
  static constexpr int kGuard = 2;
  static FLASHD_HD std::uint32_t base(unsigned i) {
    constexpr std::uint32_t kBase[64] = {
        8, 5871, 11645, 17333, 22935, 28456, 33898, 39262, 44552, 49768, 54914, 59990, 64999,
        69943, 74823, 79640, 84397, 89096, 93736, 98320, 102849, 107325, 111748, 116120, 120443,
        124716, 128942, 133120, 137254, 141342, 145387, 149389, 153349, 157269, 161147, 164987,
        168788, 172551, 176277, 179966, 183621, 187240, 190824, 194375, 197894, 201379, 204833,
        208256, 211648, 215009, 218341, 221644, 224919, 228165, 231384, 234575, 237740, 240879,
        243991, 247078, 250141, 253178, 256192, 259182};
    return kBase[i];
  }
  static FLASHD_HD std::uint32_t slope(unsigned i) {
    constexpr std::uint32_t kSlope[64] = {
        5864, 5775, 5688, 5602, 5522, 5442, 5364, 5290, 5216, 5146, 5076, 5009, 4944, 4880, 4817,
        4758, 4699, 4640, 4584, 4530, 4476, 4423, 4373, 4323, 4273, 4226, 4178, 4134, 4088, 4045,
        4002, 3960, 3920, 3878, 3840, 3801, 3763, 3726, 3690, 3655, 3619, 3584, 3552, 3519, 3485,
        3454, 3423, 3391, 3361, 3332, 3303, 3275, 3246, 3219, 3191, 3165, 3139, 3112, 3088, 3063,
        3037, 3014, 2990, 2966};
    return kSlope[i];
  }
};

/// exp2 on [0, 1): largest error 1.178 units of 2^-15 over all 65536 inputs.
struct GTable {
  static constexpr int kSegmentsLog2 = 6;
  static constexpr int kOffsetBits = 10;
  static constexpr int kGuard = 2;
  static FLASHD_HD std::uint32_t base(unsigned i) {
    constexpr std::uint32_t kBase[64] = {
        131074, 132501, 133944, 135402, 136877, 138367, 139874, 141397, 142936, 144493, 146066,
        147657, 149265, 150890, 152533, 154194, 155873, 157571, 159286, 161021, 162774, 164547,
        166338, 168150, 169981, 171832, 173703, 175594, 177506, 179439, 181393, 183368, 185365,
        187384, 189424, 191486, 193572, 195680, 197810, 199964, 202142, 204343, 206568, 208817,
        211091, 213390, 215714, 218062, 220437, 222837, 225264, 227717, 230196, 232703, 235237,
        237798, 240388, 243005, 245652, 248326, 251031, 253764, 256527, 259321};
    return kBase[i];
  }
  static FLASHD_HD std::uint32_t slope(unsigned i) {
    constexpr std::uint32_t kSlope[64] = {
        1427, 1443, 1458, 1475, 1490, 1507, 1523, 1540, 1557, 1573, 1591, 1608, 1625, 1643, 1661,
        1679, 1697, 1715, 1735, 1753, 1773, 1791, 1812, 1831, 1851, 1871, 1891, 1912, 1933, 1954,
        1975, 1997, 2018, 2040, 2063, 2086, 2107, 2130, 2154, 2178, 2201, 2225, 2249, 2274, 2299,
        2323, 2348, 2375, 2400, 2427, 2453, 2479, 2507, 2534, 2562, 2590, 2618, 2647, 2675, 2705,
        2733, 2764, 2794, 2824};
    return kSlope[i];
  }
};

struct Fine {
  static constexpr int kId = 0;
  static constexpr int kScoreFrac = 11;
  static constexpr int kPBits = 11;
  static constexpr int kTileFrac = 18;
  static constexpr int kCutColumns = 0;
  using PTable = PFineTable;
};

struct Lean {
  static constexpr int kId = 1;
  static constexpr int kScoreFrac = 11;
  static constexpr int kPBits = 11;
  static constexpr int kTileFrac = 16;
  static constexpr int kCutColumns = 4;
  using PTable = PLeanTable;
};

/// A named configuration of the engine.
struct Config {
  const char* name;
  int width;
  int lanes;
  int contexts;
  int tile;
  int max_head_dim;
  int sig;
};

constexpr Config kConfigs[] = {
    {"tiny", 16, 1, 4, 16, 64, 11},
    {"base", 64, 4, 16, 64, 256, 11},
    {"wide", 128, 4, 16, 64, 256, 11},
    {"paper16", 16, 1, 1, 16, 16, 8},
    {"paper64", 64, 1, 1, 64, 64, 8},
    {"paper256", 256, 1, 1, 64, 256, 8},
    {"paper16x8", 16, 1, 8, 16, 16, 8},
    {"paper64x8", 64, 1, 8, 64, 64, 8},
    {"paper256x8", 256, 1, 8, 64, 256, 8},
};

}  // namespace flashd::spec
