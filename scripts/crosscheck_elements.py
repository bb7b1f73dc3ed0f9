# SPDX-License-Identifier: Apache-2.0
"""Elements of the built liblowp against ml_dtypes and numpy: encode over all bf16, all fp16 and 2^24 f32 inputs, decode over
all codes."""
import ctypes
import re

import ml_dtypes
import numpy as np

# lowp element name -> numpy scalar type that implements the same format
TYPES = {
    "e4m3fn": ml_dtypes.float8_e4m3fn, "e5m2": ml_dtypes.float8_e5m2, "e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
    "e5m2fnuz": ml_dtypes.float8_e5m2fnuz, "e8m0": ml_dtypes.float8_e8m0fnu, "e3m2": ml_dtypes.float6_e3m2fn,
    "e2m3": ml_dtypes.float6_e2m3fn, "e2m1": ml_dtypes.float4_e2m1fn, "e3m4": ml_dtypes.float8_e3m4,
    "e4m3": ml_dtypes.float8_e4m3, "e4m3b11fnuz": ml_dtypes.float8_e4m3b11fnuz, "bf16": ml_dtypes.bfloat16,
    "fp16": np.float16,
}
RNE, OVERFLOW_NONFINITE, INF_AS_OVERFLOW, NAN_QUIET, NEGATIVE_NAN = 0, 1, 0, 1, 1


def element_ids(top):
    """Ids are the line numbers of element.def, from 1."""
    text = open(f"{top}/include/lowp/element.def", encoding="utf-8").read()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    names = re.findall(r"^LOWP_\w+\s*\(\s*\w+\s*,\s*(\w+)", text, flags=re.M)
    return {name: i for i, name in enumerate(names, 1)}


def inputs():
    half = np.arange(1 << 16, dtype=np.uint16)
    yield "all bf16", (half.astype(np.uint32) << 16).view(np.float32)
    yield "all fp16", half.view(np.float16).astype(np.float32)
    # one input in each run of 256 bit patterns, at a place that a multiplicative hash chooses
    run = np.arange(1 << 24, dtype=np.uint32)
    yield "2^24 f32", (run << 8 | (run * np.uint32(2654435761)) >> 24).view(np.float32)


def same_values(a, b):
    return (a == b) & (np.signbit(a) == np.signbit(b)) | (np.isnan(a) & np.isnan(b))


def check_elements(build, top):
    lib = ctypes.CDLL(f"{build}/.libs/liblowp.so")
    ids = element_ids(top)
    pointer = lambda array: array.ctypes.data_as(ctypes.c_void_p)
    rules = (ctypes.c_uint8 * 6)(RNE, OVERFLOW_NONFINITE, INF_AS_OVERFLOW, NAN_QUIET, NEGATIVE_NAN, 32)
    np.seterr(all="ignore")
    for name, kind in TYPES.items():
        code_type = np.uint16 if np.dtype(kind).itemsize == 2 else np.uint8
        for label, x in inputs():
            x = np.ascontiguousarray(x)
            if name in ("e3m2", "e2m3", "e2m1"):
                x = x[~np.isnan(x)]  # no NaN code: ml_dtypes makes it a zero, lowp the largest value
            codes = np.empty(x.size, code_type)
            status = lib.lowp_element_encode_n(ids[name], rules, 0, ctypes.c_uint64(0), ctypes.c_size_t(x.size), pointer(x),
                                               pointer(codes))
            assert status == 0, status
            theirs = x.astype(kind).view(code_type)
            differ = codes != theirs
            if code_type is np.uint16:  # NaN payloads are not promised
                differ &= ~(np.isnan(codes.view(kind).astype(np.float32)) & np.isnan(x))
            yield f"encode {name} {label}", x.size, int(differ.sum())
        bits = {"e3m2": 6, "e2m3": 6, "e2m1": 4}.get(name, 8 * code_type().itemsize)
        codes = np.arange(1 << bits, dtype=code_type)
        values = np.empty(codes.size, np.float32)
        assert lib.lowp_element_decode_n(ids[name], ctypes.c_size_t(codes.size), pointer(codes), pointer(values)) == 0
        yield f"decode {name}", codes.size, int((~same_values(values, codes.view(kind).astype(np.float32))).sum())
