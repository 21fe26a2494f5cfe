// SPDX-License-Identifier: Apache-2.0
#include "tests/system/bad_fields.hpp"

namespace flashd::system {

namespace {

using device::Descriptor;
using device::Fault;

constexpr std::uint64_t kBeyond = std::uint64_t{1} << device::kAddressBits;

bool always(const Descriptor&) { return true; }

std::function<bool(const Descriptor&)> with(std::uint32_t flag) {
  return [flag](const Descriptor& d) { return (d.flags & flag) != 0; };
}

const device::Field& field(const std::string& name) {
  for (const device::Field& f : device::kDescriptorFields)
    if (name == f.name) return f;
  wrong("the descriptor has no field " + name);
}

void put(Words& words, const std::string& name, std::uint64_t value) {
  const device::Field& f = field(name);
  for (int bit = 0; bit < f.bits; ++bit) {
    const int at = f.low + bit;
    std::uint32_t& word = words[static_cast<std::size_t>(f.word + at / 32)];
    word &= ~(1u << (at % 32));
    word |= static_cast<std::uint32_t>(value >> bit & 1u) << (at % 32);
  }
}

/// A field set to one of some values.
BadField bad(const std::string& name, std::function<bool(const Descriptor&)> fits, Fault code,
             std::function<std::uint64_t(Rig&, const Descriptor&)> value) {
  return {name, std::move(fits), [=](Rig& rig, Descriptor& d, Words& words) {
            put(words, name, value(rig, d));
            Expectation e{code, 0};
            e.record = e.tag_known = code != Fault::descriptor_version;
            return e;
          }};
}

/// Both ends often: a limit that is off by one shows there alone.
std::uint64_t from(jobs::Rng& rng, std::uint64_t low, std::uint64_t high) {
  if (rng.chance(0.4)) return rng.chance(0.5) ? low : high;
  return low + rng.next() % (high - low + 1);
}

/// 0, or above a limit of 16 bits.
BadField bad_dim(const std::string& name) {
  return bad(name, always, Fault::head_dim, [](Rig& rig, const Descriptor&) -> std::uint64_t {
    const int most = rig.driver().capabilities().max_head_dim;
    return rig.rng().chance(0.3) ? 0
                                 : from(rig.rng(), static_cast<std::uint64_t>(most) + 1, 0xFFFF);
  });
}

BadField bad_count(const std::string& name, bool zero) {
  return bad(name, always, Fault::size, [zero](Rig& rig, const Descriptor&) -> std::uint64_t {
    return zero && rig.rng().chance(0.3) ? 0 : from(rig.rng(), 0x80000000u, 0xFFFFFFFFu);
  });
}

/// Misaligned, or beyond the address bits.
BadField bad_address(const std::string& name, std::uint32_t flag) {
  return {name, flag == 0 ? always : with(flag), [name](Rig& rig, Descriptor&, Words& words) {
            const device::Field& f = field(name);
            std::uint64_t address = words[static_cast<std::size_t>(f.word)] |
                                    std::uint64_t{words[static_cast<std::size_t>(f.word) + 1]}
                                        << 32;
            if (rig.rng().chance(0.5))
              address |= from(rig.rng(), 1, 63);
            else
              address |= kBeyond << rig.rng().below(16);
            put(words, name, address);
            Expectation e{Fault::address, address};
            e.record = name != "status";
            return e;
          }};
}

/// An address that is fine but outside the memory.
BadField nowhere(const std::string& name, std::uint32_t flag, Fault code) {
  return {name + " outside the memory",
          [flag](const Descriptor& d) { return flag == 0 || (d.flags & flag) != 0; },
          [name, code](Rig& rig, Descriptor&, Words& words) {
            const device::MemoryRange range = rig.simulator().memory();
            const std::uint64_t address =
                range.base + range.bytes + 64 * (rig.rng().next() % 1000000);
            put(words, name, address);
            Expectation e{code, std::nullopt};
            e.record = name != "status";
            return e;
          }};
}

/// Bits of a word that no field has.
BadField reserved(const std::string& name, int word, int low, int bits) {
  return {name, always, [=](Rig& rig, Descriptor&, Words& words) {
            words[static_cast<std::size_t>(word)] |= 1u << (low + rig.rng().below(bits));
            return Expectation{Fault::descriptor_flags, 0};
          }};
}

/// A flag word.
BadField bad_flags(const std::string& name, std::function<bool(const Descriptor&)> fits, Fault code,
                   std::uint32_t set) {
  return {name, std::move(fits), [=](Rig&, Descriptor& d, Words& words) {
            put(words, "flags", d.flags | set);
            return Expectation{code, 0};
          }};
}

BadField bad_sequence(const std::string& name,
                      std::function<void(Rig&, const Descriptor&, device::Sequence&)> change) {
  return {"sequence record: " + name, always, [=](Rig& rig, Descriptor& d, Words&) {
            const auto b = static_cast<std::uint64_t>(rig.rng().below(d.batch));
            const std::uint64_t at = d.sequences + b * device::kSequenceBytes;
            std::array<std::uint32_t, device::kSequenceWords> words{};
            rig.simulator().read_memory(at,
                                        gsl::as_writable_bytes(gsl::span<std::uint32_t>(words)));
            device::Sequence sequence = device::Sequence::unpack(words.data());
            change(rig, d, sequence);
            words = sequence.pack();
            rig.simulator().write_memory(at, gsl::as_bytes(gsl::span<std::uint32_t>(words)));
            return Expectation{Fault::sequence, at};
          }};
}

/// Entries of the page table that name no page, every one, so that whichever is used is bad.
BadField unmapped_page() {
  return {kUnmappedPage, with(device::kFlagPaged), [](Rig& rig, Descriptor& d, Words&) {
            const std::uint64_t bytes = std::uint64_t{d.page_batch} * 64 * d.batch;
            std::vector<std::uint32_t> table(bytes / 4);
            for (std::uint32_t& entry : table)
              entry = rig.rng().chance(0.5)
                          ? d.pages + static_cast<std::uint32_t>(rig.rng().below(100))
                          : static_cast<std::uint32_t>(from(rig.rng(), d.pages, 0xFFFFFFFFu));
            rig.simulator().write_memory(d.page_table,
                                         gsl::as_bytes(gsl::span<std::uint32_t>(table)));
            return Expectation{Fault::unmapped_page, std::nullopt};
          }};
}

}  // namespace

std::vector<BadField> bad_fields() {
  using U = std::uint64_t;
  std::vector<BadField> all;
  all.push_back(bad("version", always, Fault::descriptor_version, [](Rig& rig, const Descriptor&) {
    return U{device::kDescriptorVersion} + from(rig.rng(), 1, 65535);
  }));
  all.push_back(bad("lines", always, Fault::descriptor_version, [](Rig& rig, const Descriptor&) {
    return rig.rng().chance(0.5) ? from(rig.rng(), 0, 3) : from(rig.rng(), 5, 65535);
  }));
  all.push_back({"flags", always, [](Rig& rig, Descriptor& d, Words& words) {
                   put(words, "flags", d.flags | 1u << from(rig.rng(), 17, 31));
                   return Expectation{Fault::descriptor_flags, 0};
                 }});
  all.push_back(reserved("word 10, reserved", 10, 22, 9));
  all.push_back(reserved("word 11, reserved", 11, 12, 20));
  all.push_back(reserved("word 14, reserved", 14, 8, 24));
  for (int word = 60; word < 64; ++word)
    all.push_back(reserved("word " + std::to_string(word) + ", reserved", word, 0, 32));
  all.push_back(bad_flags("output format", always, Fault::format,
                          device::kFlagOutputLow | device::kFlagOutputHigh));
  all.push_back(bad_flags("bias format", with(device::kFlagBias), Fault::format,
                          device::kFlagBiasLow | device::kFlagBiasHigh));
  all.push_back(bad_dim("d"));
  all.push_back(bad_dim("dv"));
  const auto zero = [](Rig&, const Descriptor&) { return U{0}; };
  all.push_back(bad("heads_kv", always, Fault::heads, zero));
  all.push_back(bad("group", always, Fault::heads, zero));
  all.push_back(bad_count("batch", true));
  all.push_back(bad_count("queries", false));
  all.push_back(bad_count("keys", false));
  const std::pair<const char*, std::uint32_t> addresses[] = {{"q", 0},
                                                             {"k", 0},
                                                             {"v", 0},
                                                             {"o", device::kFlagWriteO},
                                                             {"lse", device::kFlagWriteLse},
                                                             {"bias", device::kFlagBias},
                                                             {"alibi", device::kFlagAlibi},
                                                             {"sequences", 0},
                                                             {"page_table", device::kFlagPaged},
                                                             {"state_in", device::kFlagStateIn},
                                                             {"state_out", device::kFlagStateOut},
                                                             {"status", 0}};
  for (const auto& [name, flag] : addresses) all.push_back(bad_address(name, flag));
  const auto huge = [](Rig& rig, const Descriptor&) {
    return from(rig.rng(), 0x80000000u, 0xFFFFFFFFu);
  };
  all.push_back(bad("window_left", with(device::kFlagWindow), Fault::window, huge));
  all.push_back(bad("window_right", with(device::kFlagWindow), Fault::window, huge));
  all.push_back(bad("scale_mantissa", always, Fault::scale, [](Rig& rig, const Descriptor&) {
    return from(rig.rng(), 1, (1u << 21) - 1);
  }));
  all.push_back(bad("soft_cap", with(device::kFlagSoftCap), Fault::soft_cap,
                    [](Rig& rig, const Descriptor& d) {
                      return rig.rng().chance(0.3) ? U{0} : d.soft_cap | U{1} << 62;
                    }));
  all.push_back(bad("page_size_log2", with(device::kFlagPaged), Fault::page_size,
                    [](Rig& rig, const Descriptor&) {
                      return rig.rng().chance(0.5) ? from(rig.rng(), 0, 3)
                                                   : from(rig.rng(), 11, 255);
                    }));
  all.push_back({"skip_v", [](const Descriptor& d) { return d.queries * d.group > 8; },
                 [](Rig&, Descriptor& d, Words& words) {
                   put(words, "flags", d.flags | device::kFlagSkipV);
                   return Expectation{Fault::skip_v, 0};
                 }});
  all.push_back(bad_sequence("kv_len", [](Rig& rig, const Descriptor& d, device::Sequence& s) {
    s.kv_len = static_cast<std::uint32_t>(from(rig.rng(), U{d.keys} + 1, 0xFFFFFFFFu));
  }));
  all.push_back(bad_sequence("v_exponent", [](Rig& rig, const Descriptor& d, device::Sequence& s) {
    const bool fp16 = (d.flags & device::kFlagFp16) != 0;
    s.v_exponent = static_cast<std::uint8_t>(
        rig.rng().chance(0.4) ? 0 : from(rig.rng(), fp16 ? 31 : 255, 255));
  }));
  all.push_back(nowhere("q", 0, Fault::read_decerr));
  all.push_back(nowhere("sequences", 0, Fault::read_decerr));
  all.push_back(nowhere("bias", device::kFlagBias, Fault::read_decerr));
  all.push_back(nowhere("o", device::kFlagWriteO, Fault::write_decerr));
  all.push_back(nowhere("state_out", device::kFlagStateOut, Fault::write_decerr));
  all.push_back(nowhere("status", 0, Fault::write_decerr));
  all.push_back(unmapped_page());
  return all;
}

}  // namespace flashd::system
