# SPDX-License-Identifier: Apache-2.0
"""OpenSTA kept running on one netlist: a cell is exchanged and the worst slack known again in
milliseconds, where reading and timing the whole netlist takes seconds."""
import contextlib
import subprocess

import timing

LOOP = """
while {[gets stdin line] >= 0} {
  if {[catch {eval $line} words]} { puts "FAILED $words" } else { puts "ANSWER $words" }
  flush stdout
}
"""


class Session:
    """A netlist in OpenSTA, with cells that change; a context, whose end ends the program.

    Arguments as those of timing.analyse. RuntimeError with OpenSTA's words where it refuses.
    """

    def __init__(self, folder, libraries, netlist, top, loaded, clock_ns):
        self.folder = folder
        (folder / "lane.sdc").write_text(timing.constraints(loaded, clock_ns), encoding="utf-8")
        lines = timing.reading(libraries, netlist, top, "lane.sdc")
        (folder / "session.tcl").write_text("\n".join(lines) + LOOP, encoding="utf-8")
        self.sta = subprocess.Popen(
            [timing.program(), "-no_splash", "-exit", "session.tcl"], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        with contextlib.suppress(BrokenPipeError):  # it has ended; _ask has told why
            self.sta.stdin.close()
        self.sta.stdout.close()
        self.sta.wait()

    def _ask(self, line):
        """What a command of OpenSTA returns."""
        try:
            self.sta.stdin.write(f"{line}\n")
            self.sta.stdin.flush()
        except BrokenPipeError:
            pass  # what it said before it ended is below
        said = []
        for answer in self.sta.stdout:
            if answer.startswith("ANSWER"):
                return answer.removeprefix("ANSWER").strip()
            said.append(answer.strip())
            if answer.startswith("FAILED"):
                break
        raise RuntimeError("OpenSTA gave no result: " + "; ".join(said[-3:]))

    def slack_ns(self):
        """Worst slack of the netlist as it is now."""
        return float(self._ask("worst_slack"))

    def negative_ns(self):
        """Total negative slack of it."""
        return float(self._ask("total_negative_slack"))

    def path(self):
        """The path of the worst slack, as Timing.path."""
        self._ask("report_checks -path_delay max -digits 4 > path.txt")
        found = timing.paths((self.folder / "path.txt").read_text(encoding="utf-8"))
        return timing.steps(min(found, key=timing.slack_of)) if found else []

    def exchange(self, instances, cell):
        """Makes instances, given by their paths, instances of another cell with the same pins."""
        done = self._ask(f"set n 0; set c [lindex [get_lib_cells */{cell}] 0]; "
                         f"foreach i {{{' '.join(instances)}}} {{ incr n [replace_cell $i $c] }}; "
                         "set n")
        if int(done) != len(instances):
            raise RuntimeError(f"OpenSTA exchanged {done} of {len(instances)} cells for {cell}")
