/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in for libnvidia-ml.so.1: two GPUs and an energy counter of 50 W, of 70 W once a CUDA
 * context is open, and 0.25 J a launch. STANDIN_NVML names what fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GOOD = 0, UNSUPPORTED = 3, NOT_FOUND = 6, NOT_LOADED = 9 };

static const char* const names[2] = {"Made-up H100", "Made-up A100"};
static double context_at = -1;
static unsigned launches;

static int is(const char* how) {
  const char* set = getenv("STANDIN_NVML");
  return set && strcmp(set, how) == 0;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What the stand-in of PyTorch does on the GPU. */
void standin_context(void) { context_at = now(); }
void standin_launch(void) { ++launches; }

const char* nvmlErrorString(int code) {
  return code == UNSUPPORTED  ? "Not Supported"
         : code == NOT_FOUND  ? "Not Found"
         : code == NOT_LOADED ? "Driver Not Loaded"
                              : "Success";
}

int nvmlInit_v2(void) { return is("broken") ? NOT_LOADED : GOOD; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, const char* const** device) {
  *device = &names[index % 2];
  return index < 2 ? GOOD : NOT_FOUND;
}

int nvmlDeviceGetHandleByUUID(const char* uuid, const char* const** device) {
  *device = &names[1];
  return strcmp(uuid, "GPU-1") == 0 ? GOOD : NOT_FOUND;
}

int nvmlDeviceGetName(const char* const* device, char* text, unsigned length) {
  snprintf(text, length, "%s", *device);
  return GOOD;
}

int nvmlSystemGetDriverVersion(char* text, unsigned length) {
  if (is("only energy")) return UNSUPPORTED;
  snprintf(text, length, "0.1");
  return GOOD;
}

int nvmlDeviceGetMemoryInfo(const char* const* device, unsigned long long* total_free_used) {
  (void)device;
  if (is("only energy")) return UNSUPPORTED;
  total_free_used[0] = 1u << 30;
  return GOOD;
}

static int tell(unsigned* value, unsigned is_value) {
  *value = is_value;
  return is("only energy") ? UNSUPPORTED : GOOD;
}

int nvmlDeviceGetPowerManagementLimit(const char* const* device, unsigned* milliwatts) {
  (void)device;
  return tell(milliwatts, 700000);
}

int nvmlDeviceGetPowerUsage(const char* const* device, unsigned* milliwatts) {
  (void)device;
  return tell(milliwatts, 300000);
}

int nvmlDeviceGetClockInfo(const char* const* device, int which, unsigned* mhz) {
  (void)device;
  return tell(mhz, which == 1 ? 1980 : which == 2 ? 2619 : 0);
}

/* mJ. "steps": renewed every 0.2 s only; "stuck": never; "fails later": after 100 launches. */
int nvmlDeviceGetTotalEnergyConsumption(const char* const* device,
                                        unsigned long long* millijoules) {
  static unsigned long long shown;
  static long step = -1;
  const double t = now();
  const long at = is("stuck") ? 0 : is("steps") ? (long)(t / 0.2) : step + 1;
  (void)device;
  if (is("no counter") || (is("fails later") && launches > 100)) return UNSUPPORTED;
  if (at != step)
    shown = (unsigned long long)(1000 * (50 * t + (context_at < 0 ? 0 : 20 * (t - context_at)))) +
            250ULL * launches;
  step = at;
  *millijoules = shown;
  return GOOD;
}
