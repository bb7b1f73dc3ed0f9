# SPDX-License-Identifier: Apache-2.0
lowpincludedir = $(includedir)/lowp
lowpinclude_HEADERS = \
  %D%/lowp/element.def \
  %D%/lowp/element.h \
  %D%/lowp/status.h \
  %D%/lowp/version.h
