/* SPDX-License-Identifier: Apache-2.0 */
/**
 * flashd: exact attention O = softmax(scale Q K^T + bias) V and its log-sum-exp on a FLASH-D
 * engine or a bit-exact model of it. C ABI of libflashd.
 *
 * A device owns its memory; arrays live there at 64-bit addresses, 64-byte aligned, row-major and
 * dense. Jobs run in the order of submission. Every function may be called from any thread; calls
 * on one device are serialised, except that flashd_wait() lets the others through. No exception
 * leaves the library. A status other than FLASHD_OK comes with a sentence: flashd_error().
 *
 * Limits: head dimensions 1 to the configuration's maximum; queries, keys up to 2^31; at most 2^20
 * heads; counters are 64 bits wide and do not saturate.
 */
#ifndef FLASHD_H
#define FLASHD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct flashd_device flashd_device;
typedef uint64_t flashd_addr; /**< address in device memory; 0 is no array */

/** The first values are the command's exit codes. */
typedef enum flashd_status {
  FLASHD_OK = 0,
  FLASHD_MISMATCH = 1,    /**< lockstep: the engine differed from the golden model */
  FLASHD_INVALID = 2,     /**< a bad argument or job; nothing was written */
  FLASHD_UNAVAILABLE = 3, /**< back end or plug-in not there */
  FLASHD_FAULT = 4,       /**< device fault or watchdog */
  FLASHD_INTERNAL = 5,
  FLASHD_TIMEOUT = 6 /**< the job still runs */
} flashd_status;

typedef enum flashd_format {
  FLASHD_BF16 = 0,
  FLASHD_FP16 = 1,
  FLASHD_FP32 = 2 /**< outputs only */
} flashd_format;

enum flashd_job_flags {
  FLASHD_CAUSAL = 1u << 0,
  FLASHD_DIAGONAL = 1u << 1,   /**< `diagonal` is given; default key_length - queries */
  FLASHD_WINDOW = 1u << 2,     /**< `window_left`, `window_right` are given */
  FLASHD_KEY_LENGTH = 1u << 3, /**< `key_length` is given; default keys */
  FLASHD_V_EXPONENT = 1u << 4, /**< `v_exponent` is given; default from V, or from the state */
  FLASHD_SOFT_CAP = 1u << 5,   /**< `soft_cap` is given */
  FLASHD_ALIBI = 1u << 6,      /**< `alibi` is given */
  FLASHD_PAGED = 1u << 7,      /**< K and V are pools of pages: `page_table` and what follows it */
  FLASHD_BIAS_BF16 = 1u << 8,  /**< `bias` holds BF16 instead of float32 */
  FLASHD_BIAS_FP16 = 1u << 9   /**< `bias` holds FP16 instead of float32 */
};

/**
 * One attention call. Query i sees key j iff j < key_length, and if causal j <= i + diagonal, and
 * if windowed i + diagonal - window_left <= j <= i + diagonal + window_right. A score is
 * cap(scale q.k) + bias - slope |i + diagonal - j| in nats, cap(x) = soft_cap tanh(x / soft_cap).
 * Later versions add fields at the end; a caller's shorter job leaves them 0.
 */
typedef struct flashd_job {
  uint32_t size;  /**< sizeof(flashd_job) of the caller */
  uint32_t flags; /**< of flashd_job_flags */
  uint32_t input_format;
  uint32_t output_format;
  uint32_t heads_q; /**< a multiple of heads_kv */
  uint32_t heads_kv;
  uint64_t queries;
  uint64_t keys;
  uint32_t d;  /**< head dimension of Q and K */
  uint32_t dv; /**< head dimension of V and O */
  double scale;
  int64_t diagonal;
  int64_t window_left;
  int64_t window_right;
  int64_t key_length;
  int32_t v_exponent;
  uint32_t reserved; /**< 0 */
  flashd_addr q;     /**< [heads_q, queries, d], 16 bits each */
  flashd_addr k;     /**< [heads_kv, keys, d], or [pool_pages, heads_kv, page_size, d] */
  flashd_addr v;     /**< [heads_kv, keys, dv], or [pool_pages, heads_kv, page_size, dv] */
  flashd_addr bias;  /**< 0, or float32 in nats at strides; -inf masks */
  int64_t bias_head; /**< strides in elements, not negative; 0 broadcasts */
  int64_t bias_query;
  int64_t bias_key;
  flashd_addr o;          /**< [heads_q, queries, dv] in output_format */
  flashd_addr lse;        /**< 0, or float32 [heads_q, queries], natural log */
  flashd_addr state_in;   /**< 0, or row states to continue: docs/row-state.md */
  flashd_addr state_out;  /**< 0, or room for heads_q * queries row states */
  double soft_cap;        /**< nats, 2^-10 to 256 */
  flashd_addr alibi;      /**< float32 slopes [heads_q], nats per key, finite */
  flashd_addr page_table; /**< int32 [pages]: key j lies in page page_table[j / page_size] */
  uint32_t page_size;     /**< keys of a page: a power of two, 16 to 1024 */
  uint32_t pages;         /**< entries of the table; keys is at most pages * page_size */
  uint64_t pool_pages;    /**< pages that k and v hold */
} flashd_job;

typedef struct flashd_capabilities {
  char backend[16];
  char config[16];
  char numerics[8];
  uint32_t spec_hash;
  uint32_t width;
  uint32_t lanes;
  uint32_t contexts;
  uint32_t tile;
  uint32_t max_head_dim;
  uint32_t significand_bits; /**< 8 takes BF16; 11 takes BF16 and FP16 */
  uint32_t counts_cycles;    /**< 1 if cycles and utilisation are measured */
} flashd_capabilities;

