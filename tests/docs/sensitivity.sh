#!/usr/bin/env bash
# A Markdown table: what the prediction becomes at both ends of the range of each parameter named.
#
#   sensitivity.sh KERNEL PARAMETER...
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/teardown.sh"

main() {
  local kernel=$1 parameter row least greatest
  shift
  printf '| parameter | value | provenance | least | ms | greatest | ms |\n|---|---|---|---|---|---|---|\n'
  least=$(run_ms "$kernel")
  printf '| none changed | | | | %s | | |\n' "$least"
  for parameter in "$@"; do
    mapfile -t row < <(row_of "$parameter")
    ((${#row[@]} == 4)) || return 1
    least=$(run_ms "$kernel" --set "$parameter=${row[2]}")
    greatest=$(run_ms "$kernel" --set "$parameter=${row[3]}")
    printf '| `%s` | %s | %s | %s | %s | %s | %s |\n' \
      "$parameter" "${row[0]}" "${row[1]}" "${row[2]}" "$least" "${row[3]}" "$greatest"
  done
}

main "$@"
