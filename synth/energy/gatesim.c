// SPDX-License-Identifier: Apache-2.0
// Event-driven simulation of a gate-level netlist with inertial delays, and the energy of every
// event. Two values; registers and memories start at 0 or at random. Loaded by energy_sim.py, which
// fills the structures and states units: times in ticks, energies in joules.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { kCombinational, kFlipFlop, kLatch };
enum { kSwitching, kInternal, kClock, kLeakage, kMemory, kCategories };
#define NO_ENTRY 0xffff

typedef struct {
  int32_t inputs, outputs, kind, entries;
  const uint8_t* output;  // [outputs][2^(inputs + 1)], the held state is the highest bit
  const uint8_t* clock;   // [2^inputs], clear and preset too
  const uint8_t* data;    // [2^(inputs + 1)]
  const uint8_t* clear;
  const uint8_t* preset;
  const uint16_t* in_energy;   // [inputs][edge][2^(inputs + outputs)], edge 0 rising
  const uint16_t* out_energy;  // [outputs][inputs][edge][2^(inputs + outputs)]
  const double* leakage;       // [2^(inputs + outputs)], joules per cycle
} Type;

// A memory as rtl/common/flashd_ram.sv has it; a read of the word being written gives the old one.
typedef struct {
  int32_t bits, depth, address, unit, delay;
  int32_t we, re;
  const int32_t* waddr;  // nets from bit 0
  const int32_t* raddr;
  const int32_t* wdata;
  const int32_t* rdata;
  double read, write;  // joules of a word
} Memory;

typedef struct {
  int32_t nets, cells, units, in_bits, out_bits, clock_net;
  int32_t period, half, input_delay, wheel, levelled;  // wheel: a power of two above any delay
  const Type* types;
  const int32_t* type;  // [cells]
  const int32_t* pin;   // [cells] first of its nets in pin_net: inputs, then outputs
  const int32_t* pin_net;
  const int32_t* delay;   // [cells] first of its delays in delays: [outputs][inputs][edge]
  const int32_t* delays;  // ticks
  const int32_t* level;   // [cells]
  const int32_t* energy;  // [cells] first of its entries in energies
  const double* energies;
  const int32_t* cell_unit;
  const int32_t* driver;      // [nets] cell, or -1
  const int32_t* driver_pin;  // [nets] output number
  const int32_t* fan;         // [nets + 1] into fan_cell, fan_pin
  const int32_t* fan_cell;
  const int32_t* fan_pin;
  const double* net_energy;  // [nets] joules of a toggle
  const uint8_t* is_clock;   // [nets]
  const int32_t* net_unit;
  const int32_t* in_net;   // [in_bits]
  const int32_t* out_net;  // [out_bits]
  int32_t memories, reserved;
  const Memory* memory;  // number m stands in fan_cell as cells + m
} Netlist;

typedef struct {
  const Netlist* n;
  uint8_t* value;
  uint8_t* held;
  uint32_t* state;  // [cells] inputs, then outputs
  int32_t* next;    // pending events of a bucket, by net
  int32_t* previous;
  int32_t* due;     // bucket of the pending event, or -1
  uint8_t* cause;   // input pin behind the pending event
  int32_t* bucket;  // [wheel] first net, or -1
  int64_t now, base;
  double* row;  // [units][categories] of this cycle
  uint32_t* toggles;
  uint8_t* settled;  // [nets] value at the last settled half cycle
  int32_t* touched;  // nets that changed since
  uint8_t* is_touched;
  int32_t touched_count;
  uint64_t events;
  uint8_t** words;  // [memories] [depth][bits]
} Sim;

static void cancel(Sim* s, int net) {
  const int before = s->previous[net], after = s->next[net];
  if (before >= 0)
    s->next[before] = after;
  else
    s->bucket[s->due[net]] = after;
  if (after >= 0) s->previous[after] = before;
  s->due[net] = -1;
}

static void schedule(Sim* s, int net, int64_t time, int cause) {
  const int slot = (int)(time & (s->n->wheel - 1));
  s->next[net] = s->bucket[slot];
  s->previous[net] = -1;
  if (s->bucket[slot] >= 0) s->previous[s->bucket[slot]] = net;
  s->bucket[slot] = net;
  s->due[net] = slot;
  s->cause[net] = (uint8_t)cause;
}

static void toggle(Sim* s, int net);

static uint32_t address(const Sim* s, const int32_t* nets, int bits) {
  uint32_t value = 0;
  for (int i = 0; i < bits; ++i) value |= (uint32_t)s->value[nets[i]] << i;
  return value;
}

// The clock of memory `number` rises.
static void access(Sim* s, int number) {
  const Memory* m = &s->n->memory[number];
  const uint32_t from = address(s, m->raddr, m->address), to = address(s, m->waddr, m->address);
  double* energy = &s->row[m->unit * kCategories + kMemory];
  if (s->value[m->re]) {
    *energy += m->read;
    const uint8_t* word = s->words[number] + (size_t)(from % (uint32_t)m->depth) * m->bits;
    for (int i = 0; i < m->bits; ++i) {
      const int net = m->rdata[i];
      const int pending = s->due[net] >= 0;
      if (word[i] == (s->value[net] ^ pending)) continue;
      if (pending)
        cancel(s, net);
      else
        schedule(s, net, s->n->levelled ? s->base : s->now + m->delay, 0);
    }
  }
  if (s->value[m->we]) {
    *energy += m->write;
    uint8_t* word = s->words[number] + (size_t)(to % (uint32_t)m->depth) * m->bits;
    for (int i = 0; i < m->bits; ++i) word[i] = s->value[m->wdata[i]];
  }
}

