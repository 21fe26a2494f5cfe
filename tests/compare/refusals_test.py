# SPDX-License-Identifier: Apache-2.0
"""Bad input of flashd compare: one sentence that names it, and status 2. The record's schema."""
import copy
import json

import support

GONE = object()


def changed(path, value):
    """The synthetic record with one field set, or removed."""
    made = copy.deepcopy(support.RECORD)
    at = made
    for key in path[:-1]:
        at = at[key]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return made


# path, value, words of the sentence
BROKEN = [
    (("version",), 2, ["version is 2", "version 1"]),
    (("version",), GONE, ["version is None"]),
    (("schema",), GONE, ["schema is None"]),
    (("date",), GONE, ["no 'date'"]),
    (("command",), 5, ["'command' is no text"]),
    (("commit",), GONE, ["no 'commit'"]),
    (("commit",), 7, ["no 'commit'"]),
    (("device",), "H100", ["'device' is no object"]),
    (("device", "name"), GONE, ["no 'name'"]),
    (("device", "driver"), None, ["'driver'"]),
    (("shapes", "bert-512", "d"), 64.0, ["d is 64.0"]),
    (("shapes", "bert-512", "d"), 0, ["d is 0"]),
    (("shapes", "bert-512", "d"), GONE, ["has not exactly"]),
    (("shapes", "bert-512", "causal"), 0, ["causal is 0"]),
    (("shapes", "bert-512", "kv_heads"), 5, ["do not divide"]),
    (("absent", 0, "reason"), GONE, ["no 'reason'"]),
    (("results",), {}, ["'results' is no list"]),
    (("results", 0, "kernel"), GONE, ["no 'kernel'"]),
    (("results", 0, "shape"), "other", ["'other'"]),
    (("results", 0, "family"), "theirs", ["family is 'theirs'"]),
    (("results", 0, "format"), "fp8", ["format is 'fp8'"]),
    (("results", 0, "times_ms"), [], ["times_ms"]),
    (("results", 0, "times_ms"), [[0.5, -0.5]], ["times_ms"]),
    (("results", 0, "times_ms"), [[0.5, True]], ["times_ms"]),
    (("results", 0, "median_ms"), 0.4, ["median_ms is 0.4", "0.5"]),
    (("results", 0, "p90_ms"), GONE, ["p90_ms is None"]),
    (("results", 0, "tflops"), 3.2, ["tflops is 3.2", "1.61061"]),
    (("results", 0, "energy"), None, ["energy_absent"]),
    (("results", 0, "energy", "joules"), GONE, ["'joules'"]),
    (("results", 0, "energy", "pj_per_flop"), 0, ["'pj_per_flop'"]),
    (("results", 0, "energy", "pj_per_flop_idle_subtracted"), 2.5, ["larger than the whole"]),
]


class Refusals(support.Compare):
    def test_broken_records(self):
        import gpu_record
        gpu_record.check(support.RECORD)
        for path, value, words in BROKEN:
            with self.subTest(path=path, value=value):
                with self.assertRaises(gpu_record.Bad) as caught:
                    gpu_record.check(changed(path, value))
                for word in words:
                    self.assertIn(word, str(caught.exception))
        self.assertEqual(len(BROKEN), 31)

    def test_a_broken_record_ends_the_command(self):
        for text, words in ((json.dumps(changed(("version",), 9)), ["version is 9"]),
                            (json.dumps(changed(("results", 0, "tflops"), 1)), ["tflops is 1"]),
                            ("{", ["not JSON"]), ("[]", ["no JSON object"]),
                            ("{}", ["schema is None"])):
            (self.records / "synthetic.json").write_text(text)
            line = self.run_compare(2)
            for word in ["synthetic.json", *words]:
                self.assertIn(word, line)
        self.assertFalse(self.log.exists())

    def test_records_of_something_else_are_left_out_and_told(self):
        (self.records / "a.json").write_text('{"what": "exact CUDA kernel against golden"}')
        (self.records / "b.json").write_text('{"schema": "other", "version": 3}')
        self.record()
        doc = self.document("--workloads", "bert-512")
        self.assertEqual(doc["left_out"], ["a.json", "b.json"])
        self.assertEqual([r["file"] for r in doc["records"]], ["synthetic.json"])

    def test_options(self):
        for options, words in ((["--workloads", "bert-513"], ["'bert-513'", "bert-512", "decode-128k"]),
                               (["--targets", "5"], ["'5'", "n5"]),
                               (["--config", "huge"], ["'huge'", "base"]),
                               (["--config", "wide"], ["D 128", "WIDTH 16 or 64"]),
                               (["--jobs", "0"], ["--jobs is 0"]),
                               (["--records", "none"], ["none", "no such folder"]),
                               (["--silicon", "none.json"], ["none.json", "No such file",
                                                             "synth --report"]),
                               (["--json", "--csv"], ["not allowed"]),
                               (["--nonesuch"], ["--nonesuch"])):
            with self.subTest(options=options):
                line = self.run_compare(2, *options)
                for word in words:
                    self.assertIn(word, line)
        self.assertFalse(self.log.exists())

    def test_silicon(self):
        without = {k: v for k, v in support.LANE.items() if k != "memory_bits"}
        for text, words in (("{", ["no report of flashd synth"]), ('{"points": 3}', ["no report"]),
                            ('{"points": []}', ["no lane of D 64"]),
                            (json.dumps({"points": [{**support.LANE, "state": "void"}]}), ["no lane"]),
                            (json.dumps({"points": [without]}), ["lacks"])):
            self.silicon.write_text(text)
            line = self.run_compare(2)
            for word in words:
                self.assertIn(word, line)
        self.assertFalse(self.log.exists())

    def test_a_twin_that_fails(self):
        self.program.write_text("#!/bin/sh\necho 'flashd: no such thing' >&2\nexit 4\n")
        self.assertIn("no such thing", self.run_compare(4))


if __name__ == "__main__":
    support.main(__name__)
