# SPDX-License-Identifier: Apache-2.0
"""Jobs of every option, several in the ring: every byte of memory, status, interrupts, counters."""
import os
import re

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles

from bench import DONE, bench
from cases import all_cases, random_case, tensors
from golden import Job
from image import BASE, Image
from records import COUNTERS, STATES, unpack

TAG = 0x5EED0000
RANDOM = int(os.environ.get("FLASHD_AXI_RANDOM", "12"))


def place(b, jobs):
    """Images of jobs, a continued job after the one that it continues."""
    images = {}
    for n, job in enumerate(jobs):
        before = images.get(id(job.state_in))
        images[id(job)] = Image(b.memory, job, TAG + n, before)
    return list(images.values())


def add_counts(images):
    """Golden's counts of all jobs, by the device's names."""
    total = {}
    for image in images:
        for name, count in image.result.counts.items():
            total[name] = total.get(name, 0) + count
    return total


async def check_counters(b, images, before):
    """Counters against the bus, golden and each other; `before` was there at the start."""
    after = await b.check_traffic()
    delta = {name: after[name] - before[name] for name in COUNTERS}
    want = add_counts(images)
    want["jobs"], want["faults"] = len(images), 0
    want["rows"] = sum(i.job.batch * i.job.heads_q * i.job.queries for i in images)
    for name, count in want.items():
        assert delta[name] == count, f"{name} is {delta[name]}, golden says {count}"
    for group in ("score_", "output_"):
        parts = [n for n in COUNTERS if n.startswith(group)]
        assert len(parts) > 5 and sum(delta[n] for n in parts) == delta["busy"], group
    assert delta["busy"] <= delta["cycles"]
    return delta, len(want) + 6


def check_status(b, image):
    """The status record says done, and the outputs are golden's; compared bytes."""
    record = unpack("status", b.memory.read(image.fields["status"], 16))
    assert record == {"state": STATES["done"], "fault": 0, "tag": image.tag, "address": 0}, \
        f"{image.job.name}: status record {record}"


async def run_all(b, images, group):
    """Hands over jobs in groups of at most `group`, the next while the last one still runs."""
    raised = 0
    for first in range(0, len(images), group):
        part = images[first:first + group]
        if b.rng.random() < 0.5:
            await b.submit(*(image.descriptor() for image in part))
        else:
            for image in part:
                await b.submit(image.descriptor())
        try:
            raised |= await b.finish()
        except AssertionError as error:
            raise AssertionError(f"{[i.job.name for i in part]}: {error}") from None
        for image in part:
            check_status(b, image)
            image.expect_done()
        wrong = b.memory.differences()
        assert not len(wrong), (f"{len(wrong)} bytes differ, the first at {wrong[0]:#x}, after "
                                f"{[i.job.name for i in part]}")
    return raised


def report(name, b, images, delta, checks):
    print(f"{name}: {len(images)} jobs, {b.memory.outputs} bytes of outputs and status equal to "
          f"golden's, {len(b.memory.bytes)} bytes of memory as they must be, {checks} counters "
          f"checked, {delta['cycles']} cycles, {b.ram.bytes_read} bytes read in {b.read_bursts} "
          f"bursts, {b.ram.bytes_written} written in {b.write_bursts}; at most {b.most_reads} and "
          f"{b.most_writes} bursts waited", flush=True)


@cocotb.test()
async def every_option(dut):
    """All cases, several in the ring at once, random pauses everywhere."""
    async with bench(dut, "every_option", queue=32) as b:
        await b.program()
        jobs, whole = all_cases(b.rng)
        images = place(b, jobs)
        before = await b.counters()
        assert await run_all(b, images, 6) == DONE
        delta, checks = await check_counters(b, images, before)
        # The continued job has the bits of the unsplit one.
        second = next(i for i in images if i.job.name == "states in and out")
        unsplit = b.memory.golden.run(whole)
        assert np.array_equal(second.result.o, unsplit.o)
        assert np.array_equal(second.result.lse, unsplit.lse)
        report("every_option", b, images, delta, checks)
        assert len(images) >= 18 and b.memory.outputs > 10000


