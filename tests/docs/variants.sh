#!/usr/bin/env bash
# A Markdown table: what the munmap takes on the machine as it is, and with each of some changes.
#
#   variants.sh KERNEL CHANGE...
#
# A change is PARAMETER=VALUE, or several of them joined by commas.
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/teardown.sh"

main() {
  local kernel=$1 published change ms
  shift
  published=$(published_ms "$kernel")
  printf '| changed | ms | over the published %s ms |\n|---|---|---|\n' "$published"
  for change in '' "$@"; do
    # shellcheck disable=SC2046 -- a word for each change
    ms=$(run_ms "$kernel" $([[ -z $change ]] || printf -- '--set %s ' ${change//,/ }))
    printf '| %s | %s | %s |\n' "$([[ -z $change ]] && echo nothing || echo "\`${change//,/\`, \`}\`")" "$ms" \
      "$(calc "$ms / $published" %.3f)"
  done
}

main "$@"
