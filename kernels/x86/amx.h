/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amx.h: the AMX tile instructions, as macros around inline assembly.
 *
 * Not the intrinsics of the compilers, because those of gcc 12 are wrong in two ways: _tile_loadconfig says that it
 * reads 8 of the 64 bytes, so that stores to the rest of a local configuration are deleted; _tile_loadd has no memory
 * input, so that stores to the memory it reads may be moved behind it. Here the configuration is an input in full, and
 * loads and stores of tiles clobber "memory": what was written before is seen, and what was stored is read back. clang
 * has no such faults, and gets the same code.
 *
 * Compilers know nothing of the tiles: they are named by number (t = 0..7, a literal), and live from LOWPK_TILE_CONFIG
 * to LOWPK_TILE_RELEASE. Tiles do not survive calls to other code by any convention of the ABI: a kernel configures
 * them, and releases them before it returns. They are large state, which the system has to save at every switch while
 * they are in use. Permission to use them is lowpi_cpu_granted()'s matter.
 */
#ifndef LOWPK_AMX_H
#define LOWPK_AMX_H

#include <stddef.h>
#include <stdint.h>

/* The 64 bytes that LDTILECFG reads. Palette 1: 8 tiles of up to 16 rows of up to 64 bytes. */
typedef struct lowpk_tile_config {
  uint8_t palette, start_row, reserved[14];
  uint16_t colsb[16]; /* bytes of a row of tile t */
  uint8_t rows[16];   /* rows of tile t */
} lowpk_tile_config;

_Static_assert(sizeof(lowpk_tile_config) == 64, "LDTILECFG reads 64 bytes");

/* Configures all tiles, and sets them to zero. */
#define LOWPK_TILE_CONFIG(config) __asm__ volatile("ldtilecfg %0" : : "m"(*(const lowpk_tile_config *)(config)))

/* Back to the initial state: nothing to save at a switch. */
#define LOWPK_TILE_RELEASE() __asm__ volatile("tilerelease")

#define LOWPK_TILE_ZERO(t) __asm__ volatile("tilezero %%tmm" #t : :)

/* Rows of tile t from p, stride bytes apart. */
#define LOWPK_TILE_LOAD(t, p, stride) \
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t : : "r"((const void *)(p)), "r"((ptrdiff_t)(stride)) : "memory")

/* The same for data that is read once: a hint not to displace the rest of the caches. */
#define LOWPK_TILE_LOAD_ONCE(t, p, stride) \
  __asm__ volatile("tileloaddt1 (%0,%1,1), %%tmm" #t : : "r"((const void *)(p)), "r"((ptrdiff_t)(stride)) : "memory")

#define LOWPK_TILE_STORE(t, p, stride) \
  __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)" : : "r"((void *)(p)), "r"((ptrdiff_t)(stride)) : "memory")

/*
 * Products: tile c [m][n] += tile a [m][k] * tile b [k / 2 or k / 4][n][2 or 4].
 *   BF16  pairs of bf16, c in f32. For each (m, n): E = sum of the products of even k, O = of odd k, each a chain of f32
 *         FMAs that starts at +0 and ascends; c = c + (E + O). All RNE; subnormal inputs count as zero and subnormal
 *         results become it.
 *   S8S8, U8S8, S8U8, U8U8  bytes of a and b signed or not, c in int32_t, exact modulo 2^32
 */
#define LOWPK_TILE_DOT_BF16(c, a, b) LOWPK_TILE_DOT_("tdpbf16ps", c, a, b)
#define LOWPK_TILE_DOT_S8S8(c, a, b) LOWPK_TILE_DOT_("tdpbssd", c, a, b)
#define LOWPK_TILE_DOT_U8S8(c, a, b) LOWPK_TILE_DOT_("tdpbusd", c, a, b)
#define LOWPK_TILE_DOT_S8U8(c, a, b) LOWPK_TILE_DOT_("tdpbsud", c, a, b)
#define LOWPK_TILE_DOT_U8U8(c, a, b) LOWPK_TILE_DOT_("tdpbuud", c, a, b)
#define LOWPK_TILE_DOT_(name, c, a, b) __asm__ volatile(name " %%tmm" #b ", %%tmm" #a ", %%tmm" #c : :)

#endif
