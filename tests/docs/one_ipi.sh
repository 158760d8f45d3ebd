#!/usr/bin/env bash
# A Markdown table: what a round of interrupts to one CPU that spins in user code takes, per cleared PMD: the kernel with
# the round less the one without.
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/teardown.sh"

# round_ns TARGET SCALE
round_ns() {
  p9mmu run tests/docs/one_ipi.lua --kernel ipi,ipi-free --no-profile --option "target=$1" --set "fabric.line.scale=$2" |
    awk '{ gsub(",", "") } $1 == "ipi" { with = $3 } $1 == "ipi-free" { printf "%.0f", with - $3 }'
}

printf '| `fabric.line.scale` | to the neighbour that shares the L2, ns | to the same chip, ns | to the other chip, ns |\n|---|---|---|---|\n'
for scale in 1.78 1; do
  printf '| %s | %s | %s | %s |\n' "$scale" "$(round_ns 4 "$scale")" "$(round_ns 8 "$scale")" "$(round_ns 64 "$scale")"
done
