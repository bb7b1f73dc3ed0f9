/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file io.h  Files that hold tensors: safetensors (one file, shards, an index), .npy and raw arrays.
 *
 * This is liblowp-io (link with -llowp-io). A lowp_file reads: it maps the file, checks all of its header before it
 * says that it is open, and hands out pointers into the map; payloads are never copied. A lowp_writer writes: the
 * header is laid out first, payloads follow in any order, and the file appears under its name only when it is whole.
 *
 * Every failing call fills the optional lowp_error with one line that names the file, the tensor and what can be done.
 * Names that come from a file are shown with control characters replaced. The status tells the kinds of failure apart:
 * LOWP_E_FORMAT (the file breaks its format's rules or is another kind of file), LOWP_E_IO (the operating system
 * refused; no space), LOWP_E_SHAPE (sizes given by the caller do not fit the file), LOWP_E_ARGUMENT,
 * LOWP_E_UNSUPPORTED, LOWP_E_CONSTRAINT (the output is already there, or not all of it was written), LOWP_E_NOMEM.
 *
 * Threads: a lowp_file is immutable once open and may be read from many threads. A lowp_writer takes
 * lowp_writer_write() and lowp_writer_hash() from many threads; create, commit and abort belong to one.
 *
 * Not promised: errno keeps no value across these calls; a file that another process shortens while it is mapped ends
 * the process with SIGBUS, as any map does. Where the size of a file is limited (RLIMIT_FSIZE), the writer reports
 * LOWP_E_IO only if SIGXFSZ is ignored.
 */
#ifndef LOWP_IO_H
#define LOWP_IO_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

/* --- data types of files ------------------------------------------------------------------------------------------ */

/** What a tensor in a file consists of: the lines of <lowp/dtype.def>. */
typedef enum lowp_dtype {
  LOWP_DTYPE_NONE = 0,
#define LOWP_DTYPE(ID, name, bits, element, npy) LOWP_DTYPE_##ID,
#include <lowp/dtype.def>
#undef LOWP_DTYPE
  LOWP_DTYPE_COUNT
} lowp_dtype;

/** "F32", "BF16", "F8_E4M3": the safetensors name; "?" for an unknown id. Static storage. */
LOWP_API const char *lowp_dtype_name(lowp_dtype dtype);

/** Bits of one element, 0 for an unknown id. 4- and 6-bit types are packed without gaps in a file. */
LOWP_API unsigned lowp_dtype_bits(lowp_dtype dtype);

/** The element codec of a dtype, LOWP_ELEMENT_NONE where there is none (BOOL, I16, U8 ...). */
LOWP_API lowp_element lowp_dtype_element(lowp_dtype dtype);

/**
 * The dtype with this name in any case: a safetensors name ("BF16", "F8_E4M3"), or the name of an element that has a
 * dtype ("fp16", "e4m3fn", "int8"). LOWP_DTYPE_NONE if there is none.
 */
LOWP_API lowp_dtype lowp_dtype_from_name(const char *name);

/** The dtype whose codes are those of `element`, LOWP_DTYPE_NONE if no file type says so (HIF8, E6M2, INT4 ...). */
LOWP_API lowp_dtype lowp_dtype_of_element(lowp_element element);

/**
 * Bytes of a tensor: product of shape[0..rank) times bits / 8; rank 0 is one element. Returns LOWP_E_SHAPE if a product
 * overflows or the bits are no multiple of 8, LOWP_E_ARGUMENT for an unknown dtype. `bytes` may be NULL.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_dtype_bytes(lowp_dtype dtype, size_t rank, const size_t *shape, size_t *bytes);

/* --- what a file is ----------------------------------------------------------------------------------------------- */

/** Kinds of file, told apart by contents, not by name. */
typedef enum lowp_container {
  LOWP_CONTAINER_UNKNOWN = 0, /**< nothing recognised: perhaps a raw array */
  LOWP_CONTAINER_SAFETENSORS, /**< header length, then '{' */
  LOWP_CONTAINER_INDEX,       /**< a JSON object with "weight_map": *.safetensors.index.json */
  LOWP_CONTAINER_DIRECTORY,   /**< a directory */
  LOWP_CONTAINER_NPY,         /**< numpy array */
  LOWP_CONTAINER_RAW,         /**< never sniffed; a request to lowp_file_open and lowp_writer_create */
  LOWP_CONTAINER_GGUF,        /**< recognised and refused, as are all below */
  LOWP_CONTAINER_ZIP,         /**< .npz, or PyTorch since 1.6 */
  LOWP_CONTAINER_PICKLE,      /**< a Python pickle, or PyTorch before 1.6 */
  LOWP_CONTAINER_LLAMA2C,     /**< llama2.c version 1 and 2 */
  LOWP_CONTAINER_COUNT
} lowp_container;