// Input `pin` of the cell has changed; its new value is in the state.
static void evaluate(Sim* s, int cell, int pin) {
  const Netlist* n = s->n;
  const Type* t = &n->types[n->type[cell]];
  const uint32_t mask = (1u << t->inputs) - 1;
  const uint32_t in = s->state[cell] & mask;
  const uint32_t kept = (uint32_t)s->held[cell] << t->inputs;
  if (t->kind == kFlipFlop) {
    const uint32_t old = in ^ (1u << pin);
    if (t->clear[in])
      s->held[cell] = 0;
    else if (t->preset[in])
      s->held[cell] = 1;
    else if (t->clock[in] && !t->clock[old])
      s->held[cell] = t->data[old | kept];
  } else if (t->kind == kLatch) {
    if (t->clear[in])
      s->held[cell] = 0;
    else if (t->preset[in])
      s->held[cell] = 1;
    else if (t->clock[in])
      s->held[cell] = t->data[in | kept];
  }
  const uint32_t index = in | (uint32_t)s->held[cell] << t->inputs;
  for (int o = 0; o < t->outputs; ++o) {
    const int net = n->pin_net[n->pin[cell] + t->inputs + o];
    const uint8_t wanted = t->output[((size_t)o << (t->inputs + 1)) + index];
    const uint8_t pending = s->due[net] >= 0;
    if (wanted == (s->value[net] ^ pending)) continue;
    if (pending) {
      cancel(s, net);
    } else if (n->is_clock[net]) {
      s->cause[net] = (uint8_t)pin;
      toggle(s, net);
    } else {
      const int edge = wanted ? 0 : 1;
      const int delay =
          t->inputs ? n->delays[n->delay[cell] + (o * t->inputs + pin) * 2 + edge] : 1;
      int64_t time = n->levelled ? s->base + n->level[cell] : s->now + delay;
      // An asynchronous clear that comes out of logic is late for its level.
      if (time <= s->now) time = s->now + 1;
      schedule(s, net, time, pin);
    }
  }
}

static void toggle(Sim* s, int net) {
  const Netlist* n = s->n;
  const int edge = s->value[net] ? 1 : 0;
  const int clock = n->is_clock[net];
  s->value[net] ^= 1;
  ++s->toggles[net];
  ++s->events;
  if (!s->is_touched[net]) {
    s->is_touched[net] = 1;
    s->touched[s->touched_count++] = net;
  }
  s->row[n->net_unit[net] * kCategories + (clock ? kClock : kSwitching)] += n->net_energy[net];
  const int from = n->driver[net];
  if (from >= 0) {
    const Type* t = &n->types[n->type[from]];
    const int o = n->driver_pin[net];
    const uint32_t states = 1u << (t->inputs + t->outputs);
    if (t->inputs) {
      const size_t place = ((size_t)(o * t->inputs + s->cause[net]) * 2 + edge) * states;
      const int entry = t->out_energy[place + s->state[from]];
      if (entry != NO_ENTRY)
        s->row[n->cell_unit[from] * kCategories + (clock ? kClock : kInternal)] +=
            n->energies[n->energy[from] + entry];
    }
    s->state[from] ^= 1u << (t->inputs + o);
  }
  for (int f = n->fan[net]; f < n->fan[net + 1]; ++f) {
    const int cell = n->fan_cell[f], pin = n->fan_pin[f];
    if (cell >= n->cells) continue;
    const Type* t = &n->types[n->type[cell]];
    const uint32_t states = 1u << (t->inputs + t->outputs);
    const int entry = t->in_energy[(size_t)(pin * 2 + edge) * states + s->state[cell]];
    if (entry != NO_ENTRY)
      s->row[n->cell_unit[cell] * kCategories + (clock ? kClock : kInternal)] +=
          n->energies[n->energy[cell] + entry];
    s->state[cell] ^= 1u << pin;
  }
  for (int f = n->fan[net]; f < n->fan[net + 1]; ++f) {
    if (n->fan_cell[f] < n->cells)
      evaluate(s, n->fan_cell[f], n->fan_pin[f]);
    else if (edge == 0)
      access(s, n->fan_cell[f] - n->cells);
  }
}

// Changes that a zero-delay simulation would also see: values that differ once all is quiet.
static void settle(Sim* s, uint32_t* functional) {
  for (int i = 0; i < s->touched_count; ++i) {
    const int net = s->touched[i];
    s->is_touched[net] = 0;
    functional[net] += s->value[net] != s->settled[net];
    s->settled[net] = s->value[net];
  }
  s->touched_count = 0;
}

