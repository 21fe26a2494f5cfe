// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/core.hpp"

#include <algorithm>

namespace flashd::twin {

Core::Core(const Parameters& p, trace::Pipeline* trace)
    : p_(p),
      engine_(p, trace),
      unpack_(p),
      queries_(p),
      tiles_(p),
      pages_(p),
      keys_(p, false),
      values_(p, true),
      bias_(p),
      states_(p),
      writer_(p, trace) {}

void Core::start(const Sequence& s, const SequenceData* data) {
  s_ = s;
  EngineJob job;
  job.q_beats = ceil_div(s.descriptor.d, p_.width);
  job.dv = s.descriptor.dv;
  job.bias_en = s.bias_en();
  job.state_in = s.flag(device::kFlagStateIn);
  job.skip_v = s.flag(device::kFlagSkipV);
  // skip_v: the rows of a KV head are one block.
  auto rule = [this, data](const Work& work) {
    return data != nullptr &&
           (work.empty || data->skip(work.block, work.base / static_cast<std::uint32_t>(p_.tile)));
  };
  engine_.configure(job, rule);
  unpack_.configure(s);
  queries_.start(s);
  tiles_.start(s);
  pages_.start(s);
  keys_.configure(s);
  values_.configure(s);
  bias_.start(s);
  states_.start(s);
  writer_.start(s, data);
}

bool Core::busy(Cycle now) const {
  return queries_.busy() || tiles_.busy() || keys_.busy() || values_.busy() || bias_.busy() ||
         states_.busy() || writer_.busy() || !engine_.idle(now);
}

unsigned Core::wanting() const {
  const auto bit = [](ReadClient c, bool wants) {
    return static_cast<unsigned>(wants) << static_cast<int>(c);
  };
  return bit(ReadClient::page, tiles_.lookup() && pages_.wants(tiles_.lookup_index())) |
         bit(ReadClient::state, states_.wants()) | bit(ReadClient::query, queries_.wants()) |
         bit(ReadClient::bias, bias_.wants()) | bit(ReadClient::key, keys_.wants()) |
         bit(ReadClient::value, values_.wants());
}

Segment Core::request(ReadClient client) {
  switch (client) {
    case ReadClient::page:
      return pages_.request(tiles_.lookup_index());
    case ReadClient::state:
      return states_.request();
    case ReadClient::query:
      return queries_.request();
    case ReadClient::bias:
      return bias_.request();
    case ReadClient::key:
      return keys_.request();
    case ReadClient::value:
      return values_.request();
    case ReadClient::control:
      break;
  }
  return {};
}

void Core::step(Cycle now, const ReadMaster::Beat& beat, int granted, bool write_granted,
                bool write_taken, bool counting) {
  const auto got = [granted](ReadClient c) { return granted == static_cast<int>(c); };
  const ReadClient engine_beat = unpack_.valid();
  const bool tile_ready = engine_.tile_ready();
  const bool room = runs_room();
  const TileWalk::Signals tile = tiles_.eval(now, room, tile_ready);
  const bool lookup = tiles_.lookup();
  const std::uint32_t index = lookup ? tiles_.lookup_index() : 0;
  const bool page_done = this->page_done();
  if (lookup && pages_.hit(index) && pages_.unmapped(index)) page_fault_ = pages_.address(index);
  const bool vt_ready = engine_.vt_ready();
  const KvFetch::Signals key = keys_.eval(got(ReadClient::key), false);
  const KvFetch::Signals value = values_.eval(got(ReadClient::value), vt_ready);

  EngineInputs in;
  in.q_valid = queries_.valid();
  if (in.q_valid) {
    in.q_row = queries_.row();
    in.q_last = queries_.last();
  }
  in.tile_valid = tile.tile_valid;
  in.tile = tile.tile;
  in.vt_valid = value.vt_valid;
  in.vt_keys = value.vt_keys;
  in.k_beat = engine_beat == ReadClient::key;
  in.v_beat = engine_beat == ReadClient::value;
  in.bias_valid = bias_.valid();
  in.si_valid = states_.si_valid();
  in.ri_valid = states_.ri_valid();
  in.room = writer_.room();
  const EngineOutputs out = engine_.step(now, in, counting);

  writer_.step(now, out.out_take, out.o_last, out.row, write_granted, write_taken);
  queries_.step(got(ReadClient::query), engine_beat == ReadClient::query, out.q_take);
  tiles_.step(now, tile, tile_ready, page_done, page_done ? pages_.entry(index) : 0);
  pages_.step(got(ReadClient::page), index, beat.valid && beat.client == ReadClient::page);
  keys_.step(key, got(ReadClient::key), tile.push ? &tile.run : nullptr, out.k_freed, false, false);
  values_.step(value, got(ReadClient::value), tile.push ? &tile.run : nullptr, out.v_freed,
               out.skip_valid, out.skip);
  bias_.step(now, got(ReadClient::bias), beat, out.bias_take);
  states_.step(got(ReadClient::state), beat, out.si_take, out.ri_take);
  unpack_.step(beat);
}

Cycle Core::quiet(Cycle now) const {
  if (!writer_.quiet() || !states_.quiet() || !queries_.quiet(engine_.q_ready())) return 0;
  Cycle n = engine_.quiet(now, writer_.room());
  if (n == 0) return 0;
  n = std::min(n, tiles_.quiet(now, runs_room(), engine_.tile_ready(), page_done()));
  if (tiles_.lookup() && !page_done()) {
    // The line is asked for, or the fault is noticed, in this cycle.
    if (pages_.hit(tiles_.lookup_index())) return 0;
  }
  if (keys_.eval(false, false).take || values_.eval(false, engine_.vt_ready()).take) return 0;
  return std::min(n, bias_.quiet(now));
}

Core::Window Core::window(Cycle now, Cycle n, const ReadMaster& master) const {
  Window w;
  w.row_beat = unpack_.beat();
  w.valid = unpack_.valid();
  Cycle end = now + n;
  Cycle deliver = now;
  const int k_room = engine_.k_room();
  const int v_room = engine_.v_room();
  const bool serves = master.incoming() && Unpack::serves(master.client());
  const bool value = serves && master.client() == ReadClient::value;
  const int row_beats = unpack_.row_beats(value);
  while (true) {
    if (w.valid != ReadClient::control) {
      if (deliver >= end) break;
      int& count = w.valid == ReadClient::key ? w.k : w.v;
      const int room = w.valid == ReadClient::key ? k_room : v_room;
      if (w.valid == ReadClient::query || count + 1 > room) {
        end = deliver;
        break;
      }
      ++count;
      w.valid = ReadClient::control;
    }
    if (!master.incoming()) break;
    const Cycle c = master.beat_cycle(w.beats);
    if (c >= end) break;
    if (!serves) {
      end = c;
      break;
    }
    ++w.beats;
    if (unpack_.completes(w.row_beat, value)) {
      w.valid = master.client();
      deliver = c + 1;
    }
    w.row_beat = w.row_beat + 1 == row_beats ? 0 : w.row_beat + 1;
  }
  w.n = end - now;
  return w;
}

void Core::skip(Cycle now, const Window& w, bool counting) {
  engine_.skip(now, w.n, writer_.room(), w.k, w.v, counting);
  unpack_.skip(w.row_beat, w.valid);
}

}  // namespace flashd::twin