@cocotb.test()
async def random_jobs(dut):
    """Shapes and options at random, FLASHD_AXI_RANDOM of them, in groups."""
    async with bench(dut, "random_jobs") as b:
        await b.program()
        images = place(b, [random_case(b.rng, f"random {n}") for n in range(RANDOM)])
        before = await b.counters()
        assert await run_all(b, images, 4) == DONE
        delta, checks = await check_counters(b, images, before)
        report("random_jobs", b, images, delta, checks)


@cocotb.test()
async def without_pauses(dut):
    """The same cases one by one with no pause; then any flipped bit must be told."""
    async with bench(dut, "without_pauses", stall=False, queue=32) as b:
        await b.program()
        only = os.environ.get("FLASHD_AXI_JOBS")  # part of the names of jobs, to look closer
        images = place(b, [j for j in all_cases(b.rng)[0] if re.search(only or "", j.name)])
        before = await b.counters()
        assert await run_all(b, images, 1) == DONE
        delta, checks = await check_counters(b, images, before)
        report("without_pauses", b, images, delta, checks)
        told = 0
        for image in images:
            for name, used in (("o", image.job.write_o), ("lse", image.job.write_lse),
                               ("state_out", image.job.state_out), ("status", True)):
                if used:
                    at = image.fields[name] - BASE
                    b.memory.want[at] ^= 1
                    b.memory.other[at] ^= 1
                    told += len(b.memory.differences())
                    b.memory.want[at] ^= 1
                    b.memory.other[at] ^= 1
        print(f"without_pauses: {told} flipped bits of expectations told")
        assert told >= 3 * len(images) - 3


@cocotb.test()
async def silent_jobs(dut):
    """Jobs that ask for no interrupt raise none; the one that does tells of them all."""
    async with bench(dut, "silent_jobs") as b:
        await b.program()
        jobs = [Job(f"job {n}", **tensors(b.rng, queries=2, keys=5), interrupt=n == 4)
                for n in range(5)]
        images = place(b, jobs)
        before = await b.counters()
        await b.submit(*(image.descriptor() for image in images[:4]))
        assert await b.finish(quiet=True) == 0 and not int(dut.irq_o.value)
        await b.submit(images[4].descriptor())
        assert await b.finish() == DONE
        for image in images:
            check_status(b, image)
            image.expect_done()
        b.check_memory()
        delta, checks = await check_counters(b, images, before)
        report("silent_jobs", b, images, delta, checks)


@cocotb.test()
async def answers_withheld(dut):
    """Without responses or read data the device stops at 16 bursts, and goes on where it was."""
    async with bench(dut, "answers_withheld", stall=False, queue=64) as b:
        await b.program()
        jobs = [Job("rows", **tensors(b.rng, group=2, queries=14, keys=70, d=64, dv=48))]
        images = place(b, jobs)
        before = await b.counters()
        channels = b.bus_channels
        channels["b"].queue_occupancy_limit = 64
        channels["b"].pause = True
        await b.submit(images[0].descriptor())
        stops = []
        for name in ("b", "r"):
            if name == "r":
                channels["r"].pause, channels["b"].pause = True, False
            last = None
            while last != (last := (b.read_bursts, b.write_bursts)):
                await ClockCycles(dut.clk_i, 1500)
            stops.append((b.write_bursts, channels["ar"].count()))
        channels["r"].pause = False
        assert await b.finish() == DONE
        check_status(b, images[0])
        images[0].expect_done()
        b.check_memory()
        delta, checks = await check_counters(b, images, before)
        report("answers_withheld", b, images, delta, checks)
        assert stops[0][0] == 16, f"{stops[0][0]} bursts were written without a response"
        assert b.most_reads <= 16
        print(f"answers_withheld: stopped at (bursts written, addresses waiting) {stops}")
