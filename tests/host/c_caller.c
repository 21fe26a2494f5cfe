/* SPDX-License-Identifier: Apache-2.0 */
/* A caller in C: the header must stay C, and a job must run through it. */
#include "host/api/flashd.h"

/* One query, two keys of equal score, values 1 and 3 (BF16): the output is 2, within 2^-12 of
 * max |V|. Returns the line that failed, 0 if none. */
int flashd_c_caller(float* output);

#define OK(call)                           \
  do {                                     \
    if ((call) != FLASHD_OK) return __LINE__; \
  } while (0)

int flashd_c_caller(float* output) {
  const uint16_t q[1] = {0x3f80}, k[2] = {0x3f80, 0x3f80}, v[2] = {0x3f80, 0x4040};
  flashd_device* device = 0;
  flashd_job job = {0};
  flashd_counters counters;
  uint64_t ticket = 0;
  OK(flashd_open("golden", "tiny", "fine", &device));
  OK(flashd_alloc(device, sizeof q, &job.q));
  OK(flashd_alloc(device, sizeof k, &job.k));
  OK(flashd_alloc(device, sizeof v, &job.v));
  OK(flashd_alloc(device, sizeof *output, &job.o));
  OK(flashd_copy_to(device, job.q, q, sizeof q));
  OK(flashd_copy_to(device, job.k, k, sizeof k));
  OK(flashd_copy_to(device, job.v, v, sizeof v));
  job.size = sizeof job;
  job.output_format = FLASHD_FP32;
  job.heads_q = job.heads_kv = 1;
  job.queries = 1;
  job.keys = 2;
  job.d = job.dv = 1;
  job.scale = 1.0;
  OK(flashd_submit(device, &job, &ticket));
  OK(flashd_wait(device, ticket, -1, &counters));
  OK(flashd_copy_from(device, output, job.o, sizeof *output));
  flashd_close(device);
  return counters.scores == 2 ? 0 : __LINE__;
}
