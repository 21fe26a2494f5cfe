# SPDX-License-Identifier: Apache-2.0
"""Makes what a report needs: points by the flow, one command line each, then their energies.

Modules that were mapped before come from the flow's cache, netlists that were replayed before are
not replayed again, and energies are measured only where there are none.
"""
import main as flow
import library
import report_data
import report_energy

SWEEP = (0.6, 0.75, 1.5, 2.0)  # clocks of the area-delay curve, of the library's target
FAST = 0.6  # clock that no lane meets: what it reaches then is its Fmax


def usable(name, options):
    """The library's files are there."""
    try:
        library.load(name, [], options.pdk)
    except library.Unusable:
        return False
    return True


def main_library(options):
    """--library, else Nangate45 if it is there, else the default that every user has."""
    if options.library:
        return options.library
    return "nangate45" if not options.liberty and usable("nangate45", options) else library.DEFAULT


def commands(options):
    """Command lines of the flow without the options that all of them share; the tables' first."""
    name = main_library(options)
    clock = ["--clock", f"{options.clock:g}"] if options.clock else []
    if options.quick:
        return [["--library", name, "--design", "ours,a,c", "--d", "16,64", "--rows", "1,8",
                 *clock]]
    found = [["--library", name, "--design", "all", "--d", d, "--rows", "8,1", *clock]
             for d in ("64", "16", "256")]
    target = options.clock or library.LIBRARIES[name].clock_ns
    sweep = ",".join(f"{target * part:g}" for part in SWEEP)
    found.append(["--library", name, "--design", "ours,a,c", "--d", "16", "--rows", "1,8",
                  "--clock", sweep])
    found.append(["--library", name, "--design", "ours,a", "--d", "64", "--rows", "8,1",
                  "--clock", f"{target * FAST:g}"])
    return found + [["--library", other, "--design", "ours,a,c,e", "--profile", "fine", "--d", d,
                     "--rows", "8"]
                    for d in ("64", "16") for other in library.LIBRARIES
                    if other != name and not options.liberty and usable(other, options)]


def programs(options):
    """Names of the benches that --quick or --full need."""
    book = report_data.Book({}, {}, library.DEFAULT, 1.0, options.quick)
    wanted = book.wanted() if options.quick or options.full else []
    return sorted({report_energy.program_name(place) for place in wanted})


def shared(options):
    """Options that every command line has."""
    found = ["--out", options.out, "--programs", options.programs]
    found += ["--jobs", options.jobs] if options.jobs else []
    return found + (["--liberty", *options.liberty] if options.liberty else
                    ["--pdk", options.pdk] if options.pdk else [])


def run(options):
    """Does them all; the number of command lines and energies that failed. Raises Unusable."""
    failed = 0
    for command in commands(options):
        print(f"flashd synth {' '.join(command)}", flush=True)
        status = flow.main([*command, *shared(options)])
        if status == 2:
            raise library.Unusable("The flow refused its options; nothing was reported.")
        failed += status != 0
    if not options.no_energy:
        book = report_data.load(options.out, options.accuracy, main_library(options), options.clock,
                                options.quick)
        jobs = int(options.jobs) if options.jobs else flow.jobs_here()
        failed += report_energy.fill(book, options.out, options.programs, jobs=jobs)
    return failed
