# SPDX-License-Identifier: Apache-2.0
"""What goes wrong ends in the documented code and address, and the next job is exact."""
import cocotb
import numpy as np

from bench import BUS_HUNG, DONE, ENABLE, FAULT, HUNG, IDLE, SOFT_RESET, STOPPED, bench
from cases import masked, pages, tensors
from golden import Job
from image import BASE, SIZE, Image
from records import FAULTS, FLAGS, LINE

INPUTS = ("q", "k", "v", "bias", "alibi", "state_in", "sequences")
OUTPUTS = ("o", "lse", "state_out")
PAGED = ("k", "v", "page_table")
TAGS = {"bad": 0xBAD0001, "good": 0x600D0002}
NOWHERE = {"read": "read_decerr", "write": "write_decerr"}
POISON = {"read": "read_slverr", "write": "write_slverr"}


def victims(b):
    """A job with every array but pages, and one with pages."""
    heads, queries, keys, dv = 2, 3, 20, 18
    t = tensors(b.rng, heads=heads, queries=queries, keys=keys, d=12, dv=dv)
    record = 64 * -(-(16 + 4 * dv) // 64)
    empty = np.zeros((1, heads, queries, record), np.uint8)  # states that saw no key
    v_exponent = Job("", **t).v_exponent
    empty[..., 12:16] = np.array(v_exponent, np.int32).view(np.uint8)
    full = Job("full", **t, bias=masked(b.rng, (1, heads, queries, keys), "fp32"),
               alibi=np.array([0.25, 0.125], np.float32), state_in=empty, state_out=True,
               v_exponent=v_exponent)
    paged = Job("paged", **pages(b.rng, queries=3, each=2), causal=True)
    return Image(b.memory, full, TAGS["bad"]), Image(b.memory, paged, TAGS["bad"])


class Rounds:
    """A bad and a good job in the ring together, again and again; counts what was checked."""

    def __init__(self, b):
        self.b = b
        self.good = Image(b.memory, Job("good", **tensors(b.rng, group=2, queries=3, keys=21)),
                          TAGS["good"])
        self.rounds = 0

    async def registers(self, code, tag, address):
        """FAULT_* registers."""
        b = self.b
        told = [await b.read("FAULT_CODE"), await b.read("FAULT_TAG"),
                await b.read64("FAULT_ADDRESS")]
        names = {value: name for name, value in FAULTS.items()}
        assert told == [FAULTS[code], tag, address], (
            f"fault {names.get(told[0])}, tag {told[1]:#x}, address {told[2]:#x}; expected {code}, "
            f"{tag:#x}, {address:#x}")

    async def round(self, image, code, address, told=True, tag=TAGS["bad"], complete=False,
                    **changes):
        """The image with some fields changed must end with a code, then the good job well.

        told: its status record tells. complete: all of its outputs are there.
        """
        b = self.b
        image.scramble()
        self.good.scramble()
        await b.submit(image.descriptor(**changes), self.good.descriptor())
        raised = await b.finish()
        assert raised == FAULT | DONE, f"{code}: interrupts {raised}"
        await self.registers(code, tag, address)
        if complete:
            image.each_output(b.memory.expect)
        image.expect_fault(FAULTS[code], address, told)
        self.good.expect_done()
        b.check_memory()
        self.rounds += 1

    async def finish(self, name):
        """Counters, and what was done."""
        counters = await self.b.check_traffic()
        assert (counters["jobs"], counters["faults"]) == (self.rounds, self.rounds)
        print(f"{name}: {self.rounds} faults with code, tag and address, {self.rounds} exact jobs "
              f"after them, {counters['bytes_read']} bytes read, {counters['bytes_written']} "
              "written", flush=True)


def outside(b):
    """An address without memory: below, above, or in another gigabyte."""
    return int(b.rng.choice([BASE - 0x10000, BASE + SIZE, BASE + SIZE + 0x8000, 0x40000,
                             BASE + (1 << 40)]))


@cocotb.test()
async def no_memory(dut):
    """Arrays outside the memory: DECERR."""
    async with bench(dut, "no_memory") as b:
        await b.program()
        rounds, (full, paged) = Rounds(b), victims(b)
        for image, names in ((full, INPUTS + OUTPUTS), (paged, PAGED)):
            for name in names:
                kind = "write" if name in OUTPUTS else "read"
                first = address = outside(b)
                if image is paged and name in "kv":  # the first page used is not the first
                    first += LINE * image.fields[f"{name}_batch"] * int(image.job.table[0, 0])
                await rounds.round(image, NOWHERE[kind], first, **{name: address})
        address = outside(b)
        await rounds.round(full, "write_decerr", address, told=False, complete=True,
                           status=address)
        await rounds.finish("no_memory")
        assert rounds.rounds == 14


@cocotb.test()
async def poisoned_lines(dut):
    """A line of an array answers with SLVERR; the address is that of the first bad beat."""
    async with bench(dut, "poisoned_lines") as b:
        await b.program()
        rounds, (full, paged) = Rounds(b), victims(b)
        for image, names in ((full, INPUTS + OUTPUTS + ("status",)), (paged, PAGED)):
            for name in names * 2:
                kind = "write" if name in OUTPUTS + ("status",) else "read"
                address = line_of(b, image, name)
                b.ram.poisoned = {address // LINE}
                known = name != "status"
                await rounds.round(image, POISON[kind], address, told=known, complete=not known)
        b.ram.poisoned = {b.ring // LINE + 4 * (b.tail % 8) + int(b.rng.integers(4))}
        await rounds.round(full, "read_slverr", LINE * max(b.ram.poisoned), told=False, tag=0)
        await rounds.finish("poisoned_lines")
        assert rounds.rounds == 29


def line_of(b, image, name):
    """A line of an array that is certainly used, at the start of a row."""
    job, fields = image.job, image.fields
    address = fields[name]
    if name in ("sequences", "status", "alibi", "page_table"):
        return address
    index = [int(b.rng.integers(job.heads_q)), int(b.rng.integers(job.queries))]
    if name in "kv":
        index[1] = int(b.rng.integers(16))
        if job.page:
            address += LINE * fields[f"{name}_batch"] * int(job.table[0, b.rng.integers(2)])
            index[1] = 0
    if name in ("state_in", "state_out"):
        strides = fields["state_head"], fields["state_head"] // job.queries
    elif name == "lse":
        strides = fields["lse_head"], 0
    else:
        strides = fields[f"{name}_head"], fields[f"{name}_token"]
    return address + LINE * sum(i * s for i, s in zip(index, strides))


@cocotb.test()
async def bad_fields(dut):
    """One bad field after another: its code, and no traffic but descriptor and status."""
    async with bench(dut, "bad_fields") as b:
        await b.program()
        rounds, (full, paged) = Rounds(b), victims(b)
        word = full.fields["flags"]
        high = 1 << 48 | BASE
        cases = [
            ("descriptor_flags", 0, {"flags": word | 1 << 17}),
            ("format", 0, {"flags": word | 3 << FLAGS["output_low"]}),
            ("format", 0, {"flags": word | 3 << FLAGS["bias_low"]}),
            ("head_dim", 0, {"d": 0}), ("head_dim", 0, {"dv": 65}),
            ("heads", 0, {"heads_kv": 0}), ("heads", 0, {"group": 0}),
            ("size", 0, {"batch": 0}), ("size", 0, {"keys": 1 << 31}),
            ("address", full.fields["q"] + 32, {"q": full.fields["q"] + 32}),
            ("address", high, {"lse": high}), ("address", high, {"k": high, "state_in": high + 64}),
            ("window", 0, {"flags": word | 1 << FLAGS["window"], "window_left": 1 << 31}),
            ("scale", 0, {"scale_mantissa": 12345}),
            ("soft_cap", 0, {"flags": word | 1 << FLAGS["soft_cap"]}),
            ("skip_v", 0, {"flags": word | 1 << FLAGS["skip_v"]}),
            ("sequence", full.fields["sequences"], {"keys": 19}),
        ]
        for code, address, changes in cases:
            await rounds.round(full, code, address, **changes)
        await rounds.round(paged, "page_size", 0, page_size_log2=3)
        table = paged.fields["page_table"]
        await rounds.round(paged, "unmapped_page", table + 4 * int(np.argmax(paged.job.table[0])),
                           pages=int(paged.job.table[0].max()))
        # Of another version nothing is known: no status record, no tag.
        await rounds.round(full, "descriptor_version", 0, told=False, tag=0, version=2)
        await rounds.finish("bad_fields")
        assert rounds.rounds == 20


@cocotb.test()
async def ring_overrun(dut):
    """More descriptors than slots: a fault without a job; soft reset lets the ring run again."""
    async with bench(dut, "ring_overrun") as b:
        await b.program()
        rounds = Rounds(b)
        await b.write("RING_TAIL", 9)
        assert await b.interrupt() == FAULT
        await rounds.registers("ring_overrun", 0, 0)
        assert await b.read("STATUS") & STOPPED
        await b.soft_reset()
        rounds.good.scramble()
        await b.submit(rounds.good.descriptor())
        assert await b.finish() == DONE
        rounds.good.expect_done()
        print(f"ring_overrun: {b.check_memory()} bytes compared after it")


@cocotb.test()
async def hung_bus(dut):
    """A memory that answers no more is told within TIMEOUT, and what was written stays."""
    async with bench(dut, "hung_bus") as b:
        await b.program(timeout=300)
        rounds = Rounds(b)
        rounds.good.scramble()
        await b.submit(rounds.good.descriptor())
        while b.ram.bytes_read < 1000:
            assert not await b.read("STATUS") & HUNG
        for channel in b.bus_channels.values():
            channel.clear_pause_generator()
            channel.pause = True
        assert await b.interrupt() == BUS_HUNG
        await rounds.registers("bus_hung", TAGS["good"], 0)
        assert await b.read("STATUS") & HUNG
        await b.write("CONTROL", ENABLE | SOFT_RESET)
        assert await b.read("STATUS") & HUNG  # only rst_ni helps
        rounds.good.expect_nothing()
        print(f"hung_bus: told, {b.check_memory()} bytes compared")



@cocotb.test()
async def after_hang(dut):
    """rst_ni revives the device that hung_bus() left with reads outstanding."""
    async with bench(dut, "after_hang") as b:
        assert await b.read("STATUS") == IDLE
        await b.program()
        rounds = Rounds(b)
        await b.submit(rounds.good.descriptor())
        assert await b.finish() == DONE
        rounds.good.expect_done()
        await b.check_traffic()
        print(f"after_hang: {b.check_memory()} bytes compared")
