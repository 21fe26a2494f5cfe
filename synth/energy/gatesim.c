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

// What an event touches of a net and of a cell lies together: a netlist is larger than the caches.
typedef struct {
  double energy;  // joules of a toggle
  int32_t unit, driver, driver_pin;
  int32_t fan, fan_end;    // into Sim.fan
  int32_t next, previous;  // pending events of a bucket
  int32_t due;             // bucket of the pending event, or -1
  uint32_t toggles;
  uint8_t value, is_clock;
  uint8_t cause;       // input pin behind the pending event
  uint8_t settled;     // value at the last settled half cycle
  uint8_t is_touched;  // has changed since
} Net;

typedef struct {
  const Type* type;
  const double* energies;
  const int32_t* outputs;  // nets
  const int32_t* delays;
  uint32_t state;  // inputs, then outputs
  int32_t unit, level;
  uint8_t held;
} Cell;

typedef struct {
  int32_t cell, pin;
} Fan;

typedef struct {
  const Netlist* n;
  Net* nets;
  Cell* cells;
  Fan* fan;
  int32_t* bucket;  // [wheel] first net, or -1
  int64_t now, base;
  double* row;       // [units][categories] of this cycle
  int32_t* touched;  // nets that changed since all was quiet
  int32_t touched_count;
  uint64_t events;
  uint8_t** words;  // [memories] [depth][bits]
} Sim;

static void cancel(Sim* s, int number) {
  Net* net = &s->nets[number];
  if (net->previous >= 0)
    s->nets[net->previous].next = net->next;
  else
    s->bucket[net->due] = net->next;
  if (net->next >= 0) s->nets[net->next].previous = net->previous;
  net->due = -1;
}

static void schedule(Sim* s, int number, int64_t time, int cause) {
  const int slot = (int)(time & (s->n->wheel - 1));
  Net* net = &s->nets[number];
  net->next = s->bucket[slot];
  net->previous = -1;
  if (net->next >= 0) s->nets[net->next].previous = number;
  s->bucket[slot] = number;
  net->due = slot;
  net->cause = (uint8_t)cause;
}

static void toggle(Sim* s, int number);

static uint32_t address(const Sim* s, const int32_t* nets, int bits) {
  uint32_t value = 0;
  for (int i = 0; i < bits; ++i) value |= (uint32_t)s->nets[nets[i]].value << i;
  return value;
}

// The clock of memory `number` rises.
static void access(Sim* s, int number) {
  const Memory* m = &s->n->memory[number];
  const uint32_t from = address(s, m->raddr, m->address), to = address(s, m->waddr, m->address);
  double* energy = &s->row[m->unit * kCategories + kMemory];
  if (s->nets[m->re].value) {
    *energy += m->read;
    const uint8_t* word = s->words[number] + (size_t)(from % (uint32_t)m->depth) * m->bits;
    for (int i = 0; i < m->bits; ++i) {
      const Net* net = &s->nets[m->rdata[i]];
      const int pending = net->due >= 0;
      if (word[i] == (net->value ^ pending)) continue;
      if (pending)
        cancel(s, m->rdata[i]);
      else
        schedule(s, m->rdata[i], s->n->levelled ? s->base : s->now + m->delay, 0);
    }
  }
  if (s->nets[m->we].value) {
    *energy += m->write;
    uint8_t* word = s->words[number] + (size_t)(to % (uint32_t)m->depth) * m->bits;
    for (int i = 0; i < m->bits; ++i) word[i] = s->nets[m->wdata[i]].value;
  }
}

// Input `pin` of the cell has changed; its new value is in the state.
static void evaluate(Sim* s, Cell* cell, int pin) {
  const Type* t = cell->type;
  const uint32_t mask = (1u << t->inputs) - 1;
  const uint32_t in = cell->state & mask;
  const uint32_t kept = (uint32_t)cell->held << t->inputs;
  if (t->kind != kCombinational) {
    const uint32_t taken = t->kind == kFlipFlop ? in ^ (1u << pin) : in;
    const int opens = t->clock[in] && (t->kind == kLatch || !t->clock[taken]);
    if (t->clear[in])
      cell->held = 0;
    else if (t->preset[in])
      cell->held = 1;
    else if (opens)
      cell->held = t->data[taken | kept];
  }
  const uint32_t index = in | (uint32_t)cell->held << t->inputs;
  for (int o = 0; o < t->outputs; ++o) {
    const int number = cell->outputs[o];
    Net* net = &s->nets[number];
    const uint8_t wanted = t->output[((size_t)o << (t->inputs + 1)) + index];
    const uint8_t pending = net->due >= 0;
    if (wanted == (net->value ^ pending)) continue;
    if (pending) {
      cancel(s, number);
    } else if (net->is_clock) {
      net->cause = (uint8_t)pin;
      toggle(s, number);
    } else {
      const int edge = wanted ? 0 : 1;
      const int delay = t->inputs ? cell->delays[(o * t->inputs + pin) * 2 + edge] : 1;
      int64_t time = s->n->levelled ? s->base + cell->level : s->now + delay;
      // An asynchronous clear that comes out of logic is late for its level.
      if (time <= s->now) time = s->now + 1;
      schedule(s, number, time, pin);
    }
  }
}

