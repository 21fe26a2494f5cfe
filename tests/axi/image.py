# SPDX-License-Identifier: Apache-2.0
"""Jobs in device memory: docs/system.md, "Memory layout"; and what they must leave there."""
import numpy as np

from build import CONFIG, PROFILE
from golden import Golden
from records import LINE, STATES, flags, pack, scale_fields, slope_word, soft_cap_word

BASE, SIZE = 0x7A5_0000_0000, 1 << 21


def lines(size):
    """64-byte lines that hold so many bytes."""
    return -(-size // LINE)


class Memory:
    """Random bytes at first, so that what nobody wrote is no 0; arrays are taken from the bottom.

    `want` is what the memory must hold in the end; `other` is as good where a job was cut short.
    """

    def __init__(self, rng):
        self.rng = rng
        self.data = bytearray(rng.bytes(SIZE))
        self.bytes = np.frombuffer(self.data, np.uint8)
        self.want = self.bytes.copy()
        self.other = self.want.copy()
        self.outputs = 0
        self.next = 0
        self.golden = Golden(CONFIG, PROFILE)

    def take(self, size, align=LINE):
        """Address of so many bytes."""
        start = -(-self.next // align) * align
        self.next = start + max(size, 1)
        assert self.next <= SIZE, "the jobs do not fit into the memory model"
        return BASE + start

    def write(self, address, data):
        """What the host writes."""
        at = address - BASE
        data = np.frombuffer(bytes(data), np.uint8)
        for array in (self.bytes, self.want, self.other):
            array[at:at + len(data)] = data

    def expect(self, address, data):
        """What the device is to write."""
        at = address - BASE
        data = np.frombuffer(bytes(data), np.uint8)
        self.want[at:at + len(data)] = data
        self.other[at:at + len(data)] = data
        self.outputs += len(data)

    def allow(self, address, data):
        """What the device may write or not."""
        at = address - BASE
        self.other[at:at + len(data)] = np.frombuffer(bytes(data), np.uint8)

    def read(self, address, size):
        return bytes(self.data[address - BASE:address - BASE + size])

    def differences(self):
        """Addresses that hold something else than they must."""
        return BASE + np.flatnonzero((self.bytes != self.want) & (self.bytes != self.other))

    def rows(self, shape, row_bytes):
        """(address, strides in lines) of rows, each axis with its own spare lines."""
        strides, step = [], lines(row_bytes)
        for extent in reversed(shape):
            step += int(self.rng.integers(0, 3))
            strides.insert(0, step)
            step *= extent
        return self.take(step * LINE), strides

    def place(self, array):
        """Copies rows along the last axis; (address, strides in lines)."""
        address, strides = self.rows(array.shape[:-1], array.shape[-1] * array.itemsize)
        self.put(address, strides, array, self.write)
        return address, strides

    def put(self, address, strides, array, writer):
        """Writes every row at its address."""
        for index in np.ndindex(*array.shape[:-1]):
            offset = LINE * sum(i * s for i, s in zip(index, strides))
            writer(address + offset, np.ascontiguousarray(array[index]).tobytes())


class Image:
    """A job in memory: `fields` of its descriptor; regions by name for those who break them."""

    def __init__(self, memory, job, tag, state_in=None):
        self.memory, self.job, self.tag = memory, job, tag
        self.result = memory.golden.run(job)
        self.fields = {"version": 1, "lines": 4, "tag": tag, "d": job.d, "dv": job.dv,
                       "heads_kv": job.heads_kv, "group": job.heads_q // job.heads_kv,
                       "batch": job.batch, "queries": job.queries, "keys": job.keys}
        self.fields.update(scale_fields(job.scale, job.d, job.fp16, PROFILE))
        self.set_flags()
        self.put_inputs()
        self.put_options()
        self.put_sequences()
        self.put_states(state_in)
        self.put_outputs()

    def set_flags(self):
        job = self.job
        output = {"fp32": 0, "bf16": 1, "fp16": 2}[job.output]
        bias = {"fp32": 0, "bf16": 1, "fp16": 2}[job.bias_format]
        self.fields["flags"] = flags(
            causal=job.causal, window=job.window is not None, fp16=job.fp16,
            output_low=output & 1, output_high=output >> 1, write_o=job.write_o,
            write_lse=job.write_lse, bias=job.bias is not None, bias_low=bias & 1,
            bias_high=bias >> 1, alibi=job.alibi is not None, soft_cap=job.soft_cap is not None,
            paged=bool(job.page), state_in=job.state_in is not None, state_out=job.state_out,
            skip_v=job.skip_v, interrupt=job.interrupt)

    def strided(self, name, address, strides, axes):
        """Enters an address and its strides."""
        self.fields[name] = address
        self.fields.update({f"{name}_{axis}": s for axis, s in zip(axes, strides)})

    def put_inputs(self):
        job, memory = self.job, self.memory
        for name in "qkv":
            self.strided(name, *memory.place(getattr(job, name)), ("batch", "head", "token"))
        if job.page:
            self.fields["page_size_log2"] = job.page.bit_length() - 1
            self.fields["pages"] = job.k.shape[0]
            table = job.table.astype(np.int32)
            self.fields["page_table"], (self.fields["page_batch"],) = memory.place(table)

    def put_options(self):
        job, memory = self.job, self.memory
        if job.window is not None:
            self.fields["window_left"], self.fields["window_right"] = job.window
        if job.soft_cap is not None:
            self.fields["soft_cap"] = soft_cap_word(job.soft_cap)
        if job.bias is not None:
            address, strides = memory.place(job.bias)
            strides = [s if n > 1 else 0 for s, n in zip(strides, job.bias.shape)]
            self.strided("bias", address, strides, ("batch", "head", "token"))
        if job.alibi is not None:
            words = np.array([slope_word(s) for s in job.alibi], np.uint64)
            self.fields["alibi"], _ = memory.place(words[None])

    def put_sequences(self):
        job, memory = self.job, self.memory
        self.fields["sequences"] = memory.take(LINE * job.batch)
        for b in range(job.batch):
            bias = 15 if job.fp16 else 127
            record = pack("sequence", {"kv_len": job.kv_len[b], "diagonal": job.diagonal[b],
                                       "v_exponent": job.v_exponent[b] + bias})
            memory.write(self.fields["sequences"] + LINE * b, record)

    def put_states(self, chained):
        """Row states; `chained` is the image whose outgoing states come in."""
        job, memory = self.job, self.memory
        if job.state_in is None and not job.state_out:
            return
        head = lines(job.record_bytes) * job.queries
        shape = (job.batch, job.heads_q, job.queries, job.record_bytes)
        batch, token = head * job.heads_q, lines(job.record_bytes)
        self.fields.update(state_head=head, state_batch=batch)
        size = LINE * batch * job.batch
        if job.state_in is not None:
            if chained is not None:
                assert chained.fields["state_head"] == head
                self.fields["state_in"] = chained.fields["state_out"]
            else:
                self.fields["state_in"] = memory.take(size)
                states = np.stack([memory.golden.state_of(job, b) for b in range(job.batch)])
                memory.put(self.fields["state_in"], (batch, head, token), states.reshape(shape),
                           memory.write)
        if job.state_out:
            self.fields["state_out"] = memory.take(size)

    def put_outputs(self):
        """Takes room for the outputs and the status record, which is pending."""
        job, memory = self.job, self.memory
        shape = self.result.o.shape
        address, self.o_strides = memory.rows(shape[:-1], shape[-1] * self.result.o.itemsize)
        self.strided("o", address, self.o_strides, ("batch", "head", "token"))
        address, self.lse_strides = memory.rows(shape[:2], 4 * job.queries)
        self.strided("lse", address, self.lse_strides, ("batch", "head"))
        self.fields["status"] = memory.take(LINE)
        memory.write(self.fields["status"], pack("status", {"state": STATES["pending"]}))

    def descriptor(self, **changes):
        """The 256 bytes."""
        return pack("descriptor", {**self.fields, **changes})

    def each_output(self, writer):
        """Calls the writer with every row of O, LSE and row states."""
        job, memory, result = self.job, self.memory, self.result
        if job.write_o:
            memory.put(self.fields["o"], self.o_strides, result.o, writer)
        if job.write_lse:
            memory.put(self.fields["lse"], self.lse_strides, result.lse, writer)
        if job.state_out:
            strides = (self.fields["state_batch"], self.fields["state_head"],
                       lines(job.record_bytes))
            memory.put(self.fields["state_out"], strides, result.state, writer)

    def expect_done(self):
        """Outputs are golden's, the status record says so."""
        self.each_output(self.memory.expect)
        self.memory.expect(self.fields["status"],
                           pack("status", {"state": STATES["done"], "tag": self.tag}))

    def expect_fault(self, code, address, told=True):
        """Every byte of the outputs may be there or not; the status record tells the fault."""
        self.each_output(self.memory.allow)
        if told:
            self.memory.expect(self.fields["status"], pack(
                "status", {"state": STATES["fault"], "fault": code, "tag": self.tag,
                           "address": address}))

    def scramble(self):
        """Random bytes where the outputs will be, and a pending status: for another run."""
        memory = self.memory
        self.each_output(lambda at, row: memory.write(at, memory.rng.bytes(len(row))))
        memory.write(self.fields["status"], pack("status", {"state": STATES["pending"]}))

    def expect_nothing(self):
        """The job is cut short without a word."""
        self.each_output(self.memory.allow)
