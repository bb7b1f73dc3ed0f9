/* SPDX-License-Identifier: Apache-2.0 */
/* example_hifloat4.c: the example of hifloat4.h, and what it says of the result. */
#include <lowp/hifloat4.h>

int main(void) {
  float x[64], y[64];
  lowp_hif4_group group;
  for (int i = 0; i < 64; i++) x[i] = 2.0f;
  if (lowp_hif4_quantize(64, x, group.codes, group.word, NULL) != LOWP_OK) return 1;
  if (lowp_hif4_dequantize(64, group.codes, group.word, y) != LOWP_OK) return 1;
  uint32_t word = lowp_hif4_word_load(group.word);

  if (word != 0xffffffb9u || lowp_hif4_word_e6m2(word) != 0xb9) return 2;
  for (size_t i = 0; i < 64; i++)
    if (y[i] != 1.875f || lowp_hif4_group_get(&group, i) != 1.875f) return 3;
  uint8_t amct[4];
  lowp_hif4_word_to_amct(0x80010203u, amct);
  if (amct[0] != 0x03 || amct[1] != 0x40 || amct[2] != 0x80 || amct[3] != 0x01) return 4;
  if (lowp_hif4_word_from_amct(amct) != 0x80010203u) return 5;
  return 0;
}
