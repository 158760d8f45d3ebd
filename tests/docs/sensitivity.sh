#!/usr/bin/env bash
# A Markdown table: what the prediction becomes at both ends of the range of each parameter named.
#
#   sensitivity.sh KERNEL PARAMETER...
#
# `p9mmu` is the program in the path. Times are the munmap's of the guest's teardown, in ms.
set -euo pipefail

teardown=workloads/scripts/guest_teardown.lua

# run_ms KERNEL [OPTION...]
run_ms() {
  local kernel=$1
  shift
  p9mmu run "$teardown" --kernel "$kernel" --no-profile "$@" | awk -v kernel="$kernel" '$1 == kernel { print $2; exit }'
}

# row_of PARAMETER: value, provenance, least and greatest (of a choice, its first and last word), line by line.
row_of() {
  local name=$1 row range
  row=$(p9mmu params --format csv | grep "^$name,")
  [[ $row =~ ^$name,([^,]*),[^,]*,[^,]*,(\"([^\"]*)\"|([^,]*)),([^,]*), ]]
  printf '%s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[5]}"
  range=${BASH_REMATCH[3]}${BASH_REMATCH[4]}
  if [[ $range == *' to '* ]]; then
    printf '%s\n' "${range% to *}" "${range##* to }"
  else
    printf '%s\n' "${range%%, *}" "${range##*, }"
  fi
}

main() {
  local kernel=$1 parameter row least greatest
  shift
  printf '| parameter | value | provenance | least | ms | greatest | ms |\n|---|---|---|---|---|---|---|\n'
  least=$(run_ms "$kernel")
  printf '| none changed | | | | %s | | |\n' "$least"
  for parameter in "$@"; do
    mapfile -t row < <(row_of "$parameter")
    ((${#row[@]} == 4)) || { printf 'sensitivity.sh: no parameter %s\n' "$parameter" >&2; return 1; }
    least=$(run_ms "$kernel" --set "$parameter=${row[2]}")
    greatest=$(run_ms "$kernel" --set "$parameter=${row[3]}")
    printf '| `%s` | %s | %s | %s | %s | %s | %s |\n' \
      "$parameter" "${row[0]}" "${row[1]}" "${row[2]}" "$least" "${row[3]}" "$greatest"
  done
}

main "$@"
