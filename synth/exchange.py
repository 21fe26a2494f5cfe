# SPDX-License-Identifier: Apache-2.0
"""Netlists of a lane's modules exchanged for others of the same module, judged in the whole lane.

Every module's netlist is chosen by itself, the smallest that meets the clock, and may have spent
slack that the lane around it needs. So where the lane misses its clock, modules on its critical path
get larger, faster netlists, the one that helps most first; where it meets it, smaller ones are tried
wherever they save most, with stronger cells or a larger neighbour where that is worth it.
"""
import dataclasses
import math
import pathlib
import tempfile

import sizing

ROUNDS = 8    # exchanges that relieve a lane at most
REPAIRS = 2   # the same after a smaller netlist
CLOSE = 0.05  # of the clock: what a smaller netlist may miss before it is given up
TRIES = 16    # smaller netlists that are tried at most
WORTH = 2e-4  # of the lane's area: what a smaller netlist has to save


@dataclasses.dataclass
class State:
    """A netlist of the lane and its timing."""
    whole: object
    timed: object

    @property
    def slack_ns(self):
        return self.timed.slack_ns

    @property
    def area(self):
        return self.whole.area()


class Exchange:
    """The exchanges of one lane; `builder` writes and times its netlists."""

    def __init__(self, builder):
        self.builder = builder

    def timed(self, whole):
        with tempfile.TemporaryDirectory(dir=self.builder.where / "work") as name:
            folder = pathlib.Path(name)
            self.builder.write(whole, folder)
            return State(whole, self.builder.analyse(whole, folder))

    def closed(self, state, floor, budget):
        """With stronger cells; the same state where the slack is not near `floor`, or stronger cells
        come to `budget` before it is reached."""
        with tempfile.TemporaryDirectory(dir=self.builder.where / "work") as name:
            folder = pathlib.Path(name)
            self.builder.write(state.whole, folder)
            return State(*sizing.close(self.builder, state.whole, state.timed, folder, floor,
                                       budget=budget))

    def note(self, state, what):
        self.builder.say(f"{state.whole.top}: {what}: {state.area:.0f} um2, "
                         f"slack {state.slack_ns:.3f} ns")

    def near(self, state, floor, share=sizing.NEAR):
        return state.slack_ns >= floor - share * self.builder.clock_ns

    def exchanged(self, state, kind, part):
        return self.timed(dataclasses.replace(state.whole,
                                              parts={**state.whole.parts, kind: part}))

    def larger(self, state):
        """(kind, part, trial): what may relieve the critical path. Of a box the next larger netlist;
        of the lane itself, which was tried with other boxes, every larger one."""
        whole = state.whole
        kinds = dict.fromkeys(part for part, _ in
                              sizing.on_path(self.builder, whole, state.timed.path))
        for kind in kinds:
            above = [(kind, part, trial) for part, trial in whole.others.get(kind, ())
                     if part.area > whole.parts[kind].area]
            yield from above if kind == whole.top else above[:1]

    def relieved(self, state, floor, budget=math.inf, locked=None, rounds=ROUNDS):
        """A state with the slack `floor` and less area than `budget`; where that is not found, the
        fastest that was. The netlist of `locked` stays."""
        best = state
        for _ in range(rounds):
            if state.slack_ns >= floor:
                return state
            if self.near(state, floor):
                closed = self.closed(state, floor, budget)
                if closed.area < budget and closed.slack_ns > best.slack_ns:
                    best = closed
                if best.slack_ns >= floor:
                    return best
            tried = []
            for kind, part, trial in self.larger(state):
                if kind == locked or state.area + self.more(state, kind, part) >= budget:
                    continue
                found = self.exchanged(state, kind, part)
                if found.slack_ns > state.slack_ns + sizing.LEAST:
                    tried.append((found, f"{kind.partition('__')[0]}: {trial.recipe}"))
            if not tried:
                break
            state, what = max(tried, key=lambda each: (min(each[0].slack_ns, floor),
                                                       -each[0].area))
            self.note(state, what)
            if state.slack_ns > best.slack_ns:
                best = state
        return best

    def more(self, state, kind, part):
        """um2 that the lane has more with another netlist of one kind."""
        times = 1 if kind == state.whole.top else state.whole.count().get(kind, 0)
        return times * (part.area - state.whole.parts[kind].area)

    def trimmed(self, state, floor):
        """The state with smaller netlists where the slack stays `floor`."""
        failed, top = set(), state.whole.top
        for _ in range(TRIES):
            # What the lane's own recipes reached, they reached with other boxes.
            fastest = max(trial.slack_ns for _, trial in state.whole.others[top])
            moves = [(self.more(state, kind, part), kind, index)
                     for kind, others in state.whole.others.items()
                     for index, (part, trial) in enumerate(others)
                     if (kind, index) not in failed and trial.slack_ns >=
                     min(floor, fastest if kind == top else floor) -
                     CLOSE * self.builder.clock_ns]
            moves = [move for move in moves if move[0] < -WORTH * state.area]
            if not moves:
                break
            _, kind, index = min(moves)
            part, trial = state.whole.others[kind][index]
            failed.add((kind, index))  # or taken: not tried again
            found = self.exchanged(state, kind, part)
            if self.near(found, floor, CLOSE):
                found = self.relieved(found, floor, state.area, kind, REPAIRS)
            if found.slack_ns >= floor and found.area < state.area:
                state = found
                self.note(state, f"{kind.partition('__')[0]}: {trial.recipe}")
        return state


def reachable(whole):
    """ns of slack that a lane can have at most: 0, or what its slowest box reaches by itself."""
    return min([0.0, *(max(trial.slack_ns for _, trial in others)
                       for kind, others in whole.others.items() if kind != whole.top)])


def settled(builder, whole, timed):
    """The lane with the netlists of its modules that go together best, and its slack in ns."""
    work, state = Exchange(builder), State(whole, timed)
    floor = 0.0 if state.slack_ns >= 0 else reachable(whole)
    if state.slack_ns < floor:
        state = work.relieved(state, floor)
    state = work.trimmed(state, min(floor, state.slack_ns))
    return state.whole, state.slack_ns
