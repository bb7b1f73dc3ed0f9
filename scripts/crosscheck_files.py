# SPDX-License-Identifier: Apache-2.0
"""Every file lowp-quant writes, opened by the safetensors package and decoded here from docs/layouts.md and docs/formats.md
alone, against what lowp-dequant makes of it: equal bit for bit."""
import os
import subprocess
import tempfile

import ml_dtypes
import numpy as np
from safetensors import deserialize, safe_open
from safetensors.numpy import save_file

# --fmt: (element, bits, block columns, scale kind); the scale kinds are decoded in scale_of()
FORMATS = {
    "w8a8": ("int8", 8, 0, "f32"), "int8-tensor": ("int8", 8, 0, "f32"), "int8-asym": ("int8", 8, 0, "f32"),
    "int8-tensor-asym": ("int8", 8, 0, "f32"), "int8-offset": ("int8", 8, 0, "f32"), "int8-g32": ("int8", 8, 32, "f16"),
    "int4-g32": ("int4", 4, 32, "f16"), "int4-g128": ("int4", 4, 128, "f16"), "fp8": ("e4m3", 8, 0, "f32"),
    "fp8-tensor": ("e4m3", 8, 0, "f32"), "fp8-block": ("e4m3", 8, 128, "f32"), "fp8-e5m2": ("e5m2", 8, 0, "f32"),
    "hif8": ("hif8", 8, 0, "f32"), "hif8-channel": ("hif8", 8, 0, "f32"), "mxfp8": ("e4m3", 8, 32, "e8m0"),
    "mxfp8-e5m2": ("e5m2", 8, 32, "e8m0"), "mxfp6": ("e2m3", 6, 32, "e8m0"), "mxfp6-e3m2": ("e3m2", 6, 32, "e8m0"),
    "mxfp4": ("e2m1", 4, 32, "e8m0"), "mxint8": ("mxint8", 8, 32, "e8m0"), "nvfp4": ("e2m1", 4, 16, "e4m3"),
    "hif4": ("s1p2", 4, 64, "hif4"), "bf16": ("bf16", 16, 0, None), "fp16": ("fp16", 16, 0, None),
}
IN_CT = ["w8a8", "int8-tensor", "int8-asym", "int8-tensor-asym", "fp8", "fp8-tensor", "fp8-block", "mxfp8", "mxfp4", "nvfp4"]
F32 = np.float32


def hif8_value(code):
    """The prefix after the sign tells how many bits are exponent: 11 four, 10 three, 01 two, 001 one, 0001 none."""
    c, sign = code & 0x7F, -1.0 if code & 0x80 else 1.0
    if code == 0x80:
        return np.nan
    if c == 0x6F:
        return sign * np.inf
    if c < 8:
        return sign * 2.0 ** (c - 23) if c else 0.0
    exponent_bits = 4 if c >= 0x60 else 3 if c >= 0x40 else 2 if c >= 0x20 else 1 if c >= 0x10 else 0
    mantissa_bits = {4: 1, 3: 2, 2: 3, 1: 3, 0: 3}[exponent_bits]
    exponent = 0
    if exponent_bits:
        field = c >> mantissa_bits & ((1 << exponent_bits) - 1)
        low = field & ((1 << (exponent_bits - 1)) - 1)
        exponent = (1 << (exponent_bits - 1)) | low
        exponent = -exponent if field >> (exponent_bits - 1) else exponent
    return sign * 2.0 ** exponent * (1 + (c & ((1 << mantissa_bits) - 1)) / (1 << mantissa_bits))


