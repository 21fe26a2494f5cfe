# SPDX-License-Identifier: Apache-2.0
# Pins of the Arty A7-100T, as Digilent's public Arty-A7-100-Master.xdc names them.
# Not run here: no Vivado was at hand.
set_property -dict {PACKAGE_PIN E3 IOSTANDARD LVCMOS33} [get_ports clk_100mhz_i]
create_clock -name clk_100mhz -period 10.000 [get_ports clk_100mhz_i]

# The red button RESET, 0 while pressed.
set_property -dict {PACKAGE_PIN C2 IOSTANDARD LVCMOS33} [get_ports button_ni]
set_false_path -from [get_ports button_ni]

# The FT2232 of the USB port: uart_txd_in is what the host sends.
set_property -dict {PACKAGE_PIN A9 IOSTANDARD LVCMOS33} [get_ports uart_rx_i]
set_property -dict {PACKAGE_PIN D10 IOSTANDARD LVCMOS33} [get_ports uart_tx_o]
set_false_path -from [get_ports uart_rx_i]
set_false_path -to [get_ports uart_tx_o]

# LD4 to LD7, then the green of LD0 to LD3.
set_property -dict {PACKAGE_PIN H5 IOSTANDARD LVCMOS33} [get_ports {led_o[0]}]
set_property -dict {PACKAGE_PIN J5 IOSTANDARD LVCMOS33} [get_ports {led_o[1]}]
set_property -dict {PACKAGE_PIN T9 IOSTANDARD LVCMOS33} [get_ports {led_o[2]}]
set_property -dict {PACKAGE_PIN T10 IOSTANDARD LVCMOS33} [get_ports {led_o[3]}]
set_property -dict {PACKAGE_PIN F6 IOSTANDARD LVCMOS33} [get_ports {led_o[4]}]
set_property -dict {PACKAGE_PIN J4 IOSTANDARD LVCMOS33} [get_ports {led_o[5]}]
set_property -dict {PACKAGE_PIN J2 IOSTANDARD LVCMOS33} [get_ports {led_o[6]}]
set_property -dict {PACKAGE_PIN H6 IOSTANDARD LVCMOS33} [get_ports {led_o[7]}]
set_false_path -to [get_ports led_o*]

set_property CFGBVS VCCO [current_design]
set_property CONFIG_VOLTAGE 3.3 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS true [current_design]
