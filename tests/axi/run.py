# SPDX-License-Identifier: Apache-2.0
"""run.py <program> <folder> <module>: runs the cocotb tests of a module on the built top."""
import os
import pathlib
import sys

from cocotb_tools.runner import get_results, get_runner

from build import TOP

HERE = pathlib.Path(__file__).resolve().parent


def main(program, folder, module):
    """Exits with 0 if every test of the module passed and there was one."""
    os.environ.setdefault("COCOTB_LOG_LEVEL", "WARNING")
    os.environ["PYTHONWARNINGS"] = "ignore::DeprecationWarning"  # of cocotbext-axi
    sys.path[:0] = [str(HERE), str(HERE.parents[1] / "python")]
    program, folder = pathlib.Path(program), pathlib.Path(folder) / module
    folder.mkdir(parents=True, exist_ok=True)
    results = get_runner("verilator").test(
        test_module=module, hdl_toplevel=TOP, hdl_toplevel_lang="verilog",
        build_dir=program.parent, test_dir=folder, results_xml="results.xml",
        testcase=os.environ.get("FLASHD_AXI_CASE"),
        plusargs=["+verilator+rand+reset+2",
                  f"+verilator+seed+{os.environ.get('FLASHD_AXI_SEED', '1')}"])
    tests, failed = get_results(results)
    print(f"{module}: {tests - failed} of {tests} tests passed")
    sys.exit(1 if failed or not tests else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
