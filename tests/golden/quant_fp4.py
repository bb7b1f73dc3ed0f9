#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes quant-nvfp4.csv and quant-hif4.csv beside itself: the rows of the large vectors that every build tests.

usage: LOWP_VECTORS=FOLDER tests/golden/quant_fp4.py

One line per row of an array: its name, a comma, the row's bytes in hex. Of NVFP4, whose rows are tensors of 256 values, the
first row of each category and, in category wide_blocks, the one where saturation is left open; of HiF4, groups of 64, the
middle one of each category. Decoded values, which are long, only where an oracle decodes for itself.
Prints the hash of every source file. See README.md for where the vectors come from.
"""
import hashlib
import os

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ["LOWP_VECTORS"]
OPEN_ROW = 110  # Four Over Six writes its code 8 for a magnitude beyond 7 here


def read(name):
    data = open(os.path.join(ROOT, name), "rb").read()
    print(hashlib.sha256(data).hexdigest()[:16], name)
    return data


def rows_by_category(categories):
    rows = {}
    for row, category in enumerate(categories):
        rows.setdefault(category, []).append(row)
    return [found for _, found in sorted(rows.items())]


def write(group, total, rows, names):
    path = os.path.join(HERE, f"quant-{group}.csv")
    with open(path, "w", newline="") as out:
        for name in names:
            data = read(f"{group}/{name}")
            size = len(data) // total
            for row in rows:
                out.write(f"{name},{data[row * size:(row + 1) * size].hex()}\n")
    print(hashlib.sha256(open(path, "rb").read()).hexdigest(), os.path.basename(path))


def main():
    names = sorted(n for n in os.listdir(os.path.join(ROOT, "nvfp4")) if n.endswith((".u8", ".u32")))
    categories = read("nvfp4/category.u8")
    rows = sorted([found[0] for found in rows_by_category(categories)] + [OPEN_ROW])
    skipped = ("category.u8", "te.dec.u32", "te_4over6_mse_256.dec.u32", "modelopt.dec.u32", "torchao.dec.u32", "fos_mse.dec.u32")
    write("nvfp4", len(categories), rows, [n for n in names if n not in skipped])
    names = sorted(n for n in os.listdir(os.path.join(ROOT, "hif4")) if n.endswith((".u8", ".u16", ".u32")))
    categories = read("hif4/category.u8")
    rows = [found[len(found) // 2] for found in rows_by_category(categories)]
    skipped = ("category.u8", "a6_bf16.dec.u32", "gcc_f32.dec.u32")
    write("hif4", len(categories), rows, [n for n in names if n not in skipped])


main()
