#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second front end: engine and device elaborate under slang; it refuses what is unsupported."""
import lint
import yosys

ACCEPTED = [("tiny", "fine"), ("tiny", "lean"), ("paper16", "fine"), ("paper16x8", "lean"),
            ("paper64", "lean"), ("base", "fine")]
DEVICES = [("tiny", "fine"), ("base", "lean")]
REFUSED = [({"Sig": 9}, "Sig must be"), ({"Width": 48}, "Width must be"),
           ({"Tile": 8}, "Tile must be"), ({"MaxHeadDim": 300}, "MaxHeadDim must be"),
           ({"Profile": 2}, "Profile must be"), ({"Lanes": 9}, "Lanes must be")]


def elaborates(top, parameters, files, what):
    """Whether the top elaborates without a warning."""
    script = [yosys.read(top, parameters, files), f"hierarchy -check -top {top}"]
    with yosys.run(script, files) as done:
        warnings = [line for line in done.log.splitlines() if "warning:" in line.lower()]
        if done.status or warnings:
            print(f"FAILURE {what}: " + "\n".join(done.errors() + warnings))
            return False
    print(f"elaborates without a warning: {what}")
    return True


def main():
    bad = 0
    files = lint.rtl.sources()
    for config, profile in ACCEPTED:
        bad += not elaborates(lint.rtl.TOP, lint.rtl.parameters(config, profile), files,
                              f"{config} {profile}")
    for config, profile in DEVICES:
        values = {"Profile": lint.rtl.PROFILES.index(profile),
                  **lint.rtl.configurations(lint.rtl.DEVICE_FIELDS)[config]}
        bad += not elaborates(lint.rtl.DEVICE_TOP, values, lint.rtl.sources(lint.rtl.DEVICE_LIST),
                              f"device {config} {profile}")
    for values, sentence in REFUSED:
        what = " ".join(f"{name}={value}" for name, value in values.items())
        with yosys.run([yosys.read(lint.rtl.TOP, values, files)], files) as done:
            if done.status and f"{lint.rtl.TOP}: {sentence}" in done.log:
                print(f"refused: {what}")
            else:
                bad += 1
                print(f"FAILURE {what}: expected a refusal '{sentence} ...', status {done.status}")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