def table(element):
    byte = np.arange(256, dtype=np.uint8)
    floats = {"e4m3": ml_dtypes.float8_e4m3fn, "e5m2": ml_dtypes.float8_e5m2, "e2m3": ml_dtypes.float6_e2m3fn,
              "e3m2": ml_dtypes.float6_e3m2fn, "e2m1": ml_dtypes.float4_e2m1fn, "e8m0": ml_dtypes.float8_e8m0fnu}
    if element in floats:
        bits = {"e2m3": 6, "e3m2": 6, "e2m1": 4}.get(element, 8)
        return byte[: 1 << bits].view(floats[element]).astype(F32)
    if element == "int8":
        return byte.view(np.int8).astype(F32)
    if element == "mxint8":
        return byte.view(np.int8).astype(F32) / F32(64)
    if element == "int4":
        return np.array([c - 16 if c > 7 else c for c in range(16)], F32)
    if element == "s1p2":
        return np.array([(-1.0 if c & 8 else 1.0) * (c & 7) / 4 for c in range(16)], F32)
    return np.array([hif8_value(int(c)) for c in byte], F32)


def unpack(plane, bits, count):
    """Code i of a row is bits [i*b, i*b + b), least significant first."""
    stream = np.unpackbits(plane, axis=1, bitorder="little")[:, : count * bits].reshape(plane.shape[0], count, bits)
    return (stream * (1 << np.arange(bits))).sum(axis=2)


def expand(scales, rows, cols, block_rows, block_cols):
    """A scale per element: scales [N', K'] repeated over their blocks; 0 is the whole dimension."""
    scales = np.repeat(scales, block_cols or cols, axis=1)[:, :cols]
    return np.repeat(scales, block_rows or rows, axis=0)[:rows]


