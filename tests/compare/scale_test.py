# SPDX-License-Identifier: Apache-2.0
"""The scaling table: the authors' own example, factors by hand, no ends that bend the wrong way."""
import unittest

import support


class Scale(unittest.TestCase):
    def setUp(self):
        import compare_scale
        import yaml
        self.scale = compare_scale
        self.table = yaml.safe_load((support.ROOT / "spec/compare/scaling.yaml").read_text())

    def test_the_example_of_the_corrigendum(self):
        # 65 nm at 1.3 V to 32 nm at 0.9 V: 0.4571 / 2.604 = 0.1755
        nodes = self.table["nodes"]
        self.assertAlmostEqual(self.scale.polynomial(nodes["32"]["energy"], 0.9), 0.4571, places=4)
        self.assertAlmostEqual(self.scale.polynomial(nodes["65"]["energy"], 1.3), 2.604, places=3)
        self.assertAlmostEqual(self.scale.ratio(self.table, "energy", ("65", 1.3), ("32", 0.9)),
                               0.1755, delta=1e-4)

    def test_factors_by_hand(self):
        seven = self.scale.factors(self.table, "7")
        # 0.059; 3.23906 / 12.2082; 0.047815 / 1.04391
        self.assertEqual((seven.logic_area, seven.memory_area, seven.beyond), (0.059, 0.059, False))
        self.assertAlmostEqual(seven.delay, 0.2653184, places=6)
        self.assertAlmostEqual(seven.energy, 0.0458038, places=6)
        n5 = self.scale.factors(self.table, "n5")
        self.assertAlmostEqual(n5.logic_area, 0.0320652, places=6)
        self.assertAlmostEqual(n5.memory_area, 0.0437037, places=6)
        self.assertAlmostEqual(n5.energy, 0.0320627, places=6)
        self.assertEqual((n5.delay, n5.beyond), (seven.delay, True))

    def test_area_and_energy_fall_from_node_to_node(self):
        nodes = sorted(self.table["nodes"].values(), key=lambda node: -node["nm"])
        compared = 0
        for large, small in zip(nodes, nodes[1:]):
            self.assertGreater(large["area"], small["area"])
            self.assertGreater(self.scale.polynomial(large["energy"], 0.8),
                               self.scale.polynomial(small["energy"], 0.8))
            compared += 2
        self.assertEqual(compared, 14)

    def test_a_voltage_is_inside_its_fit(self):
        # Delay falls as the voltage rises; where a polynomial does not, its fit has ended.
        native, nodes = self.table["native"], self.table["nodes"]
        places = [(native["node"], native["delay_volts"])]
        places += [(t["node"], t["volts"]) for t in self.table["targets"].values()]
        for node, volts in places:
            delay = nodes[node]["delay"]
            self.assertLess(self.scale.polynomial(delay, volts),
                            self.scale.polynomial(delay, volts - 0.05), (node, volts))
        taken = self.scale.polynomial(nodes["45"]["delay"], native["delay_volts"])
        for hundredths in range(85, 111):
            self.assertGreater(self.scale.polynomial(nodes["45"]["delay"], hundredths / 100) * 1.0001,
                               taken)

    def test_every_figure_has_a_source_and_a_grade(self):
        import yaml
        published = yaml.safe_load((support.ROOT / "spec/compare/published.yaml").read_text())
        rows = [self.table, *(t["further"] for t in self.table["targets"].values() if "further" in t),
                *published["gpus"], *published["nearest"].values(), *published["peers"]]
        for row in rows:
            self.assertIn(row["grade"], ("P", "R", "S"), row)
            self.assertGreater(len(row["source"]), 5, row)
        self.assertEqual(len(rows), 13)


if __name__ == "__main__":
    support.main(__name__)
