#!/usr/bin/env bash
# A sentence: how many parameters the default machine has of each provenance.
set -euo pipefail

p9mmu params --format json | awk -F '"' '
  $2 == "provenance" { count[$4]++; all++ }
  END {
    printf "Of %d parameters %d are measured, %d documented, %d derived, %d assumed and %d calibrated.\n", all,
      count["measured"], count["documented"], count["derived"], count["assumed"], count["calibrated"]
  }'
