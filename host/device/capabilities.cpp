// SPDX-License-Identifier: Apache-2.0
#include "host/device/capabilities.hpp"

#include <string>

#include "host/api/config.hpp"
#include "host/io/error.hpp"
#include "model/device/registers.hpp"
#include "model/device/spec.hpp"

namespace flashd::device {

namespace {

int field(std::uint32_t word, int low, int bits) {
  return static_cast<int>(word >> low & ((std::uint32_t{1} << bits) - 1));
}

[[noreturn]] void differ(const std::string& what, const std::string& has,
                         const std::string& expected) {
  throw host::Error(host::Exit::unavailable,
                    "device: its " + what + " is " + has + ", this program expects " + expected);
}

void require(const char* what, int has, int expected) {
  if (has != expected) differ(what, std::to_string(has), std::to_string(expected));
}

}  // namespace

Capabilities to_capabilities(const Identity& identity) {
  const std::uint32_t id = identity.id;
  if (id != reg::kIdValueValue)
    differ("ID register", host::hash_text(id), host::hash_text(reg::kIdValueValue));
  const std::uint32_t version = identity.version;
  require("version of the registers",
          field(version, reg::kVersionRegistersLow, reg::kVersionRegistersBits),
          static_cast<int>(reg::kVersionRegistersValue));
  require("version of the descriptor",
          field(version, reg::kVersionDescriptorLow, reg::kVersionDescriptorBits),
          kDescriptorVersion);
  Capabilities c;
  c.spec_hash = identity.spec_hash;
  if (c.spec_hash != spec::kHash)
    differ("spec", host::hash_text(c.spec_hash), host::hash_text(spec::kHash));
  const std::uint32_t cap0 = identity.cap[0];
  c.profile =
      field(cap0, reg::kCap0ProfileLow, reg::kCap0ProfileBits) == 0 ? Profile::fine : Profile::lean;
  c.sig = field(cap0, reg::kCap0SigLow, reg::kCap0SigBits);
  c.soft_cap = (cap0 & reg::kCap0SoftCap) != 0;
  c.skip_v = (cap0 & reg::kCap0SkipV) != 0;
  const std::uint32_t cap1 = identity.cap[1];
  c.width = field(cap1, reg::kCap1WidthLow, reg::kCap1WidthBits);
  c.lanes = field(cap1, reg::kCap1LanesLow, reg::kCap1LanesBits);
  c.contexts = field(cap1, reg::kCap1ContextsLow, reg::kCap1ContextsBits);
  const std::uint32_t cap2 = identity.cap[2];
  c.tile = field(cap2, reg::kCap2TileLow, reg::kCap2TileBits);
  c.max_head_dim = field(cap2, reg::kCap2MaxHeadDimLow, reg::kCap2MaxHeadDimBits);
  const std::uint32_t cap3 = identity.cap[3];
  c.axi_bits = field(cap3, reg::kCap3AxiBitsLow, reg::kCap3AxiBitsBits);
  require("number of counters", field(cap3, reg::kCap3CountersLow, reg::kCap3CountersBits),
          kCounters);
  require("address width", field(cap3, reg::kCap3AddressBitsLow, reg::kCap3AddressBitsBits),
          kAddressBits);
  return c;
}

Capabilities read_capabilities(Bus& bus) {
  Identity identity;
  identity.id = bus.read32(reg::kId);
  identity.version = bus.read32(reg::kVersion);
  identity.spec_hash = bus.read32(reg::kSpecHash);
  identity.cap = {bus.read32(reg::kCap0), bus.read32(reg::kCap1), bus.read32(reg::kCap2),
                  bus.read32(reg::kCap3)};
  return to_capabilities(identity);
}

void expect(const Capabilities& device, const spec::Config& config, Profile profile) {
  if (device.profile != profile)
    differ("numerics profile", host::to_text(device.profile), host::to_text(profile));
  require("significand bits", device.sig, config.sig);
  require("soft-cap", device.soft_cap, config.soft_cap);
  require("width", device.width, config.width);
  require("number of lanes", device.lanes, config.lanes);
  require("number of contexts", device.contexts, config.contexts);
  require("tile", device.tile, config.tile);
  require("largest head dimension", device.max_head_dim, config.max_head_dim);
  require("bus width", device.axi_bits, config.axi_bits);
}

}  // namespace flashd::device
