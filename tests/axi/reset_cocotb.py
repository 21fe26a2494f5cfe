# SPDX-License-Identifier: Apache-2.0
"""Soft reset at any moment: the bus is drained, no status is written, the next job is exact."""
import cocotb
import numpy as np
from cocotb.triggers import ClockCycles

from bench import DONE, bench
from cases import masked, pages, tensors
from golden import Job
from image import Image
from records import STATES, unpack

CUTS = 24


def victims(b):
    """Jobs to cut short: long ones, with all units at work."""
    t = tensors(b.rng, heads=2, group=2, queries=4, keys=40, d=24, dv=33)
    return [Image(b.memory, job, 77) for job in (
        Job("long", **t, causal=True, bias=masked(b.rng, (1, 4, 4, 40), "fp32"),
            alibi=np.full(4, 0.25, np.float32), state_out=True),
        Job("paged", **pages(b.rng, batch=2, heads=2, queries=6), output="bf16"))]


async def reset_in_a_write(b):
    """Soft reset while write data stand still; whether a burst was open then, which must end."""
    channel, bursts = b.bus_channels["w"], b.write_bursts + int(b.rng.integers(1, 12))
    while b.write_bursts < bursts:
        await ClockCycles(b.dut.clk_i, 1)
    channel.clear_pause_generator()
    channel.pause = True
    reset = cocotb.start_soon(b.soft_reset())
    await ClockCycles(b.dut.clk_i, 150)
    waited = not reset.done()
    channel.pause = False
    await reset
    b.stall()
    return waited


@cocotb.test()
async def soft_reset(dut):
    """Cuts at random cycles; a byte of a cut job's output is what it was or what it would be."""
    async with bench(dut, "soft_reset", queue=1) as b:
        await b.program()
        cut = victims(b)
        good = Image(b.memory, Job("good", **tensors(b.rng, queries=4, keys=25)), 78)
        during = waited = 0
        for n in range(CUTS):
            for image in (*cut, good):
                image.scramble()
            await b.submit(*(image.descriptor() for image in (cut[n % 2], cut[1 - n % 2])))
            for image in cut:
                image.expect_nothing()
            if n % 2:
                waited += await reset_in_a_write(b)
                during += 1
            else:
                await ClockCycles(dut.clk_i, int(b.rng.integers(1, 2500 if n % 3 else 14000)))
                during += await b.read("STATUS") & 2 != 0
                await b.soft_reset()
            for image in cut:
                status = unpack("status", b.memory.read(image.fields["status"], 16))
                if status["state"] == STATES["done"]:
                    image.expect_done()
            b.check_memory()
            await b.write("IRQ_STATUS", 7)  # of a job that ended before the cut
            assert await b.read("IRQ_STATUS") == 0
            await b.submit(good.descriptor())
            assert await b.finish() == DONE
            good.expect_done()
            b.check_memory()
            counters = await b.check_traffic()
        assert counters["faults"] == 0
        ended = counters["jobs"] - CUTS
        print(f"soft_reset: {CUTS} cuts, {during} of them in a job, {waited} in a write, {ended} "
              f"jobs ended before one, {CUTS} exact jobs after them, "
              f"{counters['bytes_read']} bytes read")
        assert min(during // 2, waited) > CUTS // 4 and ended >= 0
