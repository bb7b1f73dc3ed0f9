#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-quant: the same bytes for any number of threads, any instruction set, and after an interruption.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
expect 0 "a checkpoint in shards" tool lowp-synth m --layers 4 --hidden 512 --shards 3 -q
expect 0 "a file" tool lowp-synth f.safetensors --layers 1 --hidden 512 -q
expect 0 "the same seed" tool lowp-synth g.safetensors --layers 1 --hidden 512 -q
check "gives the same file" cmp f.safetensors g.safetensors
expect 0 "another seed" tool lowp-synth h.safetensors --layers 1 --hidden 512 --seed 1 -q
check "gives another" sh -c "! cmp -s f.safetensors h.safetensors"
quant=$(tool_path lowp-quant)

for format in $(share mxfp4 nvfp4 hif4 w8a8 fp8-block); do
  expect 0 "$format, one thread" \
    tool lowp-quant f.safetensors --fmt $format -j 1 -o one.safetensors --force --report one.tsv -q
  expect 0 "$format, two threads" \
    tool lowp-quant f.safetensors --fmt $format -j 2 -o two.safetensors --force --report two.tsv -q
  expect 0 "$format, generic" \
    env LOWP_ISA=generic $LOWP_EMULATOR "$quant" f.safetensors --fmt $format -j 1 -o generic.safetensors \
    --force --report generic.tsv -q
  check "$format: one thread or two" cmp one.safetensors two.safetensors
  check "$format: any instruction set" cmp one.safetensors generic.safetensors
  check "$format: the same figures" sh -c "cmp one.tsv two.tsv && cmp one.tsv generic.tsv"
done
check "stochastic rounding too" \
  sh -c "'$quant' f.safetensors --fmt mxfp4 --round stochastic --seed 5 -j 1 -o s1.safetensors -q &&
  '$quant' f.safetensors --fmt mxfp4 --round stochastic --seed 5 -j 2 -o s2.safetensors -q && cmp s1.safetensors s2.safetensors"
mkdir elsewhere
expect 0 "from another place, at another time" \
  tool lowp-quant ./f.safetensors --fmt $format -o elsewhere/x.safetensors -q
check "nothing in the file tells where or when" cmp one.safetensors elsewhere/x.safetensors

# Interrupted as soon as one shard is whole; resumed; compared with a run that was not interrupted.
expect 0 "uninterrupted" tool lowp-quant m --fmt mxfp4 -o whole -q
interrupt() {
  local signal=$1 attempt
  for attempt in 1 2 3 4 5; do
    rm -rf dst dst.partial
    $LOWP_EMULATOR "$quant" m --fmt mxfp4 -o dst -j 1 >interrupt.out 2>&1 &
    local pid=$!
    while kill -0 $pid 2>/dev/null && [ ! -e dst.partial/model-00001-of-00003.safetensors ]; do :; done
    kill -s "$signal" $pid 2>/dev/null
    status=0
    wait $pid || status=$?
    if [ "$status" != 0 ]; then return; fi
  done
}
for signal in INT TERM; do
  interrupt $signal
  check "SIG$signal: exit status 6" test "$status" = 6
  check "SIG$signal: how to go on is said" grep -q -- '--resume' interrupt.out
  check "SIG$signal: no output under the final name" test ! -e dst
  check "SIG$signal: the first shard is kept" test -s dst.partial/model-00001-of-00003.safetensors
  expect 4 "SIG$signal: a new run refuses to mix" tool lowp-quant m --fmt mxfp4 -o dst -q
  expect 4 "SIG$signal: other options are refused" tool lowp-quant m --fmt mxfp4 --scale-rule ceil -o dst --resume -q
  expect 0 "SIG$signal: resumed" tool lowp-quant m --fmt mxfp4 -o dst --resume --report resumed.tsv
  check "SIG$signal: it says what it kept" grep -q 'kept from the interrupted run' err
  check "SIG$signal: the same bytes" diff -r whole dst
done
expect 0 "a report of the whole" tool lowp-quant m --fmt mxfp4 -o again --report whole.tsv -q
check "a resumed run reports the same figures" cmp whole.tsv resumed.tsv
check "nothing is left beside it" test ! -e dst.partial

# The plain C kernels take long enough for a signal to come before the end.
LOWP_ISA=generic "$quant" f.safetensors --fmt nvfp4 --scale-rule mse -j 1 -o i.safetensors -q 2>interrupt.out &
sleep 0.1
kill -s INT $! 2>/dev/null
status=0
wait $! || status=$?
if [ "$status" = 0 ]; then skip "an interrupted file leaves nothing" "it was done before the signal"; else
  check "an interrupted file: exit status 6" test "$status" = 6
  check "an interrupted file leaves nothing" sh -c "[ ! -e i.safetensors ] && ! ls -A | grep -q tmp-"
fi
