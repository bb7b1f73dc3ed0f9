#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes quant-mx.csv and quant-int.csv beside itself: the rows of the large vectors that every build tests.

usage: LOWP_VECTORS=FOLDER tests/golden/quant.py

One line per row of an array: its name, a comma, the row's bytes in hex. Of the MX blocks one of each category, the one
in the middle; of the INT8 rows the same for a third of the categories. Decoded values, which are long, only where they
are what an oracle gives. Prints the hash of every source file. See README.md for where the vectors come from.
"""
import hashlib
import os

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ["LOWP_VECTORS"]


def read(name):
    data = open(os.path.join(ROOT, name), "rb").read()
    print(hashlib.sha256(data).hexdigest()[:16], name)
    return data


def middle_of_each(categories, step):
    rows = {}
    for row, category in enumerate(categories):
        rows.setdefault(category, []).append(row)
    return sorted(found[len(found) // 2] for category, found in sorted(rows.items()) if category % step == 0)


def write(group, total, rows, names):
    with open(os.path.join(HERE, f"quant-{group}.csv"), "a", newline="") as out:
        for name in names:
            data = read(f"{group}/{name}")
            size = len(data) // total
            for row in rows:
                out.write(f"{name},{data[row * size:(row + 1) * size].hex()}\n")


def wanted(name):
    values = name.endswith(".dec.u32")
    return not values or name.startswith(("microxcaling", "ggml")) or "_floor" in name


def main():
    for group in ("mx", "int"):
        open(os.path.join(HERE, f"quant-{group}.csv"), "w").close()
    categories = read("mx/category.u8")
    blocks = middle_of_each(categories, 1)
    names = sorted(os.listdir(os.path.join(ROOT, "mx")))
    write("mx", len(categories), blocks, [n for n in names if n == "in.u32" or "_" in n and wanted(n)])
    names = sorted(os.listdir(os.path.join(ROOT, "int")))
    write("int", len(categories), blocks, [n for n in names if n.startswith("ggml")])
    categories = read("int/int8_rows_category.u8")
    rows = middle_of_each(categories, 3)
    write("int", len(categories), rows, [n for n in names if not n.startswith("ggml") and "category" not in n])


main()
