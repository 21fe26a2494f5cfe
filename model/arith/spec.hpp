// SPDX-License-Identifier: Apache-2.0
// Generated from spec/flashd.yaml by spec/generate.py; mend with: ./flashd spec
#pragma once

#include <cstdint>

#include "model/arith/host_device.hpp"

namespace flashd::spec {

constexpr std::uint32_t kHash = 0xf3eb632bu;

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
constexpr int kCapMinLog2 = -10;
constexpr int kCapMaxLog2 = 8;
constexpr int kCapInverseBits = 22;
constexpr int kCapFrac = 14;
constexpr int kAlibiMaxLog2 = 23;
constexpr std::int64_t kLog2e = 3098164009;  // log2(e)
constexpr int kLn2 = 186065279;  // ln(2)
constexpr int kLatencyScore = 5;  // cycles
constexpr int kLatencyWeight = 2;  // cycles
constexpr int kLatencyOutput = 2;  // cycles
constexpr int kLatencyNonlinear = 6;  // cycles
constexpr int kLatencyMerge = 3;  // cycles
constexpr int kLatencyRound = 2;  // cycles
constexpr int kLatencySoftCap = 4;  // cycles
constexpr int kLatencyAlibi = 3;  // cycles
constexpr int kLatencyBias = 3;  // cycles
constexpr int kLatencyMinPass = 16;  // cycles
constexpr int kAlibiMantissaLow = 0;  // bit position
constexpr int kAlibiMantissaBits = 32;
constexpr int kAlibiDropLow = 32;  // bit position
constexpr int kAlibiDropBits = 7;
constexpr int kAlibiNegativeLow = 63;  // bit position
constexpr int kAlibiNegativeBits = 1;
constexpr int kSoftCapInverseLow = 0;  // bit position
constexpr int kSoftCapInverseBits = 22;
constexpr int kSoftCapShiftLow = 24;  // bit position
constexpr int kSoftCapShiftBits = 5;
constexpr int kSoftCapCapLow = 32;  // bit position
constexpr int kSoftCapCapBits = 23;
constexpr int kSoftCapEnableLow = 63;  // bit position
constexpr int kSoftCapEnableBits = 1;

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

/// tanh on [0, 8): largest error 2.258 units of 2^-20 over all 8388608 inputs.
struct TanhTable {
  static constexpr int kSegmentsLog2 = 6;
  static constexpr int kOctaves = 3;
  static constexpr int kFrac = 20;
  static constexpr int kOffsetBits = 15;
  static constexpr int kResultFrac = 20;
  static constexpr int kGuard = 1;
  static constexpr int kSquareBits = 8;
  static constexpr int kCurveDrop = 12;
  static FLASHD_HD std::uint32_t base(unsigned i) {
    constexpr std::uint32_t kBase[128] = {
        1, 65517, 130904, 196036, 260789, 325043, 388674, 451575, 513635, 574752, 634831, 693786,
        751534, 808003, 863128, 916855, 969134, 1019924, 1069195, 1116920, 1163084, 1207675,
        1250690, 1292131, 1332008, 1370332, 1407123, 1442404, 1476200, 1508542, 1539463, 1568997,
        1597181, 1624057, 1649662, 1674040, 1697231, 1719277, 1740223, 1760111, 1778983, 1796879,
        1813844, 1829915, 1845133, 1859537, 1873165, 1886052, 1898235, 1909750, 1920625, 1930896,
        1940593, 1949746, 1958382, 1966528, 1974210, 1981453, 1988281, 1994717, 2000780, 2006493,
        2011873, 2016942, 2021715, 2030439, 2038168, 2045013, 2051071, 2056434, 2061178, 2065373,
        2069082, 2072362, 2075259, 2077820, 2080083, 2082081, 2083847, 2085407, 2086783, 2087999,
        2089072, 2090021, 2090858, 2091596, 2092249, 2092824, 2093332, 2093780, 2094178, 2094527,
        2094836, 2095108, 2095348, 2095560, 2095747, 2096058, 2096300, 2096490, 2096636, 2096750,
        2096839, 2096910, 2096964, 2097006, 2097038, 2097064, 2097084, 2097099, 2097111, 2097120,
        2097128, 2097133, 2097138, 2097141, 2097144, 2097146, 2097148, 2097149, 2097150, 2097150,
        2097151, 2097151, 2097152, 2097152, 2097152, 2097152};
    return kBase[i];
  }
  static FLASHD_HD std::uint32_t slope(unsigned i) {
    constexpr std::uint32_t kSlope[128] = {
        65517, 65388, 65134, 64755, 64253, 63633, 62901, 62061, 61118, 60080, 58955, 57748, 56469,
        55126, 53727, 52279, 50791, 49271, 47725, 46164, 44591, 43015, 41442, 39877, 38325, 36792,
        35282, 33797, 32343, 30921, 29534, 28185, 26875, 25606, 24377, 23191, 22047, 20947, 19888,
        18872, 17897, 16964, 16071, 15218, 14404, 13628, 12887, 12183, 11513, 10877, 10271, 9698,
        9153, 8636, 8146, 7682, 7244, 6828, 6436, 6064, 5712, 5381, 5069, 4773, 8723, 7730, 6845,
        6059, 5362, 4745, 4195, 3710, 3279, 2898, 2561, 2262, 1998, 1766, 1559, 1377, 1216, 1074,
        948, 837, 738, 652, 576, 509, 449, 397, 350, 309, 272, 240, 212, 187, 310, 243, 188, 147,
        115, 90, 70, 54, 42, 32, 26, 20, 15, 12, 10, 8, 6, 5, 3, 3, 2, 2, 0, 0, 0, 2, 0, 2, 0, 0,
        0, 0};
    return kSlope[i];
  }
  static FLASHD_HD std::uint32_t curve(unsigned i) {
    constexpr std::uint32_t kCurve[128] = {
        2, 6, 10, 14, 18, 21, 25, 28, 31, 34, 37, 39, 41, 43, 45, 46, 47, 48, 49, 49, 49, 49, 49,
        49, 48, 48, 47, 46, 45, 44, 43, 42, 41, 39, 38, 36, 35, 34, 33, 31, 30, 29, 27, 26, 25, 24,
        23, 22, 21, 19, 19, 18, 17, 16, 15, 14, 13, 13, 12, 11, 11, 10, 10, 9, 33, 29, 26, 23, 21,
        18, 16, 14, 13, 11, 10, 9, 8, 7, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 3,
        2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0};
    return kCurve[i];
  }
};

struct Fine {
  static constexpr int kId = 0;
  static constexpr int kScoreFrac = 11;
  static constexpr int kPBits = 11;
  static constexpr int kTileFrac = 18;
  using PTable = PFineTable;
};

struct Lean {
  static constexpr int kId = 1;
  static constexpr int kScoreFrac = 11;
  static constexpr int kPBits = 11;
  static constexpr int kTileFrac = 16;
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
  int axi_bits;
  int soft_cap;
};

constexpr Config kConfigs[] = {
    {"tiny", 16, 1, 4, 16, 64, 11, 64, 1},
    {"base", 64, 4, 16, 64, 256, 11, 128, 1},
    {"wide", 128, 4, 16, 64, 256, 11, 256, 1},
    {"paper16", 16, 1, 1, 16, 16, 8, 64, 0},
    {"paper64", 64, 1, 1, 64, 64, 8, 512, 0},
    {"paper256", 256, 1, 1, 64, 256, 8, 512, 0},
    {"paper16x8", 16, 1, 8, 16, 16, 8, 64, 0},
    {"paper64x8", 64, 1, 8, 64, 64, 8, 256, 0},
    {"paper256x8", 256, 1, 8, 64, 256, 8, 512, 0},
};

}  // namespace flashd::spec