/** "safetensors", "a zip archive (.npz or PyTorch)" ... Static storage, never NULL. */
LOWP_API const char *lowp_container_name(lowp_container container);

/** What to do about a container that cannot be read, one clause; "" where it can. Static storage, never NULL. */
LOWP_API const char *lowp_container_hint(lowp_container container);

/**
 * Looks at the first bytes of `path`. LOWP_E_IO if it cannot be read or is neither a regular file nor a directory. Says
 * nothing about whether the file is valid.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_sniff(const char *path, lowp_container *container, lowp_error *error);

/* --- reading ------------------------------------------------------------------------------------------------------ */

/** An open file or set of shards. */
typedef struct lowp_file lowp_file;

/** Options of lowp_file_open(). Zero everything, set struct_size = sizeof, then what is needed; NULL means all zero. */
typedef struct lowp_open_options {
  size_t struct_size;
  /**
   * LOWP_CONTAINER_UNKNOWN: by name and contents (see lowp_file_open). SAFETENSORS, INDEX, DIRECTORY, NPY or RAW: that,
   * whatever the name.
   */
  lowp_container container;
  /** Raw: type of the elements, NONE for F32. .npy: what V1, V2, u1, u2 really hold, for example BF16. */
  lowp_dtype dtype;
  size_t rank;         /**< raw: number of dimensions; 0 with shape NULL takes the file as one row [1, n] */
  const size_t *shape; /**< raw: rank sizes, read during the call only */
  uint64_t offset;     /**< raw: bytes before the array */
  int big_endian;      /**< raw: nonzero if the file is big-endian; it is then swapped into memory */
  const char *name;    /**< raw and .npy: name of the tensor, NULL for the file's name without its extension */
} lowp_open_options;

/** One tensor of an open file. All pointers live until lowp_file_close(). `data` has no alignment. */
typedef struct lowp_file_tensor {
  const char *name; /**< UTF-8, as in the file */
  lowp_dtype dtype;
  const char *dtype_name; /**< lowp_dtype_name(dtype) */
  lowp_element element;   /**< lowp_dtype_element(dtype) */
  unsigned bits;          /**< of one element */
  size_t rank;            /**< 0 for a scalar */
  const size_t *shape;    /**< rank sizes, outermost first; elements are in C order */
  size_t count;           /**< product of shape */
  const void *data;       /**< first byte; never NULL, even when nbytes is 0 */
  size_t nbytes;
  size_t shard;    /**< index for lowp_file_shard_path() */
  uint64_t offset; /**< of the first byte from the start of that file */
} lowp_file_tensor;

/** One pair of a safetensors __metadata__ object. */
typedef struct lowp_file_pair {
  size_t shard;
  const char *key;
  const char *value;
} lowp_file_pair;

/**
 * Opens `path` and checks every header completely.
 *
 * With LOWP_CONTAINER_UNKNOWN: a directory is read through its one *.safetensors.index.json, else model.safetensors,
 * else all *.safetensors in it. Otherwise the extension says what the file should be (.safetensors, .json an index,
 * .npy; .bin, .raw and .dat raw), and without a known one the contents, or raw if `dtype` or `rank` is given. The
 * contents must agree: GGUF, zip, pickle and llama2.c files are refused under any name, and a container is never read
 * as raw.
 *
 * safetensors rules, all of which are errors when broken: at least 8 bytes; header length N <= 100,000,000 and inside
 * the file; UTF-8 JSON, white space around it allowed; no key twice; each tensor exactly {dtype, shape, data_offsets}
 * with a known dtype and non-negative integers; __metadata__ maps strings to strings; sizes and products checked; 4-
 * and 6-bit tensors a whole number of bytes; sorted by offset the tensors start at 0, touch, and end with the file.
 * Tensors of size zero and rank zero are legal. Index: every shard it names exists beside it under a plain name, and it
 * lists exactly the tensors that the shards hold, each once. Without an index, a name in two shards or a gap in a
 * "-00001-of-00004" series is an error.
 *
 * *out is closed with lowp_file_close(). Memory: about the size of the headers (while parsing, up to 25 times that),
 * and for big-endian arrays a swapped copy.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_file_open(const char *path, const lowp_open_options *options, lowp_file **out,
                                                 lowp_error *error);

/** Unmaps and frees. NULL is fine. */
LOWP_API void lowp_file_close(lowp_file *file);

/** What was opened: SAFETENSORS, INDEX, DIRECTORY (shards found without an index), NPY or RAW. */
LOWP_API lowp_container lowp_file_container(const lowp_file *file);

