/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a device is, through the C API. */
#include <stdio.h>

#include <flashd/flashd.h>

int main(int argc, char** argv) {
  const char* backend = argc > 1 ? argv[1] : "golden";
  const char* configuration = argc > 2 ? argv[2] : "base";
  flashd_device* device = NULL;
  flashd_capabilities c;
  flashd_status status = flashd_open(backend, configuration, "fine", &device);
  if (status == FLASHD_OK) status = flashd_get_capabilities(device, &c);
  if (status != FLASHD_OK) {
    fprintf(stderr, "capabilities: %s\n", flashd_error());
    flashd_close(device);
    return (int)status;
  }
  printf("%s %s %s: %u lanes of %u multipliers, tiles of %u keys, head dimensions up to %u\n",
         c.backend, c.config, c.numerics, (unsigned)c.lanes, (unsigned)c.width, (unsigned)c.tile,
         (unsigned)c.max_head_dim);
  flashd_close(device);
  return 0;
}
