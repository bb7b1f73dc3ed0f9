#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-quant: everything that can go wrong has its exit code, a message that names file, tensor and remedy, and leaves
# nothing behind under the name of the output.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
put_safetensors model.safetensors a.weight:64x64 b.weight:32x128 v:64
says() { check "$1" grep -qE -- "$2" err; }

# --- usage: 1
expect 1 "no format" tool lowp-quant model.safetensors
expect 1 "unknown format" tool lowp-quant model.safetensors --fmt mxfp9
says "it is named" "mxfp9"
expect 1 "unknown layout" tool lowp-quant model.safetensors --fmt mxfp4 --layout nope
expect 1 "no input" tool lowp-quant --fmt mxfp4
expect 1 "two inputs" tool lowp-quant model.safetensors model.safetensors --fmt mxfp4
expect 1 "bad number" tool lowp-quant model.safetensors --fmt mxfp4 -j many
expect 1 "no threads" tool lowp-quant model.safetensors --fmt mxfp4 -j 0
expect 1 "unknown choice" tool lowp-quant model.safetensors --fmt mxfp4 --scale-rule up
says "the choices are listed" "floor, ceil, rceil"
expect 1 "a scale rule that the format does not know" \
  tool lowp-quant model.safetensors --fmt mxfp4 --scale-rule four-over-six
expect 1 "an implementation that has no such format" tool lowp-quant model.safetensors --fmt hif4 --compat ggml
expect 1 "a shape for a file that says its own" tool lowp-quant model.safetensors --fmt mxfp4 --shape 64x64
expect 1 "a report of unknown kind" tool lowp-quant model.safetensors --fmt mxfp4 --report report.pdf
expect 1 "raw planes for many tensors" tool lowp-quant model.safetensors --fmt mxfp4 --layout raw
expect 1 "a bad regular expression" tool lowp-quant model.safetensors --fmt mxfp4 --tensor 're:(=fp8'
expect 1 "a directory as the output of a file" tool lowp-quant model.safetensors --fmt mxfp4 -o .
expect 1 "output equal to input" tool lowp-quant model.safetensors --fmt mxfp4 -o ./model.safetensors --force
says "the message says so" "the output is the input"
ln -s model.safetensors soft.safetensors
ln model.safetensors hard.safetensors
expect 1 "through a symbolic link" tool lowp-quant model.safetensors --fmt mxfp4 -o soft.safetensors --force
expect 1 "through a hard link" tool lowp-quant model.safetensors --fmt mxfp4 -o hard.safetensors --force
expect 1 "through a link as input" tool lowp-quant soft.safetensors --fmt mxfp4 -o model.safetensors --force
ln -s model.safetensors link.txt
expect 1 "as the report" tool lowp-quant model.safetensors --fmt mxfp4 --report link.txt
expect 1 "a device as output" tool lowp-quant model.safetensors --fmt mxfp4 -o /dev/null --force
nothing_left model.mxfp4.safetensors "nothing is left of refused requests"

# --- bad input: 2
head -c 2000 model.safetensors >short.safetensors
expect 2 "truncated" tool lowp-quant short.safetensors --fmt mxfp4
says "the file is named" "short\.safetensors"
{ bytes_le 99999999999 8; printf '{}'; } >hostile.safetensors
expect 2 "a header longer than the file" tool lowp-quant hostile.safetensors --fmt mxfp4
{ bytes_le 60 8; printf '%-60s' '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,99]}}'; head -c 16 floats.bin; } >lie.safetensors
expect 2 "offsets that lie" tool lowp-quant lie.safetensors --fmt mxfp4
says "the tensor is named" "a"
printf 'GGUF\3\0\0\0aaaaaaaaaaaaaaaaaaaaaaaa' >x.bin
expect 2 "GGUF under the name of a raw file" tool lowp-quant x.bin --fmt mxfp4
says "it is recognised" "GGUF"
head -c 4096 floats.bin >w.bin
expect 2 "a shape that does not fit the file" tool lowp-quant w.bin --shape 32x31 --fmt mxfp4
says "both sizes are named" "3968 bytes.*4096"
cp model.safetensors nan.safetensors
nan_at nan.safetensors $(($(payload_offset nan.safetensors) + 4 * (64 * 64 + 130)))
expect 2 "NaN in the weights" tool lowp-quant nan.safetensors --fmt mxfp4
says "file, tensor, place and remedy are named" "nan\.safetensors.*'b\.weight'.*\(1, 2\).*--nan"
nothing_left nan.mxfp4.safetensors "nothing is left of it"
expect 0 "NaN read as zero" tool lowp-quant nan.safetensors --fmt mxfp4 --nan zero --verify
check "it is counted" grep -Eq '^b\.weight .* 1 +--fmt' out
expect 0 "NaN passed on" tool lowp-quant nan.safetensors --fmt mxfp4 --nan propagate --verify --force
check "with what it took along" grep -Eq '^b\.weight .* 32 +--fmt' out
expect 5 "NaN passed on fails the gate" \
  tool lowp-quant nan.safetensors --fmt mxfp4 --nan propagate --min-qsnr 1 -o nan-gate.safetensors