/** Number of tensors. */
LOWP_API size_t lowp_file_count(const lowp_file *file);

/** Tensor i in ascending byte order of names, or NULL if i is out of range. */
LOWP_API const lowp_file_tensor *lowp_file_get(const lowp_file *file, size_t i);

/** Index (for lowp_file_get) of the k-th tensor in the order of shards, and of bytes within one; SIZE_MAX past the end.
 */
LOWP_API size_t lowp_file_in_order(const lowp_file *file, size_t k);

/** Index of the tensor with this name, or SIZE_MAX. Logarithmic. */
LOWP_API size_t lowp_file_find(const lowp_file *file, const char *name);

/** Number of __metadata__ pairs of all shards together. */
LOWP_API size_t lowp_file_metadata_count(const lowp_file *file);

/** Pair i, by shard, then key; NULL if out of range. */
LOWP_API const lowp_file_pair *lowp_file_metadata_get(const lowp_file *file, size_t i);

/** The value of `key` in the first shard that has it, or NULL. */
LOWP_API const char *lowp_file_metadata_find(const lowp_file *file, const char *key);

/** Number of files mapped: 1 unless sharded. */
LOWP_API size_t lowp_file_shard_count(const lowp_file *file);

/** Path of a shard, or NULL if out of range; an index's own path is not among them. */
LOWP_API const char *lowp_file_shard_path(const lowp_file *file, size_t shard);

/** Size of a shard in bytes, 0 if out of range. */
LOWP_API uint64_t lowp_file_shard_size(const lowp_file *file, size_t shard);

/** Directory that holds the shards, config.json and so on: "." if the path had none. */
LOWP_API const char *lowp_file_directory(const lowp_file *file);

/** What was assumed because the caller did not say ("no shape given: one row of 4096 F32"), or NULL. */
LOWP_API const char *lowp_file_note(const lowp_file *file);

/** Nonzero if `path` names one of the mapped files (the same device and inode), whatever it is called. */
LOWP_API int lowp_file_is_input(const lowp_file *file, const char *path);

/**
 * Tells the system that tensor i will not be needed again soon: its pages leave this process. A hint; the tensor stays
 * readable. Calling it after each tensor bounds resident memory by the largest one.
 */
LOWP_API void lowp_file_release(const lowp_file *file, size_t i);

/* --- hashes ------------------------------------------------------------------------------------------------------- */

/** XXH3-128 with seed 0, in canonical (big-endian) byte order. */
typedef struct lowp_hash {
  uint8_t bytes[16];
} lowp_hash;

/** Hash of n bytes; `data` may be NULL if n is 0. */
LOWP_API lowp_hash lowp_hash_of(const void *data, size_t n);

/** Hash of a whole file. LOWP_E_IO if it cannot be read. */
LOWP_API LOWP_CHECKED lowp_status lowp_hash_file(const char *path, lowp_hash *hash, lowp_error *error);

/** 32 lower-case hexadecimal digits and a terminator, as xxh128sum prints them. */
LOWP_API void lowp_hash_text(lowp_hash hash, char text[33]);

/* --- writing one file --------------------------------------------------------------------------------------------- */

/** A file being written. */
typedef struct lowp_writer lowp_writer;

/** A tensor to be written. Borrowed during lowp_writer_create() only. */
typedef struct lowp_tensor_spec {
  const char *name; /**< UTF-8, unique within the file, not "__metadata__" */
  lowp_dtype dtype;
  size_t rank;
  const size_t *shape;
} lowp_tensor_spec;

/** One pair for __metadata__. */
typedef struct lowp_pair {
  const char *key;
  const char *value;
} lowp_pair;

/** Options of the calls that create files. Zero, set struct_size, then what is needed; NULL means all zero. */
typedef struct lowp_write_options {
  size_t struct_size;
  lowp_container container; /**< SAFETENSORS (also for UNKNOWN), NPY or RAW; the last two hold one tensor */
  int replace;              /**< nonzero: an existing file of that name is replaced, else it is LOWP_E_CONSTRAINT */
  size_t metadata_count;
  const lowp_pair *metadata; /**< safetensors only; keys unique */
} lowp_write_options;

