# SPDX-License-Identifier: Apache-2.0
# What lowp-audit knows of chips and models, and the claims it ships; docs/audit.md has the schema.
dist_pkgdata_DATA = %D%/chips.json %D%/models.json
claimsdir = $(pkgdatadir)/claims
dist_claims_DATA = \
  %D%/claims/a0.json \
  %D%/claims/a1.json \
  %D%/claims/a2.json \
  %D%/claims/a3.json \
  %D%/claims/a4.json
