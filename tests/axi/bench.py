# SPDX-License-Identifier: Apache-2.0
"""flashd_top between cocotbext-axi's AXI4 slave with memory and its AXI4-Lite master."""
import contextlib
import os
import zlib

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, First, RisingEdge, Timer
from cocotbext.axi import (AddressSpace, AxiBus, AxiLiteBus, AxiLiteMaster, AxiResp, AxiSlave,
                           MemoryRegion)

from image import BASE, SIZE, Memory
from records import COUNTERS, DEVICE, REGISTERS

SEED = int(os.environ.get("FLASHD_AXI_SEED", "1"))
PERIOD = 10  # ns
RING_LOG2 = 3
ENABLE, SOFT_RESET, CLEAR = 1, 2, 4                # CONTROL
IDLE, BUSY, HUNG, STOPPED = 1, 2, 4, 8             # STATUS
DONE, FAULT, BUS_HUNG = 1, 2, 4                    # IRQ_ENABLE, IRQ_STATUS
PATIENCE = 20000                                   # cycles without any traffic


def generator(name):
    """Random numbers of a test; the seed is printed."""
    print(f"{name}: seed {SEED} (FLASHD_AXI_SEED)", flush=True)
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def pauses(rng):
    """True in cycles in which a channel pauses; the density changes every now and then."""
    while True:
        density = rng.choice([0.0, 0.2, 0.5, 0.9, 0.99])
        yield from (rng.random(int(rng.integers(20, 200))) < density).tolist()


class Ram(AddressSpace):
    """Memory at BASE. Any other address is answered with DECERR, a poisoned line with SLVERR.

    Counts what passes; `error` is the answer to the last access, for the channel that tells it.
    """

    def __init__(self, memory):
        super().__init__(size=1 << 64)
        self.register_region(MemoryRegion(SIZE, mem=memory.data), BASE)
        self.poisoned = set()
        self.bytes_read = self.bytes_written = 0
        self.error = AxiResp.OKAY

    def look(self, address):
        inside = BASE <= address < BASE + SIZE
        self.error = AxiResp.OKAY if inside else AxiResp.DECERR
        if address // 64 in self.poisoned:
            self.error = AxiResp.SLVERR
        if self.error != AxiResp.OKAY:
            raise ValueError("no memory at this address")

    async def read(self, address, length, **kwargs):
        self.bytes_read += length
        self.look(address)
        return await super().read(address, length, **kwargs)

    async def write(self, address, data, **kwargs):
        self.bytes_written += len(data)
        self.look(address)
        await super().write(address, data, **kwargs)