/**
 * Sums over jobs. Cycle counts are 0 on a back end that does not measure them; keys_skipped, tiles,
 * tiles_skipped and saturations are 0 on one in floating point, which has no such counts.
 */
typedef struct flashd_counters {
  uint64_t jobs;
  uint64_t cycles;       /**< first key in to last output out */
  uint64_t total_cycles; /**< reset to idle */
  uint64_t macs;         /**< useful multiply-accumulates: visible scores * (d + dv) */
  uint64_t scores;       /**< visible scores */
  uint64_t keys_skipped;
  uint64_t tiles;
  uint64_t tiles_skipped;
  uint64_t saturations;
  uint64_t rows_nan;
  uint64_t rows_empty;
  uint64_t compared_scores; /**< lockstep comparisons by probe */
  uint64_t compared_weights;
  uint64_t compared_tile_sums;
  uint64_t compared_row_states;
  uint64_t compared_outputs;
  uint64_t mismatches;
} flashd_counters;

/**
 * Opens a device. backend: "golden", "engine" (the verilated engine, every probe in lockstep with
 * golden), "rtl" (the verilated device with its memory), "model" (its twin), "uart:DEVICE[@BAUD]"
 * (a board on a serial line), "cuda" or "cuda:exact" (golden's arithmetic on the first GPU),
 * "cuda:exact-cpu" (that kernel's body on the CPU) or, in floating point and for plain jobs alone
 * (docs/cuda.md), "cuda:fast", "cuda:division" (tensor cores of the first GPU) and "cuda:fast-cpu"
 * (the arithmetic of fast on the CPU); configuration: a name of the spec such as
 * "base"; numerics: "fine" or "lean". For "engine" a plug-in
 * libflashd_rtl_<configuration>_<numerics>.so, for "rtl" libflashd_top_<configuration>_<numerics>.so
 * is looked for in FLASHD_PLUGIN_DIR or else beside the library and the executable.
 */
flashd_status flashd_open(const char* backend, const char* configuration, const char* numerics,
                          flashd_device** device);

/** Waits for the running jobs, then frees the device and its memory. NULL is allowed. */
void flashd_close(flashd_device* device);

/**
 * Sets how a device runs; no option changes a bit. For "engine" and "rtl": stall (probability, 0 to
 * below 1), seed, wave (FST file), failure_wave (engine alone), watchdog (cycles), lockstep (0, 1),
 * repeat (command line). For "rtl": memory (a model: ideal, fixed:LATENCY, bandwidth:LATENCY,BYTES,
 * dram:SET[,MHZ], jitter:LATENCY,SEED), skip_v (0, 1: values of tiles that change nothing are not
 * fetched; the rows of one KV head must fit the lanes). For "model" and "rtl": trace (JSON file of the
 * pipeline's trace events, whole after flashd_close()).
 */
flashd_status flashd_set(flashd_device* device, const char* option, const char* value);

flashd_status flashd_get_capabilities(flashd_device* device, flashd_capabilities* capabilities);

/** Zeroed memory. */
flashd_status flashd_alloc(flashd_device* device, size_t bytes, flashd_addr* address);
flashd_status flashd_free(flashd_device* device, flashd_addr address);
flashd_status flashd_copy_to(flashd_device* device, flashd_addr to, const void* from, size_t bytes);
flashd_status flashd_copy_from(flashd_device* device, void* to, flashd_addr from, size_t bytes);

/** Bytes of one row state record for outputs of dv elements: a multiple of 64. */
size_t flashd_row_state_bytes(uint32_t dv);

/**
 * Merges the states of two independent key ranges of the same rows (from jobs with one VE), row by
 * row: o_a + round(w (o_b - o_a)), w = S_b / (S_a + S_b). state_out may be one of the inputs. The
 * result equals the unsplit row up to rounding, unlike a continued one, which has its bits. Outputs
 * of a merged state: a job without keys that continues it.
 */
flashd_status flashd_merge_states(flashd_device* device, flashd_addr state_a, flashd_addr state_b,
                                  uint64_t rows, uint32_t dv, flashd_addr state_out);

/** Checks the job and queues it. Its arrays must stay allocated until flashd_wait() reports it. */
flashd_status flashd_submit(flashd_device* device, const flashd_job* job, uint64_t* ticket);

/**
 * Waits for a job, at most timeout_ms milliseconds (negative: without limit); the first report of a
 * finished job forgets the ticket. counters, if not NULL, receives the job's own counts.
 */
flashd_status flashd_wait(flashd_device* device, uint64_t ticket, int64_t timeout_ms,
                          flashd_counters* counters);

/** Sums over all finished jobs of the device. */
flashd_status flashd_get_counters(flashd_device* device, flashd_counters* counters);

/**
 * One of the counters that only a whole device has (stalls by cause, bytes, bursts: docs/registers.md),
 * summed over all finished jobs; 0 on other back ends. index: 0 and up, FLASHD_INVALID beyond the
 * last. name, if not NULL, receives the counter's name, which lives as long as the program.
 */
flashd_status flashd_get_device_counter(flashd_device* device, uint32_t index, const char** name,
                                        uint64_t* value);

/**
 * What passed over the serial line of a board since it was opened (docs/command.md), up to the last
 * finished job. index: 0 and up, FLASHD_INVALID beyond the last; a device without a line has none.
 * name, if not NULL, receives the counter's name, which lives as long as the program.
 */
flashd_status flashd_get_line_counter(flashd_device* device, uint32_t index, const char** name,
                                      uint64_t* value);

/** The sentence of the calling thread's last failed call; valid until its next failed call. */
const char* flashd_error(void);

#ifdef __cplusplus
}
#endif

#endif
