# SPDX-License-Identifier: Apache-2.0
"""What ./flashd does before the compiled program starts: set-up, build, tests. Standard library
only, Python 3.9 or newer."""