says "how many numbers were lost to it" "'b\.weight': 31 numbers are NaN or Inf"
nothing_left nan-gate.safetensors "nothing is left of that"
expect 0 "the tensor kept instead" tool lowp-quant nan.safetensors --fmt mxfp4 --tensor b.weight=keep --force

# --- the system: 3
expect 3 "no such input" tool lowp-quant missing.safetensors --fmt mxfp4
ln -s nowhere.safetensors dangling.safetensors
expect 3 "a dangling link" tool lowp-quant dangling.safetensors --fmt mxfp4
expect 3 "no such folder for the output" tool lowp-quant model.safetensors --fmt mxfp4 -o no/such/x.safetensors
# As root every file can be read, so what cannot be opened is tried where it can be.
chmod 0 short.safetensors
if [ -r short.safetensors ]; then skip "unreadable input" "this user reads everything"; else
  expect 3 "unreadable input" tool lowp-quant short.safetensors --fmt mxfp4
fi
put_safetensors large.safetensors a.weight:1024x512
limited() { (ulimit -f 64 && tool lowp-quant "$@"); }
expect 3 "no space for the output" limited large.safetensors --fmt mxfp8
says "the output is named" "large\.mxfp8\.safetensors"
nothing_left large.mxfp8.safetensors "nothing is left where there was no space"
expect 3 "no such rules file" tool lowp-quant model.safetensors --fmt mxfp4 --rules missing.txt

# --- constraints: 4
put_safetensors odd.safetensors a.weight:64x64 odd.weight:64x100
expect 4 "rows that are no multiple of the block" tool lowp-quant odd.safetensors --fmt mxfp4
says "tensor, sizes and remedies are named" "'odd\.weight'.*100.*32.*--on-misfit"
nothing_left odd.mxfp4.safetensors "nothing is left of it"
expect 4 "padding where the layout has none" tool lowp-quant odd.safetensors --fmt mxfp4 --on-misfit pad --layout ct
expect 0 "padding" tool lowp-quant odd.safetensors --fmt mxfp4 --on-misfit pad --layout lowp --verify
expect 0 "the padded file keeps its shape" tool lowp-inspect odd.mxfp4.safetensors
check "64x100" grep -Eq '^odd\.weight +64x100 +mxfp4' out
expect 0 "misfits kept" tool lowp-quant odd.safetensors --fmt mxfp4 --on-misfit keep --force
check "and why" grep -Eq '^odd\.weight .*100, no multiple of 32' out
expect 4 "a rule that matches nothing" tool lowp-quant model.safetensors --fmt mxfp4 --tensor 're:c=fp8'
says "it is named" "re:c"
expect 4 "an ignore pattern that matches nothing" tool lowp-quant model.safetensors --fmt mxfp4 --ignore c
expect 0 "unless that is allowed" tool lowp-quant model.safetensors --fmt mxfp4 --ignore c --allow-unmatched
says "it is still said" "warning.*'c'"
expect 4 "an output that is there" tool lowp-quant model.safetensors --fmt mxfp4
says "the remedy is named" "--force"
cp model.mxfp4.safetensors before
expect 0 "replaced by force" tool lowp-quant model.safetensors --fmt mxfp4 --ignore a --force
check "it is another file now" sh -c "! cmp -s before model.mxfp4.safetensors"
expect 4 "a layout without a form for the format" tool lowp-quant model.safetensors --fmt hif4 --layout ct
expect 4 "a memory limit that is too small" \
  tool lowp-quant model.safetensors --fmt mxfp4 --mem-limit 100K -o mem.safetensors
says "need and limit are named" "needs about.*100\.00 KiB"
expect 0 "one that is not" tool lowp-quant model.safetensors --fmt mxfp4 --mem-limit 1G -o mem.safetensors

expect 0 "a file in layout lowp" tool lowp-quant model.safetensors --fmt hif4 --ignore b -o part.safetensors -q
expect 4 "the rest in another layout" tool lowp-quant part.safetensors --fmt mxfp4 --layout ct
says "the tensor is named" "'a\.weight' is already hif4 in layout lowp"
expect 0 "the rest in the same layout" tool lowp-quant part.safetensors --fmt mxfp4 --layout lowp --verify
check "what was quantized is kept" grep -Eq '^a\.weight .*already hif4' out

# --- the gate: 5
expect 5 "worse than the gate" tool lowp-quant model.safetensors --fmt mxfp4 --min-qsnr 40 -o gate.safetensors
says "the tensor is named" "'a\.weight'"
nothing_left gate.safetensors "no output that failed the gate"
expect 0 "better than the gate" tool lowp-quant model.safetensors --fmt mxfp4 --min-qsnr 10 -o gate.safetensors

# --- dry run
expect 0 "dry run" tool lowp-quant model.safetensors --fmt nvfp4 --dry-run
check "it says what would be written" grep -q 'would be model\.nvfp4\.safetensors' out
nothing_left model.nvfp4.safetensors "it writes nothing"
