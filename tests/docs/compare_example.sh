#!/usr/bin/env bash
# Two runs of the teardown that differ in what a tlbie takes, compared.
#
#   compare_example.sh [OPTION-OF-COMPARE...]
#
# `p9mmu` is the program in the path.
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# run_into FILE [OPTION...]
run_into() {
  local file=$1
  shift
  p9mmu run workloads/scripts/guest_teardown.lua --option guest=1GiB --kernel ipi-free-flush --format json \
    --output "$scratch/$file" "$@"
}

run_into before.json
run_into after.json --set fabric.tlbie.issue=400ns
cd "$scratch"
p9mmu compare before.json after.json "$@" || (($? == 1))
