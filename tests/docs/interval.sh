#!/usr/bin/env bash
# Sentences: how far the figure moves when each of the parameters named goes to the ends of its range, one at a time,
# and all at once, each to the end that lowers or raises the figure.
#
#   interval.sh KERNEL PARAMETER...
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/teardown.sh"

# less A B, as numbers with commas between thousands
less() { [[ $(calc "($1 + 0) < ($2 + 0)" %d) == 1 ]]; }

main() {
  local kernel=$1 published parameter row end ms low high base down up
  local to_low=() to_high=()
  shift
  published=$(published_ms "$kernel")
  base=$(run_ms "$kernel")
  low=$base high=$base
  for parameter in "$@"; do
    mapfile -t row < <(row_of "$parameter")
    ((${#row[@]} == 4)) || return 1
    for end in "${row[2]}" "${row[3]}"; do
      ms=$(run_ms "$kernel" --set "$parameter=$end")
      ! less "$ms" "$low" || low=$ms
      ! less "$high" "$ms" || high=$ms
      if less "$ms" "$base"; then
        to_low+=(--set "$parameter=$end")
      elif less "$base" "$ms"; then
        to_high+=(--set "$parameter=$end")
      fi
    done
  done
  down=$(run_ms "$kernel" "${to_low[@]}")
  up=$(run_ms "$kernel" "${to_high[@]}")
  printf 'One at a time to an end of its range, these %s parameters move `%s` to between %s and %s ms, that is %s to %s of\n' \
    "$#" "$kernel" "$low" "$high" "$(calc "$low / $published" %.2f)" "$(calc "$high / $published" %.2f)"
  printf 'the published %s ms; all at once, to between %s and %s ms, %s to %s of it.\n' \
    "$published" "$down" "$up" "$(calc "$down / $published" %.2f)" "$(calc "$up / $published" %.2f)"
}

main "$@"
