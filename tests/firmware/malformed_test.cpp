// SPDX-License-Identifier: Apache-2.0
// usage: firmware_malformed [FRAMES [SEED]]
//        firmware_malformed --corpus FILE
//        firmware_malformed --print FRAMES SEED MOST
// Bytes that no host would send through the firmware's parser and commands, under AddressSanitizer
// and UndefinedBehaviorSanitizer: nothing outside the job memory may be written, and between them a
// good command must be answered as if nothing had been. --print writes such frames in hexadecimal
// digits, one a line; of those above MOST bytes only every 8th, and none that the SoC's FIFO
// cannot hold. A corpus has one case a line: a name, good frames, frames of a bad CRC, of a bad
// form, and bytes in hexadecimal digits.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/firmware/fake_soc.hpp"
#include "tests/firmware/malformed.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;

// Bytes that the SoC takes at full speed while its firmware looks at the first ones.
constexpr std::size_t kFifo = 1200;

int failures = 0;

void expect(bool holds, const std::string& sentence) {
  if (holds) return;
  ++failures;
  std::printf("FAILURE %s\n", sentence.c_str());
}

/// Statistics are asked for and answered, and the numbers are the firmware's own.
void expect_alive(FakeSoc& soc, std::uint64_t round) {
  const auto sequence = static_cast<std::uint8_t>(2 * round);
  soc.sent();
  // A zero first: whatever stood before it is over.
  soc.take({0});
  // And hello: a malformed command may have been the next good one to the byte.
  soc.take(frame(FLASHD_SERIAL_HELLO, sequence, little(round, 4)));
  soc.take(frame(FLASHD_SERIAL_STATISTICS, static_cast<std::uint8_t>(sequence + 1), {}));
  const auto got = answers(soc.sent());
  const std::string where = "after frame " + std::to_string(round);
  expect(got.size() == 2 && got[0].status == FLASHD_SERIAL_STATUS_GOOD &&
             got[1].status == FLASHD_SERIAL_STATUS_GOOD &&
             got[1].body.size() == FLASHD_SERIAL_STATISTICS_ANSWER_BYTES &&
             got[1].u32(FLASHD_SERIAL_STATISTICS_ANSWER_FRAMES) == soc.commands().frames,
         where + " a good command was not answered well");
  expect(soc.guards_whole(), where + " a byte beside the job memory is another");
}

int random(std::uint64_t frames, std::uint64_t seed) {
  FakeSoc soc;
  jobs::Rng rng(seed);
  std::uint64_t bytes = 0, asked = 0, sent = 0;
  for (std::uint64_t i = 1; i <= frames; ++i) {
    const auto line = malformed(rng);
    bytes += line.size();
    soc.take(line);
    sent += answers(soc.sent()).size();
    if (i % 10 == 0) expect_alive(soc, i), asked += 2;
  }
  const auto& c = soc.commands();
  std::printf(
      "%llu malformed frames, %llu bytes: %u whole, %u with a bad CRC, %u of a bad form; %llu "
      "answers; %d reads, %d writes; %llu good commands between them\n",
      static_cast<unsigned long long>(frames), static_cast<unsigned long long>(bytes),
      c.frames - static_cast<unsigned>(asked), c.bad_crc, c.bad_form,
      static_cast<unsigned long long>(sent), soc.reads, soc.writes,
      static_cast<unsigned long long>(asked));
  // Every sort must come through, or the test sees less than it says.
  expect(c.bad_crc > frames / 10 && c.bad_form > frames / 10 && c.frames > frames / 10 + asked,
         "a sort of malformed frames is missing");
  expect(soc.writes > 10 && soc.reads > 10, "no command reached the memory");
  expect(c.bad_crc + c.bad_form == static_cast<unsigned>(soc.frame_errors),
         "not every dropped frame was told");
  return failures != 0;
}

int print(std::uint64_t frames, std::uint64_t seed, std::size_t most) {
  jobs::Rng rng(seed);
  std::uint64_t printed = 0, large = 0;
  while (printed < frames) {
    const auto line = malformed(rng);
    if (line.size() > kFifo || (line.size() > most && large++ % 8 != 0)) continue;
    for (const std::uint8_t byte : line) std::printf("%02x", byte);
    std::printf("\n");
    ++printed;
  }
  return 0;
}

int corpus(const char* name) {
  std::ifstream file(name);
  if (!file) {
    std::fprintf(stderr, "firmware_malformed: %s cannot be read\n", name);
    return 2;
  }
  std::string line;
  std::uint64_t cases = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string title, digits;
    unsigned good = 0, crc = 0, form = 0;
    words >> title >> good >> crc >> form >> digits;
    FakeSoc soc;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
      soc.take({static_cast<std::uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16))});
    const auto& c = soc.commands();
    expect(c.frames == good && c.bad_crc == crc && c.bad_form == form,
           title + ": " + std::to_string(c.frames) + " whole, " + std::to_string(c.bad_crc) +
               " of a bad CRC, " + std::to_string(c.bad_form) + " of a bad form");
    expect_alive(soc, ++cases);
  }
  std::printf("%llu cases of the corpus\n", static_cast<unsigned long long>(cases));
  expect(cases > 0, "the corpus is empty");
  return failures != 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "--corpus") return corpus(argv[2]);
    if (argc == 5 && std::string(argv[1]) == "--print")
      return print(std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10),
                   std::strtoull(argv[4], nullptr, 10));
    const std::uint64_t frames = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10000;
    return random(frames, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  } catch (const std::exception& error) {
    std::printf("FAILURE %s\n", error.what());
    return 1;
  }
}