/**
 * Starts the file `path`: lays out the header and reserves all the space in `.NAME.tmp-PID` beside it, so that a full
 * disk shows now. Such files that killed writers of the same `path` left are removed; a lock tells them from those in
 * use.
 *
 * The same header bytes for the same arguments in any order of tensors and metadata: tensors are laid out by descending
 * dtype (the wider ones first, so that each starts at a multiple of its element size), then name; metadata by key; the
 * header is padded with spaces so that the payload starts at a multiple of 64 bytes. Tensors are addressed by their
 * index in `tensors`.
 *
 * .npy: BF16 and the 8-bit floats have no numpy type, LOWP_E_UNSUPPORTED; write U16 or U8 or use safetensors. RAW
 * writes the payload alone.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_writer_create(const char *path, const lowp_write_options *options, size_t count,
                                                     const lowp_tensor_spec *tensors, lowp_writer **out,
                                                     lowp_error *error);

/**
 * Writes n bytes of tensor i from byte `offset` of it. Each byte is to be written exactly once, in any order, from any
 * thread; a second time, or outside the tensor, is LOWP_E_RANGE and writes nothing.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_writer_write(lowp_writer *writer, size_t i, size_t offset, const void *bytes,
                                                    size_t n, lowp_error *error);

/**
 * Hash of tensor i, which must be complete (else LOWP_E_CONSTRAINT). Free of cost if the tensor was written front to
 * back, otherwise it is read again. Not after commit, which frees the writer.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_writer_hash(lowp_writer *writer, size_t i, lowp_hash *hash, lowp_error *error);

/** Total size of the file. */
LOWP_API uint64_t lowp_writer_size(const lowp_writer *writer);

/**
 * Checks that every byte was written (else LOWP_E_CONSTRAINT naming the first incomplete tensor), syncs the file, gives
 * it its name, and syncs the directory. Frees the writer when it succeeds. On failure the writer remains for
 * lowp_writer_abort().
 */
LOWP_API LOWP_CHECKED lowp_status lowp_writer_commit(lowp_writer *writer, lowp_error *error);

/** Removes the temporary file and frees the writer. NULL is fine. */
LOWP_API void lowp_writer_abort(lowp_writer *writer);

/** Writes a small file whole: temporary file, sync, rename. `options` as above; only `replace` is used. */
LOWP_API LOWP_CHECKED lowp_status lowp_write_file(const char *path, const lowp_write_options *options,
                                                  const void *bytes, size_t n, lowp_error *error);

/** Copies a file the same way. `from` and `to` must be different files. */
LOWP_API LOWP_CHECKED lowp_status lowp_copy_file(const char *from, const char *to, const lowp_write_options *options,
                                                 lowp_error *error);

/* --- writing a directory of shards -------------------------------------------------------------------------------- */

/** A directory being written. */
typedef struct lowp_shards lowp_shards;

/** What lowp_shards_create() does about a directory `NAME.partial` that an earlier run left. */
typedef enum lowp_partial {
  LOWP_PARTIAL_REFUSE = 0, /**< LOWP_E_CONSTRAINT, as it is for all three while another run writes there */
  LOWP_PARTIAL_RESUME,     /**< keep it: see lowp_shards_has() */
  LOWP_PARTIAL_DISCARD     /**< remove its files first */
} lowp_partial;

/**
 * Starts the directory `path`. All is written into `NAME.partial` beside it, which lowp_shards_commit() renames. With
 * options->replace an existing `path` is exchanged at the end and its files removed; refused (LOWP_E_CONSTRAINT) if it
 * holds a subdirectory or no safetensors file, for then it is not what this library writes.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_shards_create(const char *path, const lowp_write_options *options,
                                                     lowp_partial partial, lowp_shards **out, lowp_error *error);

/** The directory to write into until commit; `NAME.partial`. Lives as long as the handle. */
LOWP_API const char *lowp_shards_directory(const lowp_shards *shards);

/** Nonzero if the file `name` is there and whole (files appear there by rename only): left by an interrupted run. */
LOWP_API int lowp_shards_has(const lowp_shards *shards, const char *name);

/**
 * Starts the shard `name` (a plain file name ending in .safetensors). The writer is used and committed as any other;
 * several may be open. An existing file of that name is replaced.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_shards_writer(lowp_shards *shards, const char *name,
                                                     const lowp_write_options *options, size_t count,
                                                     const lowp_tensor_spec *tensors, lowp_writer **out,
                                                     lowp_error *error);

/**
 * Reads the headers of all shards written, writes model.safetensors.index.json from them unless the only shard is
 * model.safetensors, syncs, and gives the directory its name. A tensor in two shards is LOWP_E_FORMAT, a shard
 * still being written LOWP_E_CONSTRAINT. Frees the handle when it succeeds; on failure it remains for
 * lowp_shards_abort().
 */
LOWP_API LOWP_CHECKED lowp_status lowp_shards_commit(lowp_shards *shards, lowp_error *error);

/** Frees the handle. `keep` leaves `NAME.partial` for a later resume, otherwise its files are removed. NULL is fine. */
LOWP_API void lowp_shards_abort(lowp_shards *shards, int keep);

LOWP_END_DECLS
#endif
