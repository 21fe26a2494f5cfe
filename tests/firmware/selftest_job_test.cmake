# SPDX-License-Identifier: Apache-2.0
# usage: cmake -DPROGRAM=flashd_selftest_job -DHEADER=firmware/selftest_job.h -P selftest_job_test.cmake
# The stored job of the self-test is what golden says today.
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE made RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "FAILURE: flashd_selftest_job ended with ${status}")
endif()
file(READ "${HEADER}" stored)
if(NOT made STREQUAL stored)
  message(FATAL_ERROR "FAILURE: firmware/selftest_job.h is stale; mend with the target "
                      "flashd_selftest_refresh")
endif()
string(REGEX MATCHALL "0x[0-9a-f]+" words "${made}")
list(LENGTH words count)
if(count LESS 800)
  message(FATAL_ERROR "FAILURE: only ${count} words were compared")
endif()
# One bit of golden's outputs must make a difference to this test.
string(REGEX REPLACE "(kSelftestO[^{]*{[^0]*0x)[0-9a-f]" "\\1f" spoiled "${made}")
if(spoiled STREQUAL stored)
  message(FATAL_ERROR "FAILURE: a spoiled header passes")
endif()
message(STATUS "${count} words are golden's")