static void toggle(Sim* s, int number) {
  Net* net = &s->nets[number];
  const Fan* end = s->fan + net->fan_end;
  for (const Fan* f = s->fan + net->fan; f != end; ++f) {
    if (f->cell < s->n->cells) __builtin_prefetch(s->cells[f->cell].energies);
  }
  const int edge = net->value ? 1 : 0;
  const int clock = net->is_clock;
  net->value ^= 1;
  ++net->toggles;
  ++s->events;
  if (!net->is_touched) {
    net->is_touched = 1;
    s->touched[s->touched_count++] = number;
  }
  s->row[net->unit * kCategories + (clock ? kClock : kSwitching)] += net->energy;
  if (net->driver >= 0) {
    Cell* from = &s->cells[net->driver];
    const Type* t = from->type;
    const int o = net->driver_pin;
    const uint32_t states = 1u << (t->inputs + t->outputs);
    if (t->inputs) {
      const size_t place = ((size_t)(o * t->inputs + net->cause) * 2 + edge) * states;
      const int entry = t->out_energy[place + from->state];
      if (entry != NO_ENTRY)
        s->row[from->unit * kCategories + (clock ? kClock : kInternal)] += from->energies[entry];
    }
    from->state ^= 1u << (t->inputs + o);
  }
  for (const Fan* f = s->fan + net->fan; f != end; ++f) {
    if (f->cell >= s->n->cells) continue;
    Cell* cell = &s->cells[f->cell];
    const Type* t = cell->type;
    const uint32_t states = 1u << (t->inputs + t->outputs);
    const int entry = t->in_energy[(size_t)(f->pin * 2 + edge) * states + cell->state];
    if (entry != NO_ENTRY)
      s->row[cell->unit * kCategories + (clock ? kClock : kInternal)] += cell->energies[entry];
    cell->state ^= 1u << f->pin;
    if (t->outputs) __builtin_prefetch(&s->nets[cell->outputs[0]]);
  }
  for (const Fan* f = s->fan + net->fan; f != end; ++f) {
    if (f->cell < s->n->cells)
      evaluate(s, &s->cells[f->cell], f->pin);
    else if (edge == 0)
      access(s, f->cell - s->n->cells);
  }
}

// Changes that a zero-delay simulation would also see: values that differ once all is quiet.
static void settle(Sim* s, uint32_t* functional) {
  for (int i = 0; i < s->touched_count; ++i) {
    Net* net = &s->nets[s->touched[i]];
    net->is_touched = 0;
    functional[s->touched[i]] += net->value != net->settled;
    net->settled = net->value;
  }
  s->touched_count = 0;
}

// Fetches what the events after this one touch, the nearer ones deeper.
static void look_ahead(const Sim* s, int number) {
  const Net* net = &s->nets[number];
  for (const Fan* f = s->fan + net->fan; f != s->fan + net->fan_end; ++f)
    __builtin_prefetch(&s->cells[f->cell]);
  if (net->next < 0) return;
  net = &s->nets[net->next];
  __builtin_prefetch(&s->fan[net->fan]);
  if (net->driver >= 0) __builtin_prefetch(&s->cells[net->driver]);
  if (net->next >= 0) __builtin_prefetch(&s->nets[net->next]);
}

static void advance(Sim* s, int64_t end) {
  for (; s->now < end; ++s->now) {
    const int slot = (int)(s->now & (s->n->wheel - 1));
    while (s->bucket[slot] >= 0) {
      const int net = s->bucket[slot];
      cancel(s, net);
      if (s->bucket[slot] >= 0) look_ahead(s, s->bucket[slot]);
      toggle(s, net);
    }
  }
}

