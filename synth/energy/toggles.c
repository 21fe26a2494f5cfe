// SPDX-License-Identifier: Apache-2.0
// VPI module for Icarus Verilog: counts the changes of every net of `netlist` whose name is n and a
// number. $flashd_count starts, $flashd_settle marks a quiet moment, $flashd_write(file) writes one
// line per net: number, changes, changes between quiet moments only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vpi_user.h>

typedef struct {
  int number;
  int value;  // 0, 1, or -1
  int settled;
  unsigned changes, functional;
} Net;

static Net* nets;
static int net_count;
static int counting;

static int scalar(int value) { return value == vpi0 ? 0 : value == vpi1 ? 1 : -1; }

static PLI_INT32 changed(p_cb_data data) {
  Net* net = (Net*)data->user_data;
  const int now = scalar(data->value->value.scalar);
  if (counting && now >= 0 && net->value >= 0 && now != net->value) ++net->changes;
  net->value = now;
  return 0;
}

static PLI_INT32 count(PLI_BYTE8* unused) {
  (void)unused;
  vpiHandle module = vpi_handle_by_name((PLI_BYTE8*)"bench.netlist", NULL);
  vpiHandle iterator = vpi_iterate(vpiNet, module), handle;
  vpiHandle* handles = NULL;
  int room = 0;
  while ((handle = vpi_scan(iterator))) {
    const char* name = vpi_get_str(vpiName, handle);
    if (name[0] != 'n' || strspn(name + 1, "0123456789") != strlen(name + 1)) continue;
    if (net_count == room) {
      room = room ? 2 * room : 1024;
      nets = realloc(nets, (size_t)room * sizeof *nets);
      handles = realloc(handles, (size_t)room * sizeof *handles);
    }
    nets[net_count].number = atoi(name + 1);
    handles[net_count++] = handle;
  }
  for (int i = 0; i < net_count; ++i) {
    s_vpi_value value = {.format = vpiScalarVal};
    static s_vpi_time time = {.type = vpiSuppressTime};
    static s_vpi_value wanted = {.format = vpiScalarVal};
    vpi_get_value(handles[i], &value);
    nets[i].value = nets[i].settled = scalar(value.value.scalar);
    nets[i].changes = nets[i].functional = 0;
    s_cb_data callback = {.reason = cbValueChange,
                          .cb_rtn = changed,
                          .obj = handles[i],
                          .time = &time,
                          .value = &wanted,
                          .user_data = (PLI_BYTE8*)&nets[i]};
    vpi_register_cb(&callback);
  }
  free(handles);
  counting = 1;
  return 0;
}

static PLI_INT32 settle(PLI_BYTE8* unused) {
  (void)unused;
  for (int i = 0; i < net_count; ++i) {
    nets[i].functional +=
        nets[i].value >= 0 && nets[i].settled >= 0 && nets[i].value != nets[i].settled;
    nets[i].settled = nets[i].value;
  }
  return 0;
}

static PLI_INT32 write_counts(PLI_BYTE8* unused) {
  (void)unused;
  vpiHandle call = vpi_handle(vpiSysTfCall, NULL);
  vpiHandle argument = vpi_scan(vpi_iterate(vpiArgument, call));
  s_vpi_value value = {.format = vpiStringVal};
  vpi_get_value(argument, &value);
  FILE* file = fopen(value.value.str, "w");
  if (!file) {
    vpi_printf("cannot write %s\n", value.value.str);
    return 0;
  }
  for (int i = 0; i < net_count; ++i)
    fprintf(file, "%d %u %u\n", nets[i].number, nets[i].changes, nets[i].functional);
  fclose(file);
  return 0;
}

static void setup(void) {
  const struct {
    const char* name;
    PLI_INT32 (*call)(PLI_BYTE8*);
  } tasks[] = {
      {"$flashd_count", count}, {"$flashd_settle", settle}, {"$flashd_write", write_counts}};
  for (int i = 0; i < 3; ++i) {
    s_vpi_systf_data task = {
        .type = vpiSysTask, .tfname = (PLI_BYTE8*)tasks[i].name, .calltf = tasks[i].call};
    vpi_register_systf(&task);
  }
}

void (*vlog_startup_routines[])(void) = {setup, 0};