def decode(parts, scheme, rows, cols):
    """parts: role -> array of uint8 [rows, bytes] (codes) or of raw bytes. Returns f32 [rows, cols] by the published law."""
    element, bits, block, kind = FORMATS[scheme]
    if kind is None:
        return parts["codes"].view(ml_dtypes.bfloat16 if element == "bf16" else np.float16).reshape(rows, cols).astype(F32)
    padded = -(-cols // block) * block if block and scheme != "fp8-block" else cols
    stored = parts["codes"].reshape(rows, -1)
    padded = min(padded, stored.shape[1] * 8 // bits)
    values = table(element)[unpack(stored, bits, padded)][:, :cols]
    raw = parts["scale"]
    if kind == "e8m0":
        return values * expand(table("e8m0")[raw].reshape(rows, -1), rows, cols, 1, 32)
    if kind == "e4m3":
        blocks = table("e4m3")[raw].reshape(rows, -1) * parts["tensor_scale"]
        return values * expand(blocks, rows, cols, 1, 16)
    if kind == "hif4":
        words = raw.view("<u4").reshape(rows, -1)
        e6m2 = words & 255
        top = np.ldexp(1 + (e6m2 & 3) / 4, (e6m2 >> 2).astype(int) - 48)
        top[e6m2 == 255] = np.nan
        column = np.arange(cols)
        word, in_group = words[:, column // 64], column % 64
        micro = (word >> (8 + in_group // 8) & 1) + (word >> (16 + in_group // 4) & 1)
        return (top[:, column // 64] * np.ldexp(values, micro.astype(int))).astype(F32)
    scales = raw.view("<f2" if kind == "f16" else "<f4").astype(F32)
    block_rows = 128 if scheme == "fp8-block" else 0 if scales.size == 1 else 1
    scales = expand(scales.reshape(1 if block_rows == 0 else -(-rows // block_rows), -1), rows, cols, block_rows, block)
    zero = parts.get("zero")
    if zero is not None:
        values = (values - np.repeat(zero.reshape(-1, 1), rows // zero.size, axis=0)).astype(F32)
    return values * scales


def gather(tensors, name, layout):
    """The parts of logical tensor `name`, as docs/layouts.md names them."""
    raw = {key: np.frombuffer(bytes(value["data"]), np.uint8) for key, value in tensors.items()}
    codes = next(raw[key] for key in (name, name + "_packed", name + "_blocks") if key in raw)
    parts = {"codes": codes, "scale": raw.get(name + "_scale", raw.get(name + "_scales"))}
    if name + "_zero_point" in raw:
        kind = {"I8": "<i1", "I32": "<i4", "F32": "<f4"}[tensors[name + "_zero_point"]["dtype"]]
        parts["zero"] = raw[name + "_zero_point"].view(kind)
    if layout == "ct" and name + "_global_scale" in raw:
        parts["tensor_scale"] = F32(1) / raw[name + "_global_scale"].view("<f4")[0]
    if layout == "lowp" and name + "_tensor_scale" in raw:
        parts["tensor_scale"] = raw[name + "_tensor_scale"].view("<f4")[0]
    return parts


def make_input(path):
    """Matrices with heavy tails, an outlier channel and a block of zeros; one has three dimensions, as experts have."""
    rng = np.random.default_rng(1)
    shapes = {"a.q_proj.weight": (96, 256), "a.k_proj.weight": (32, 256), "b.weight": (130, 384), "c.weight": (1, 128),
              "experts.up_proj": (3, 32, 128)}
    tensors = {name: (rng.standard_t(4, shape) * 0.02).astype(F32) for name, shape in shapes.items()}
    tensors["b.weight"][:, 7] *= 40
    tensors["b.weight"][3, :32] = 0
    tensors["b.weight"] = tensors["b.weight"].astype(ml_dtypes.bfloat16)
    tensors["a.norm.weight"] = np.ones(256, F32)
    save_file(tensors, path)
    return {name: (int(np.prod(shape[:-1])), shape[-1]) for name, shape in shapes.items()}


def make_padded_input(path):
    """300 columns fit no block: rows are padded."""
    rng = np.random.default_rng(2)
    save_file({"d.weight": rng.standard_normal((20, 300)).astype(F32)}, path)
    return {"d.weight": (20, 300)}


def run(build, tool, *arguments):
    command = [f"{build}/tools/{tool}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"crosscheck: {' '.join(command)}: exit {done.returncode}\n{done.stderr}")


def same_bits(a, b):
    a, b = np.ascontiguousarray(a, F32), np.ascontiguousarray(b, F32)
    return (a.view(np.uint32) == b.view(np.uint32)) | (np.isnan(a) & np.isnan(b))


def check_file(build, folder, source, shapes, layout, scheme, *options):
    """Quantizes, decodes twice, compares: (elements, those that differ)."""
    quantized, back = (os.path.join(folder, f"{end}.safetensors") for end in ("quantized", "back"))
    run(build, "lowp-quant", source, "-q", "--force", "--fmt", scheme, "--layout", layout, "-o", quantized, *options)
    run(build, "lowp-dequant", quantized, "-q", "--force", "-o", back)
    with open(quantized, "rb") as file:
        tensors = dict(deserialize(file.read()))
    compared = wrong = 0
    with safe_open(back, "numpy") as values:
        for name, (rows, cols) in shapes.items():
            theirs = decode(gather(tensors, name, layout), scheme, rows, cols)
            ours = values.get_tensor(name).astype(F32).reshape(rows, cols)
            compared += ours.size
            wrong += int((~same_bits(theirs, ours)).sum())
    return compared, wrong


def check_files(build):
    with tempfile.TemporaryDirectory() as folder:
        source, padded = (os.path.join(folder, name) for name in ("in.safetensors", "padded.safetensors"))
        shapes, padded_shapes = make_input(source), make_padded_input(padded)
        cases = [("ct", s) for s in IN_CT] + [("lowp", s) for s in FORMATS] + [("gptoss", "mxfp4")]
        for layout, scheme in cases:
            rule = f"re:experts={scheme}"
            if (layout, scheme) == ("ct", "fp8-block"):
                rule = "re:experts=keep"  # 32 rows per matrix: a block would span two of them
            kept = {n: s for n, s in shapes.items() if not (rule.endswith("keep") and "experts" in n)}
            yield f"file {layout} {scheme}", *check_file(build, folder, source, kept, layout, scheme, "--tensor", rule)
        for scheme in FORMATS:
            yield f"file lowp {scheme}, padded", *check_file(build, folder, padded, padded_shapes, "lowp", scheme,
                                                              "--on-misfit", "pad")