static void drive(Sim* s, const uint8_t* bits) {
  for (int i = 0; i < s->n->in_bits; ++i) {
    const int net = s->n->in_net[i];
    if (net >= 0 && s->nets[net].value != bits[i]) toggle(s, net);
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
    if (s->cells[cell].type->kind != kCombinational) s->cells[cell].held = random_bit(&seed);
  for (int m = 0; m < n->memories; ++m) {
    const size_t bits = (size_t)n->memory[m].depth * (size_t)n->memory[m].bits;
    for (size_t i = 0; i < bits; ++i) s->words[m][i] = random_bit(&seed);
  }
}

static void build(Sim* s, const Netlist* n) {
  s->n = n;
  s->nets = calloc((size_t)n->nets + 1, sizeof *s->nets);
  // A memory's clock is in the fan as cell number `cells` and above; it is only prefetched.
  s->cells = calloc((size_t)n->cells + (size_t)n->memories + 1, sizeof *s->cells);
  s->fan = calloc((size_t)n->fan[n->nets] + 1, sizeof *s->fan);
  for (int i = 0; i < n->fan[n->nets]; ++i) s->fan[i] = (Fan){n->fan_cell[i], n->fan_pin[i]};
  for (int i = 0; i < n->nets; ++i) {
    s->nets[i] = (Net){.energy = n->net_energy[i],
                       .unit = n->net_unit[i],
                       .driver = n->driver[i],
                       .driver_pin = n->driver_pin[i],
                       .fan = n->fan[i],
                       .fan_end = n->fan[i + 1],
                       .due = -1,
                       .is_clock = n->is_clock[i]};
  }
  for (int i = 0; i < n->cells; ++i) {
    const Type* type = &n->types[n->type[i]];
    s->cells[i] = (Cell){.type = type,
                         .energies = n->energies + n->energy[i],
                         .outputs = n->pin_net + n->pin[i] + type->inputs,
                         .delays = n->delays + n->delay[i],
                         .unit = n->cell_unit[i],
                         .level = n->level[i]};
  }
  s->bucket = malloc((size_t)n->wheel * sizeof *s->bucket);
  for (int i = 0; i < n->wheel; ++i) s->bucket[i] = -1;
  s->touched = calloc((size_t)n->nets + 1, sizeof *s->touched);
  s->words = calloc((size_t)n->memories + 1, sizeof *s->words);
  for (int m = 0; m < n->memories; ++m)
    s->words[m] = calloc((size_t)n->memory[m].depth, (size_t)n->memory[m].bits);
}

static void clear(Sim* s) {
  for (int m = 0; m < s->n->memories; ++m) free(s->words[m]);
  free(s->words);
  free(s->touched);
  free(s->bucket);
  free(s->fan);
  free(s->cells);
  free(s->nets);
}

// Simulates `cycles` cycles: inputs change input_delay after the rising edge that begins a cycle
// (the edge of the cycle before), outputs are taken just before the next rising edge.
// trace: [cycles][units][categories]; seed: 0 starts at zeros. Returns the number of events.
uint64_t flashd_gatesim(const Netlist* n, int32_t cycles, const uint8_t* inputs, uint8_t* outputs,
                        double* trace, uint32_t* toggles, uint32_t* functional, uint8_t* constants,
                        uint64_t seed) {
  Sim s = {0};
  build(&s, n);
  const size_t row = (size_t)n->units * kCategories;
  double* scratch = calloc(row, sizeof *scratch);
  s.row = scratch;
  if (seed) scramble(&s, seed);
  // Power-up: constants, then every cell once, until nothing moves. Not counted.
  for (int net = 0; net < n->nets; ++net)
    if (constants[net]) toggle(&s, net);
  for (int cell = 0; cell < n->cells; ++cell) {
    const Type* t = s.cells[cell].type;
    if (t->inputs || t->kind == kCombinational) evaluate(&s, &s.cells[cell], 0);
  }
  advance(&s, 64 * (int64_t)n->wheel);
  settle(&s, functional);
  for (int net = 0; net < n->nets; ++net) s.nets[net].toggles = 0;
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
      outputs[(size_t)cycle * n->out_bits + i] = s.nets[n->out_net[i]].value;
    for (int cell = 0; cell < n->cells; ++cell) {
      const Cell* c = &s.cells[cell];
      s.row[c->unit * kCategories + kLeakage] += c->type->leakage[c->state];
    }
  }
  for (int net = 0; net < n->nets; ++net) toggles[net] = s.nets[net].toggles;
  clear(&s);
  free(scratch);
  return s.events;
}
