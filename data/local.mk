# SPDX-License-Identifier: Apache-2.0
# What lowp-audit knows of chips and models, and the claims it ships; docs/audit.md has the schema.
dist_pkgdata_DATA = %D%/chips.json %D%/models.json
