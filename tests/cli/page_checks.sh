# SPDX-License-Identifier: Apache-2.0
# Sourced by tests of pages that --html writes. page_checks FILE TAG...: the page stands alone, is well formed, has the
# elements TAG, and its plots can be read by those who do not see them. Works in the current folder.
page_checks() {
  cp "$1" checked.html
  shift
  # What there is of tags and attributes is what the program writes.
  grep -oE '<[a-zA-Z!/][^ >]*' checked.html | sort -u >tags
  check "no element but those of the page" sh -c "! grep -vxE '</?(html|head|body|main|title|style|meta|h[1-3]|p|div|b|span|code|\
bdi|table|thead|tr|th|td|figure|figcaption|details|summary|svg|desc|path|rect|text|g|ul|li|dl|dt|dd|pre|sup)|<!doctype' tags"
  check "no script" sh -c '! grep -qiE "<script|javascript:|<img|<iframe|<object|<embed|<link|<form" checked.html'
  check "no attribute that runs something" sh -c "! grep -oE '<[a-z]+( [a-z-]+=\"[^\"]*\")*>' checked.html | grep -qE ' on[a-z]+='"
  check "nothing from elsewhere" sh -c \
    '! grep -qiE "@import|url\(|@font-face" checked.html && ! grep -oE "<[^>]*>" checked.html | grep -qiE "//|src=|href|srcset"'
  check "browsers are told so" grep -q "Content-Security-Policy\" content=\"default-src 'none'" checked.html
  check "no undefined numbers" sh -c '! sed "s/NaN, Inf//; s/nan=zero//" checked.html | grep -qE "[^a-z](nan|inf|NaN|Inf)[^a-z]"'
  local tag opened closed
  for tag in svg figure table div details p h2 h3 text ul dl main body; do
    opened=$(grep -oE "<$tag[ >]" checked.html | wc -l) closed=$(grep -oE "</$tag>" checked.html | wc -l)
    check "every <$tag> is closed" test "$opened" = "$closed"
  done
  for tag in "$@"; do check "there is a <$tag>" grep -qE "<$tag[ >]" checked.html; done
  check "every plot has a title, a description and a role" test \
    "$(grep -oE '<svg [^>]*role="img" aria-labelledby="[^"]+"><title [^>]*>[^<]+</title><desc [^>]*>[^<]+</desc>' checked.html | wc -l)" = \
    "$(grep -o '<svg ' checked.html | wc -l)"
  check "ids are unique" sh -c "[ -z \"\$(grep -oE ' id=\"[^\"]*\"' checked.html | sort | uniq -d)\" ]"
  check "light and dark" grep -q 'prefers-color-scheme:dark' checked.html
  check "narrow screens" grep -q 'width=device-width' checked.html
  # A range of marks outside of the plot would be a wrong axis.
  check "marks lie inside of their plots" sh -c \
    "! grep -oE '<path class=\"m [^\"]*\" d=\"[^\"]*\"' checked.html | grep -oE 'M[-0-9.]+ [-0-9.]+' | tr -d M |
     awk '\$1 < 0 || \$1 > 480 || \$2 < 0 {bad = 1} END {exit !bad}'"
}
