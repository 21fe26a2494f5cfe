# SPDX-License-Identifier: Apache-2.0
"""What run.py and units.py share: a copy of the sources, one deliberate bug in it at a time."""
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[2]


def copy_tree(tree, folders):
    for name in folders:
        shutil.copytree(ROOT / name, tree / name)


def try_each(tree, chosen, attempt):
    """Exit status: 0 if attempt(mutant), which gives (caught, what to print), caught all of them."""
    missed = 0
    for mutant in chosen:
        path = tree / mutant.file
        text = path.read_text()
        if mutant.old not in text:
            print(f"FAIL  {mutant.name}: {mutant.file} no longer holds '{mutant.old}'")
            missed += 1
            continue
        path.write_text(text.replace(mutant.old, mutant.new, 1))
        caught, where = attempt(mutant)
        path.write_text(text)
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'}  {mutant.name}: {mutant.what}\n"
              f"        {where}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} mutants caught")
    return 1 if missed or not chosen else 0