class Bench:
    """The device after a reset, with its models; `memory` is what jobs are placed in."""

    def __init__(self, dut, rng):
        self.dut, self.rng = dut, rng
        self.memory = Memory(rng)
        self.read_bursts = self.write_bursts = self.answers = 0
        self.most_reads = self.most_writes = 0  # addresses that waited in the slave at once
        self.tail = 0

    async def start(self, stall, queue):
        """Reset, models, random pauses on every channel; `queue` as in bench()."""
        dut = self.dut
        dut.clk_i.value = 0
        dut.rst_ni.value = 1
        await Timer(PERIOD, "ns")
        dut.rst_ni.value = 0   # an edge, so that asynchronous resets act
        await Timer(PERIOD, "ns")
        Clock(dut.clk_i, PERIOD, "ns").start(start_high=False)
        self.ram = Ram(self.memory)
        self.slave = AxiSlave(AxiBus.from_prefix(dut, "m_axi"), dut.clk_i, target=self.ram)
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk_i)
        self.slave.write_if.log.setLevel("ERROR")  # it warns of each of the errors that are meant
        self.slave.read_if.log.setLevel("ERROR")
        # How many addresses and beats the slave takes before it answers the first.
        for channel in (self.slave.write_if.aw_channel, self.slave.write_if.w_channel,
                        self.slave.read_if.ar_channel):
            channel.queue_occupancy_limit = queue or int(self.rng.choice([1, 2, 8, 32]))
        self.watch_channels()
        await ClockCycles(dut.clk_i, 5)
        dut.rst_ni.value = 1
        await ClockCycles(dut.clk_i, 2)
        if stall:
            self.stall()

    @property
    def bus_channels(self):
        write, read = self.slave.write_if, self.slave.read_if
        return {"aw": write.aw_channel, "w": write.w_channel, "b": write.b_channel,
                "ar": read.ar_channel, "r": read.r_channel}

    @property
    def register_channels(self):
        write, read = self.master.write_if, self.master.read_if
        return {"aw": write.aw_channel, "w": write.w_channel, "b": write.b_channel,
                "ar": read.ar_channel, "r": read.r_channel}

    def stall(self):
        for channel in (*self.bus_channels.values(), *self.register_channels.values()):
            channel.set_pause_generator(pauses(np.random.default_rng(self.rng.integers(1 << 60))))

    def watch_channels(self):
        """Counts bursts, and makes the slave's SLVERR the error that the memory meant."""
        write, read = self.slave.write_if, self.slave.read_if
        take_ar, take_aw = read.ar_channel.recv, write.aw_channel.recv
        send_r, send_b = read.r_channel.send, write.b_channel.send
        self.worst = AxiResp.OKAY
        write_one = write._write

        async def ar():
            burst = await take_ar()
            self.read_bursts += 1
            self.most_reads = max(self.most_reads, read.ar_channel.count() + 1)
            return burst

        async def aw():
            burst = await take_aw()
            self.write_bursts += 1
            self.most_writes = max(self.most_writes, write.aw_channel.count() + 1)
            self.worst = AxiResp.OKAY
            return burst

        async def r(beat):
            beat.rresp = self.ram.error
            await send_r(beat)

        async def b(response):
            assert (response.bresp != AxiResp.OKAY) == (self.worst != AxiResp.OKAY)
            response.bresp = self.worst
            self.answers += 1
            await send_b(response)

        async def write_word(address, data):
            try:
                await write_one(address, data)
            except ValueError:
                self.worst = self.ram.error
                raise

        read.ar_channel.recv, write.aw_channel.recv = ar, aw
        read.r_channel.send, write.b_channel.send = r, b
        write._write = write_word

    # Registers.

    async def read_raw(self, address):
        """(value, response)"""
        answer = await self.master.read(address, 4)
        return int.from_bytes(answer.data, "little"), answer.resp

    async def write_raw(self, address, value):
        """The response."""
        return (await self.master.write(address, value.to_bytes(4, "little"))).resp

    async def read(self, name, offset=0):
        value, response = await self.read_raw(REGISTERS[name] + offset)
        assert response == AxiResp.OKAY, f"{name} answered a read with {response!r}"
        return value

    async def write(self, name, value, offset=0):
        response = await self.write_raw(REGISTERS[name] + offset, value)
        assert response == AxiResp.OKAY, f"{name} answered a write with {response!r}"

    async def read64(self, name, offset=0):
        low = await self.read(name, offset)
        return low | await self.read(name, offset + 4) << 32

    async def counters(self):
        """{name: value}"""
        return {name: await self.read64("COUNTER", 8 * i) for i, name in enumerate(COUNTERS)}

    async def program(self, timeout=0):
        """Ring, interrupts, enable."""
        self.ring = self.memory.take(256 << RING_LOG2)
        await self.write("RING_BASE", self.ring & 0xFFFFFFFF)
        await self.write("RING_BASE", self.ring >> 32, 4)
        await self.write("RING_SIZE", RING_LOG2)
        await self.write("IRQ_ENABLE", DONE | FAULT | BUS_HUNG)
        await self.write("TIMEOUT", timeout)
        await self.write("CONTROL", ENABLE)

    # Jobs.

    async def submit(self, *descriptors):
        """Hands over descriptors, all at once."""
        for data in descriptors:
            slot = self.tail % (1 << RING_LOG2)
            self.memory.write(self.ring + DEVICE["descriptor"]["words"] * 4 * slot, data)
            self.tail += 1
        await self.write("RING_TAIL", self.tail)

    async def interrupt(self):
        """Waits for irq_o, clears what raised it and returns that."""
        while not int(self.dut.irq_o.value):
            before = self.ram.bytes_read, self.ram.bytes_written
            await First(RisingEdge(self.dut.irq_o), Timer(PATIENCE * PERIOD, "ns"))
            moved = before != (self.ram.bytes_read, self.ram.bytes_written)
            assert moved or int(self.dut.irq_o.value), \
                f"neither an interrupt nor traffic for {PATIENCE} cycles"
        raised = await self.read("IRQ_STATUS")
        assert raised, "the interrupt is raised and IRQ_STATUS is 0"
        await self.write("IRQ_STATUS", raised)
        return raised

    async def soft_reset(self):
        """CONTROL.soft_reset, until the device is idle again; the ring is empty then."""
        await self.write("CONTROL", ENABLE | SOFT_RESET)
        for _ in range(PATIENCE // 10):
            if await self.read("STATUS") == IDLE:
                break
        else:
            raise AssertionError("soft reset does not end")
        self.check_drained()
        self.tail = 0
        ends = [await self.read("RING_HEAD"), await self.read("RING_TAIL")]
        assert ends == [0, 0], f"RING_HEAD, RING_TAIL are {ends} after a soft reset"

    def check_drained(self):
        """The slave owes the device nothing."""
        channels = self.bus_channels
        assert self.answers == self.write_bursts and channels["b"].idle(), "a response is left"
        assert channels["ar"].empty() and channels["r"].idle(), "read data are left"

    async def finish(self, quiet=False):
        """Until RING_HEAD is RING_TAIL; returns the interrupts that were raised on the way.

        quiet: the last job asks for no interrupt, so the head is polled.
        """
        raised = 0
        while True:
            if not quiet:
                raised |= await self.interrupt()
            if await self.read("RING_HEAD") == self.tail:
                break
        return raised | await self.read("IRQ_STATUS")

    def check_memory(self):
        """Every byte of the memory is what it must be."""
        wrong = self.memory.differences()
        assert not len(wrong), f"{len(wrong)} bytes differ, the first at {wrong[0]:#x}"
        return SIZE

    async def check_traffic(self):
        """The device's counters of its bus are what the models saw; returns all counters."""
        counters = await self.counters()
        for name, want in (("bytes_read", self.ram.bytes_read),
                           ("bytes_written", self.ram.bytes_written),
                           ("read_bursts", self.read_bursts),
                           ("write_bursts", self.write_bursts)):
            assert counters[name] == want, f"{name} is {counters[name]}, the memory saw {want}"
        return counters


@contextlib.asynccontextmanager
async def bench(dut, name, stall=True, queue=None):
    """A started Bench; its slave takes up to `queue` addresses ahead, else a random number."""
    made = Bench(dut, generator(name))
    await made.start(stall, queue)
    yield made
