# SPDX-License-Identifier: Apache-2.0
"""Deliberate bugs in every table of flashd compare: each must be seen by the figures by hand."""
import shutil

import by_hand
import support

# file, what stands there, what stands there instead
BUGS = [
    ("python/compare_asic.py", "lanes * cells", "cells"),
    ("python/compare_asic.py", "2 * ROTATION_UM2", "ROTATION_UM2"),
    ("python/compare_asic.py", "on_chip_bits * density", "on_chip_bits"),
    ("python/compare_asic.py", "* dev.clock_ns", "/ dev.clock_ns"),
    ("python/compare_asic.py", 'int(row["busy_cycles"]) * jobs', 'int(row["busy_cycles"])'),
    ("python/compare_asic.py", "(total - dram)", "total"),
    ("python/compare_asic.py", "chip_j + dram * 1e-12 ", "chip_j + dram * 1e-12 * on_chip "),
    ("python/compare_asic.py", '"scaled" if factors', '"measured" if factors'),
    ("python/compare_asic.py", "self.memory_um2 * memory", "self.memory_um2 * logic"),
    ("python/compare_asic.py", 'row[f"energy_{group}_pj"]', 'row["energy_dram_pj"]'),
    ("python/compare_asic.py", "factors.delay / (own", "1 / (own"),
    ("python/compare_asic.py", 'small["cells_um2"] /', 'small["area_um2"] /'),
    ("python/compare_scale.py", "at(*target) / at(*source)", "at(*source) / at(*target)"),
    ("python/compare_scale.py", "memory_area=area / further", "memory_area=area * further"),
    ("spec/compare/scaling.yaml", "energy_volts: 1.1", "energy_volts: 1.0"),
    ("spec/compare/scaling.yaml", "area: 0.059,", "area: 0.058,"),
    ("spec/compare/published.yaml", "die_mm2: 814", "die_mm2: 826"),
    ("python/compare_gpu.py", 'result["tflops"] / die["die_mm2"]', 'result["tflops"]'),
    ("python/compare_gpu.py", "Quantity(1 / pj", "Quantity(pj"),
    ("python/compare_gpu.py", '"measured / published"', '"measured"'),
    ("python/compare_gpu.py", 'Quantity(die["die_mm2"], "published")',
     'Quantity(die["die_mm2"], "measured")'),
    ("python/compare_gpu.py", "max((row for row", "min((row for row"),
    ("python/compare.py", "mine.value / theirs.value", "theirs.value / mine.value"),
    ("bench/gpu_record.py", "median(theirs) / statistics.median(mine)",
     "median(mine) / statistics.median(theirs)"),
    ("bench/gpu_record.py", "whole = 4 *", "whole = 2 *"),
]
FOLDERS = ("python", "bench", "spec/compare")


class Mutants(support.Compare):
    def copy(self):
        """A tree with what compare reads."""
        root = self.folder / "tree"
        for folder in FOLDERS:
            shutil.copytree(support.ROOT / folder, root / folder,
                            ignore=shutil.ignore_patterns("__pycache__", "results"))
        shutil.copy(support.ROOT / "spec" / "flashd.yaml", root / "spec")
        return root

    def test_every_bug_is_seen(self):
        self.record()
        root = self.copy()
        wrong, _ = by_hand.differences(self.document("--workloads", "bert-512", root=root))
        self.assertEqual(wrong, [])
        seen = 0
        for file, old, new in BUGS:
            with self.subTest(file=file, old=old):
                path = root / file
                good = path.read_text()
                self.assertIn(old, good)
                path.write_text(good.replace(old, new))
                try:
                    wrong, _ = by_hand.differences(self.document("--workloads", "bert-512", root=root))
                    self.assertNotEqual(wrong, [])
                    seen += 1
                except AssertionError as error:  # a record that no longer fits is seen too
                    self.assertIn("is no record of bench/gpu.py", str(error))
                    seen += 1
                finally:
                    path.write_text(good)
        print(f"{seen} of {len(BUGS)} bugs seen")
        self.assertEqual(seen, len(BUGS))


if __name__ == "__main__":
    support.main(__name__)
