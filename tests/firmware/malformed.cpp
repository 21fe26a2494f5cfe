// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/malformed.hpp"

#include <algorithm>

#include "tests/firmware/fake_soc.hpp"

namespace flashd::testing {

namespace {

using Bytes = std::vector<std::uint8_t>;
using jobs::Rng;

Bytes noise(Rng& rng, std::int64_t most) {
  Bytes out(static_cast<std::size_t>(rng.below(most + 1)));
  for (auto& byte : out) byte = static_cast<std::uint8_t>(rng.next());
  return out;
}

/// Small sizes more often than large ones.
std::int64_t size(Rng& rng) {
  return rng.chance(0.8) ? rng.below(24) : rng.chance(0.8) ? rng.below(200) : rng.below(1033);
}

std::uint32_t address(Rng& rng) {
  constexpr std::uint32_t kNear[] = {0,          0x7FF0,     0x10000000, 0x10000040, 0x20000010,
                                     0x7FFFFFFF, 0x80000000, 0x8003EFFF, 0x8003F000, 0x8003FFFF,
                                     0x80040000, 0xFFFFFFFF, 0xFFFFFF00};
  if (rng.chance(0.1)) return static_cast<std::uint32_t>(rng.next());
  if (rng.chance(0.6)) return 0x80000000u + static_cast<std::uint32_t>(rng.below(0x8000));
  return rng.pick(kNear) + static_cast<std::uint32_t>(rng.between(-1100, 1100));
}

/// A command with a plausible head and a body that is mostly none.
Bytes command(Rng& rng) {
  constexpr std::uint8_t kKinds[] = {FLASHD_SERIAL_HELLO,      FLASHD_SERIAL_READ,
                                     FLASHD_SERIAL_WRITE,      FLASHD_SERIAL_SUBMIT,
                                     FLASHD_SERIAL_WAIT,       FLASHD_SERIAL_COUNTERS,
                                     FLASHD_SERIAL_STATISTICS, FLASHD_SERIAL_REGISTER};
  const std::uint8_t kind = rng.pick(kKinds);
  Bytes body;
  switch (kind) {
    case FLASHD_SERIAL_READ:
      body = little(address(rng), 4) +
             little(static_cast<std::uint64_t>(rng.below(rng.chance(0.8) ? 1100 : 65536)), 2);
      break;
    case FLASHD_SERIAL_WRITE:
      body = little(address(rng), 4) + noise(rng, size(rng));
      break;
    case FLASHD_SERIAL_SUBMIT:
      body = little(rng.chance(0.5) ? address(rng) & ~63u : address(rng), 4);
      break;
    case FLASHD_SERIAL_WAIT:
      body = little(rng.next(), rng.chance(0.5) ? 1 : 4);
      body.resize(4);
      body = body + little(static_cast<std::uint64_t>(rng.below(2)), 2);
      break;
    case FLASHD_SERIAL_REGISTER:
      body = little(rng.next(), 2) + little(rng.chance(0.3), 1) + little(rng.next(), 4);
      break;
    default:
      body = noise(rng, 4);
  }
  if (rng.chance(0.3)) body = body + noise(rng, 8);
  if (rng.chance(0.2)) body.resize(static_cast<std::size_t>(rng.below(8)));
  // A wait that came out of this with another length is refused for its size.
  return Bytes{kind, static_cast<std::uint8_t>(rng.next())} + body;
}

Bytes with_crc(const Bytes& plain) {
  return plain + little(flashd_crc32(0, plain.data(), static_cast<std::uint32_t>(plain.size())), 4);
}

void damage(Rng& rng, Bytes* coded) {
  const auto at = [&] { return rng.below(static_cast<std::int64_t>(coded->size())); };
  for (std::int64_t edits = rng.between(1, 3); edits > 0 && !coded->empty(); --edits) {
    const auto where = coded->begin() + at();
    switch (rng.below(5)) {
      case 0:
        *where = static_cast<std::uint8_t>(*where ^ 1u << rng.below(8));
        break;
      case 1:
        *where = static_cast<std::uint8_t>(rng.next());
        break;
      case 2:
        coded->erase(where);
        break;
      case 3:
        coded->insert(where, static_cast<std::uint8_t>(rng.next()));
        break;
      case 4:
        coded->erase(where, coded->end());
        break;
    }
  }
}

}  // namespace

std::vector<std::uint8_t> malformed(Rng& rng) {
  Bytes out;
  switch (rng.below(8)) {
    case 0:
      out = noise(rng, size(rng) + 1);
      break;
    case 1:  // more than any frame may have
      out = Bytes(static_cast<std::size_t>(rng.between(1040, rng.chance(0.5) ? 1190 : 3000)),
                  static_cast<std::uint8_t>(rng.between(1, 255)));
      break;
    case 2:  // too short, CRC and all
      out = stuffed(with_crc(noise(rng, 1)));
      break;
    case 3: {  // another CRC
      Bytes plain = with_crc(command(rng));
      plain[plain.size() - 1 - static_cast<std::size_t>(rng.below(4))] ^=
          static_cast<std::uint8_t>(rng.between(1, 255));
      out = stuffed(plain);
      break;
    }
    case 4:  // an unknown kind, or an answer
      out = stuffed(with_crc(Bytes{static_cast<std::uint8_t>(rng.between(10, 255)), 1} +
                             noise(rng, size(rng))));
      break;
    case 5:
      out = stuffed(with_crc(command(rng)));
      break;
    default:
      out = stuffed(with_crc(command(rng)));
      damage(rng, &out);
  }
  if (out.empty() || out.back() != 0) out.push_back(0);
  return out;
}

}  // namespace flashd::testing