static void advance(Sim* s, int64_t end) {
  for (; s->now < end; ++s->now) {
    const int slot = (int)(s->now & (s->n->wheel - 1));
    while (s->bucket[slot] >= 0) {
      const int net = s->bucket[slot];
      cancel(s, net);
      toggle(s, net);
    }
  }
}

static void drive(Sim* s, const uint8_t* bits) {
  for (int i = 0; i < s->n->in_bits; ++i) {
    const int net = s->n->in_net[i];
    if (net >= 0 && s->value[net] != bits[i]) toggle(s, net);
  }
}

// xorshift64: the next random bit.
static uint8_t random_bit(uint64_t* state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (uint8_t)(*state >> 63);
}

// Random contents of registers and memories.
static void scramble(Sim* s, uint64_t seed) {
  const Netlist* n = s->n;
  for (int cell = 0; cell < n->cells; ++cell)
    if (n->types[n->type[cell]].kind != kCombinational) s->held[cell] = random_bit(&seed);
  for (int m = 0; m < n->memories; ++m) {
    const size_t bits = (size_t)n->memory[m].depth * (size_t)n->memory[m].bits;
    for (size_t i = 0; i < bits; ++i) s->words[m][i] = random_bit(&seed);
  }
}

// Simulates `cycles` cycles: inputs change input_delay after the rising edge that begins a cycle
// (the edge of the cycle before), outputs are taken just before the next rising edge.
// trace: [cycles][units][categories]; seed: 0 starts at zeros. Returns the number of events.
uint64_t flashd_gatesim(const Netlist* n, int32_t cycles, const uint8_t* inputs, uint8_t* outputs,
                        double* trace, uint32_t* toggles, uint32_t* functional,
                        uint8_t* constants, uint64_t seed) {
  Sim s;
  memset(&s, 0, sizeof s);
  s.n = n;
  const size_t nets = (size_t)n->nets + 1, cells = (size_t)n->cells + 1;
  s.value = calloc(nets, 1);
  s.held = calloc(cells, 1);
  s.state = calloc(cells, sizeof *s.state);
  s.next = calloc(nets, sizeof *s.next);
  s.previous = calloc(nets, sizeof *s.previous);
  s.due = malloc(nets * sizeof *s.due);
  s.cause = calloc(nets, 1);
  s.bucket = malloc((size_t)n->wheel * sizeof *s.bucket);
  s.settled = calloc(nets, 1);
  s.touched = calloc(nets, sizeof *s.touched);
  s.is_touched = calloc(nets, 1);
  s.words = calloc((size_t)n->memories + 1, sizeof *s.words);
  for (int m = 0; m < n->memories; ++m)
    s.words[m] = calloc((size_t)n->memory[m].depth, (size_t)n->memory[m].bits);
  double* scratch = calloc((size_t)n->units * kCategories, sizeof *scratch);
  for (size_t i = 0; i < nets; ++i) s.due[i] = -1;
  for (int i = 0; i < n->wheel; ++i) s.bucket[i] = -1;
  s.toggles = toggles;
  s.row = scratch;
  const size_t row = (size_t)n->units * kCategories;
  if (seed) scramble(&s, seed);
  // Power-up: constants, then every cell once, until nothing moves. Not counted.
  for (int net = 0; net < n->nets; ++net)
    if (constants[net]) toggle(&s, net);
  for (int cell = 0; cell < n->cells; ++cell) {
    const Type* t = &n->types[n->type[cell]];
    if (t->inputs || t->kind == kCombinational) evaluate(&s, cell, 0);
  }
  const int64_t settle_time = 64 * (int64_t)n->wheel;
  advance(&s, settle_time);
  settle(&s, functional);
  memset(toggles, 0, (size_t)n->nets * sizeof *toggles);
  memset(functional, 0, (size_t)n->nets * sizeof *functional);
  s.events = 0;
  s.base = s.now;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    s.row = trace + (size_t)cycle * row;
    const int64_t begin = s.now;
    s.base = begin + 1;
    if (cycle) toggle(&s, n->clock_net);
    if (!n->levelled) advance(&s, begin + n->input_delay);
    drive(&s, inputs + (size_t)cycle * n->in_bits);
    advance(&s, begin + n->half);
    settle(&s, functional);
    s.base = s.now + 1;
    if (cycle) toggle(&s, n->clock_net);
    advance(&s, begin + n->period);
    settle(&s, functional);
    for (int i = 0; i < n->out_bits; ++i)
      outputs[(size_t)cycle * n->out_bits + i] = s.value[n->out_net[i]];
    for (int cell = 0; cell < n->cells; ++cell) {
      const Type* t = &n->types[n->type[cell]];
      s.row[n->cell_unit[cell] * kCategories + kLeakage] += t->leakage[s.state[cell]];
    }
  }
  free(s.value);
  free(s.held);
  free(s.state);
  free(s.next);
  free(s.previous);
  free(s.due);
  free(s.cause);
  free(s.bucket);
  free(s.settled);
  free(s.touched);
  free(s.is_touched);
  free(scratch);
  for (int m = 0; m < n->memories; ++m) free(s.words[m]);
  free(s.words);
  return s.events;
}
