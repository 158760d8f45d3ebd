#!/usr/bin/env bash
# Two sweeps of one plan that differ in what a tlbie takes, compared.
#
#   compare_sweeps_example.sh [OPTION-OF-COMPARE...]
#
# `p9mmu` is the program in the path.
set -euo pipefail

root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

cat >plan.toml <<PLAN
name = "hosts"
script = "$root/workloads/scripts/guest_teardown.lua"
kernels = ["ipi-free", "ipi-free-flush"]
[option]
guest = "64MiB"
[[axis]]
vary = "cpus"
values = [64, 128, 256]
PLAN
p9mmu sweep plan.toml -o before.sqlite >/dev/null
p9mmu sweep plan.toml -o after.sqlite --set fabric.tlbie.issue=400ns >/dev/null
p9mmu compare before.sqlite after.sqlite "$@" || (($? == 1))
