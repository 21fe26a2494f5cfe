# SPDX-License-Identifier: Apache-2.0
"""Registers through AXI4-Lite: what they hold after reset, what they keep, what they refuse."""
import cocotb
from cocotb.triggers import ClockCycles
from cocotbext.axi import AxiResp

from bench import ENABLE, IDLE, bench
from build import settings
from records import COUNTERS, DEVICE, REGISTERS

READ_ONLY = ("ID", "VERSION", "SPEC_HASH", "CAP0", "CAP1", "CAP2", "CAP3", "STATUS", "RING_HEAD",
             "FAULT_CODE", "FAULT_TAG", "FAULT_ADDRESS", "COUNTER")
WRITABLE = {"CONTROL": 1, "IRQ_ENABLE": 7, "RING_BASE": 0xFFFFFFFF, "RING_SIZE": 31,
            "TIMEOUT": 0xFFFFFFFF}  # bits that keep what is written; RING_TAIL starts jobs
WIDE = {"RING_BASE", "FAULT_ADDRESS"}


def words():
    """{address: name} of every register word."""
    found = {address: name for name, address in REGISTERS.items()}
    found.update({REGISTERS[name] + 4: name for name in WIDE})
    for i in range(2 * len(COUNTERS)):
        found[REGISTERS["COUNTER"] + 4 * i] = "COUNTER"
    return found


@cocotb.test()
async def reset_values(dut):
    """Identity, capabilities, and zeros."""
    async with bench(dut, "reset_values") as b:
        c = settings()
        want = {"ID": 0x464C5344, "VERSION": DEVICE["version"] << 16 | 1,
                "CAP0": c["profile"] | c["sig"] << 4 | c["soft_cap"] << 8 | 1 << 9,
                "CAP1": c["width"] | c["lanes"] << 16 | c["contexts"] << 24,
                "CAP2": c["tile"] | c["max_head_dim"] << 16,
                "CAP3": c["axi_bits"] | len(COUNTERS) << 16 | DEVICE["address_bits"] << 24,
                "STATUS": IDLE}
        compared = 0
        for address, name in words().items():
            value, response = await b.read_raw(address)
            assert response == AxiResp.OKAY, name
            if name == "SPEC_HASH":
                assert value != 0
            else:
                assert value == want.get(name, 0), f"{name} is {value:#x} after reset"
            compared += 1
        assert not int(dut.irq_o.value)
        print(f"reset_values: {compared} register words")
        assert compared == 21 + 2 * len(COUNTERS)


@cocotb.test()
async def writable_bits(dut):
    """What is written is read back, in the bits that exist, whatever was written in between."""
    async with bench(dut, "writable_bits") as b:
        held, compared = {}, 0
        places = [(name, offset) for name in WRITABLE for offset in (0, 4)[:1 + (name in WIDE)]]
        for _ in range(120):
            name, offset = places[b.rng.integers(len(places))]
            # No soft reset: it clears nothing here, but takes time.
            value = int(b.rng.integers(1 << 32)) & (~2 if name == "CONTROL" else -1)
            await b.write(name, value, offset)
            held[name, offset] = value & WRITABLE[name]
            for (other, at), want in held.items():
                got = await b.read(other, at)
                assert got == want, f"{other} is {got:#x}; {want:#x} was written"
                compared += 1
        print(f"writable_bits: {compared} values read back")
        assert compared > 300


@cocotb.test()
async def refusals(dut):
    """SLVERR for read-only registers and addresses without one; nothing changes."""
    async with bench(dut, "refusals") as b:
        known, refused = words(), 0
        before = {address: await b.read_raw(address) for address in known}
        for address in range(0, 1 << len(dut.s_axil_araddr), 4):
            value = int(b.rng.integers(1, 1 << 32))
            if address not in known:
                assert (await b.read_raw(address))[1] == AxiResp.SLVERR, hex(address)
            if address not in known or known[address] in READ_ONLY:
                assert await b.write_raw(address, value) == AxiResp.SLVERR, hex(address)
                refused += 1
        after = {address: await b.read_raw(address) for address in known}
        assert before == after
        print(f"refusals: {refused} addresses refused writes, {len(known)} words unchanged")
        assert refused > 80


@cocotb.test()
async def interrupt_bits(dut):
    """IRQ_STATUS: set by what happens, cleared by ones alone; IRQ_ENABLE gates the pin."""
    async with bench(dut, "interrupt_bits") as b:
        await b.program()
        await b.write("IRQ_ENABLE", 0)
        await b.write("IRQ_STATUS", 7)
        assert await b.read("IRQ_STATUS") == 0
        await b.submit(bytes(256))  # version 0: a fault
        while await b.read("RING_HEAD") != 1:
            pass
        assert await b.read("IRQ_STATUS") == 2 and not int(dut.irq_o.value)
        checks = 0
        for enable in range(8):
            await b.write("IRQ_ENABLE", enable)
            await ClockCycles(dut.clk_i, 2)
            assert int(dut.irq_o.value) == (enable >> 1 & 1)
            checks += 1
        for wrong in (0, 1, 4, 5):
            await b.write("IRQ_STATUS", wrong)
            assert await b.read("IRQ_STATUS") == 2
            checks += 1
        await b.write("IRQ_STATUS", 2)
        assert await b.read("IRQ_STATUS") == 0 and not int(dut.irq_o.value)
        assert await b.read("CONTROL") == ENABLE
        print(f"interrupt_bits: {checks + 1} combinations")
