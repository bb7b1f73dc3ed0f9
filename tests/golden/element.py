#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes element_decode.csv and element_encode.csv beside itself: the part of the large vectors that every build tests.

usage: LOWP_VECTORS=FOLDER tests/golden/element.py

decode: all code tables. encode: for each 8-bit column, each code and each sign, the inputs of least and of greatest
magnitude that give this code, which are the inputs beside the rounding thresholds; and for the 16-bit columns inputs on
and beside ties. See README.md for where the vectors come from.
"""
import csv
import hashlib
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ["LOWP_VECTORS"]
INFORMATIONAL = {"e1m2_opbase", "ggml_ue4m3"}  # not the format's own rounding, or not its values
# Low f32 bits that bf16 and fp16 discard: just below a tie, a tie, just above.
TIES = {"bf16_rne": (16, (0x7FFF, 0x8000, 0x8001)), "fp16_rne": (13, (0x0FFF, 0x1000, 0x1001))}


def read(name, item):
    data = open(os.path.join(ROOT, name), "rb").read()
    print(hashlib.sha256(data).hexdigest()[:16], name)
    return struct.unpack(f"<{len(data) // struct.calcsize(item)}{item}", data)


def decode():
    with open(os.path.join(HERE, "element_decode.csv"), "w", newline="") as out:
        out.write("format,code,f32_bits\n")
        for name in sorted(os.listdir(os.path.join(ROOT, "decode"))):
            column = name.removesuffix(".csv")
            if column not in INFORMATIONAL:
                for row in csv.DictReader(open(os.path.join(ROOT, "decode", name), newline="")):
                    out.write(f"{column},{row['code_hex']},{row['f32_bits_hex']}\n")


def extremes(inputs, codes):
    """Rows of least and greatest magnitude for each (code, sign)."""
    found = {}
    for row, (bits, code) in enumerate(zip(inputs, codes)):
        pair = found.setdefault((code, bits >> 31), [row, row])
        if bits & 0x7FFFFFFF < inputs[pair[0]] & 0x7FFFFFFF:
            pair[0] = row
        if bits & 0x7FFFFFFF > inputs[pair[1]] & 0x7FFFFFFF:
            pair[1] = row
    return {row for pair in found.values() for row in pair}


def ties(inputs, discarded, patterns):
    mask = (1 << discarded) - 1
    rows = [row for row, bits in enumerate(inputs) if bits & mask in patterns]
    return set(rows[:: max(1, len(rows) // 96)])


def encode():
    inputs = read("encode/inputs.u32", "I")
    columns, rows = {}, set()
    for name in sorted(os.listdir(os.path.join(ROOT, "encode"))):
        column, kind = name.rsplit(".", 1)
        if column == "inputs" or column in INFORMATIONAL:
            continue
        columns[column] = read("encode/" + name, {"u8": "B", "u16": "H"}[kind])
        rows |= ties(inputs, *TIES[column]) if kind == "u16" else extremes(inputs, columns[column])
    unique = {inputs[row]: row for row in sorted(rows, reverse=True)}
    with open(os.path.join(HERE, "element_encode.csv"), "w", newline="") as out:
        out.write(",".join(["f32_bits", *columns]) + "\n")
        for bits, row in sorted(unique.items()):
            out.write(",".join([f"{bits:08x}"] + [f"{codes[row]:02x}" for codes in columns.values()]) + "\n")
    print(len(unique), "inputs")


decode()
encode()
