# SPDX-License-Identifier: Apache-2.0
# Builds the SoC for the Arty A7-100T with Vivado. Not run here: no Vivado was at hand.
#
#   vivado -mode batch -source fpga/boards/arty_a7_100/project.tcl -tclargs PICORV32.V FIRMWARE.HEX
#
# from the repository's root. `python3 rtl/soc/picorv32.py` prints the first argument (.venv/bin/python
# after ./flashd set up); the second is build/release/firmware/flashd_firmware.hex. The bitstream is
# out/fpga/arty_a7_100/flashd_arty.bit.
if {$argc != 2} {
  puts "flashd: two arguments are expected, the paths of picorv32.v and of the firmware's words."
  exit 2
}
lassign $argv core firmware
set here [file dirname [file normalize [info script]]]
set root [file normalize [file join $here .. .. ..]]
set out [file join $root out fpga arty_a7_100]
file mkdir $out

proc listed {root list} {
  set channel [open [file join $root $list]]
  set found {}
  foreach line [split [read $channel] "\n"] {
    set line [string trim $line]
    if {[string match "*.sv" $line] && ![string match "#*" $line]} {
      lappend found [file join $root $line]
    }
  }
  close $channel
  return $found
}

# $readmemh of the top names it without a folder.
file copy -force $firmware [file join $out firmware.hex]

create_project -in_memory -part xc7a100tcsg324-1
set_property verilog_define {SYNTHESIS} [current_fileset]
read_verilog -sv [concat [listed $root rtl/flashd_top.f] [listed $root rtl/soc/soc.f] \
                         [list [file join $here flashd_arty.sv]]]
read_verilog $core
read_mem [file join $out firmware.hex]
read_xdc [file join $here pins.xdc]

synth_design -top flashd_arty
opt_design
place_design
phys_opt_design
route_design
report_utilization -file [file join $out utilization.rpt]
report_timing_summary -file [file join $out timing.rpt]
if {[get_property SLACK [get_timing_paths]] < 0} {
  puts "flashd: the clock is not met; see [file join $out timing.rpt]."
  exit 1
}
write_bitstream -force [file join $out flashd_arty.bit]
