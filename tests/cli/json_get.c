/* SPDX-License-Identifier: Apache-2.0 */
/* json_get FILE KEY...: parses a JSON file strictly and prints the value found by walking keys and indices. */
#include <jansson.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  json_error_t error;
  if (argc < 2) return 2;
  json_t *root = json_load_file(argv[1], JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error), *value = root;
  if (root == NULL) {
    fprintf(stderr, "%s:%d: %s\n", argv[1], error.line, error.text);
    return 1;
  }
  for (int i = 2; i < argc && value != NULL; i++)
    value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(argv[i], NULL, 10))
                                 : json_object_get(value, argv[i]);
  if (value == NULL) return 1;
  if (json_is_string(value))
    puts(json_string_value(value));
  else if (json_is_array(value) || json_is_object(value))
    printf("%zu\n", json_is_array(value) ? json_array_size(value) : json_object_size(value));
  else
    json_dumpf(value, stdout, JSON_ENCODE_ANY);
  json_decref(root);
  return 0;
}
