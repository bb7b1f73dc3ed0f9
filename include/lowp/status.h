/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file status.h  Result codes, the optional detail text, and the export macros.
 *
 * Every function that can fail returns a lowp_status: 0, or a negative code that names the contract that was broken.
 * On failure no output argument has been changed unless a function's own text says otherwise. The library never
 * aborts, prints, exits, sets errno, or changes the floating-point environment.
 */
#ifndef LOWP_STATUS_H
#define LOWP_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define LOWP_BEGIN_DECLS extern "C" {
#define LOWP_END_DECLS }
#else
#define LOWP_BEGIN_DECLS
#define LOWP_END_DECLS
#endif

#ifdef __cplusplus
#define LOWP_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define LOWP_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#if defined(__GNUC__)
#define LOWP_API __attribute__((visibility("default")))
#define LOWP_CHECKED __attribute__((warn_unused_result))
#define LOWP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define LOWP_API
#define LOWP_CHECKED
#define LOWP_PRINTF(fmt, args)
#endif

LOWP_BEGIN_DECLS

/** Result of a fallible call. New codes may be added: treat any negative value as failure. */
typedef enum lowp_status {
  LOWP_OK = 0,
  LOWP_E_ARGUMENT = -1,    /**< a pointer is NULL, an enum value or a struct_size is unknown */
  LOWP_E_SHAPE = -2,       /**< sizes do not agree, or a product of sizes overflows size_t */
  LOWP_E_LAYOUT = -3,      /**< data is in another packed or file layout than the call expects */
  LOWP_E_UNSUPPORTED = -4, /**< a legal request that this build or version does not offer */
  LOWP_E_RANGE = -5,       /**< a number lies outside the range stated for it */
  LOWP_E_NOMEM = -6,       /**< an allocation failed */
  LOWP_E_IO = -7,          /**< the operating system refused a read, write, rename ... */
  LOWP_E_FORMAT = -8,      /**< a file breaks the rules of its format */
  LOWP_E_NONFINITE = -9,   /**< NaN or Inf in the input, and the policy was to refuse it */
  LOWP_E_CONSTRAINT = -10  /**< a request cannot be met by this tensor: misfit, unmatched rule */
} lowp_status;

/** "LOWP_E_SHAPE" and so on; "LOWP_E_?" for an unknown code. Static storage, never NULL. */
LOWP_API const char *lowp_status_name(lowp_status status);

/** One English sentence without a full stop. Static storage, never NULL. */
LOWP_API const char *lowp_status_text(lowp_status status);

/**
 * Optional detail of a failure, owned by the caller. Pass NULL where no detail is wanted. A failing call fills it;
 * a successful one leaves it alone. `text` is always terminated, one line, without a trailing newline.
 */
typedef struct lowp_error {
  lowp_status status;
  char text[508];
} lowp_error;

LOWP_END_DECLS
#endif
