#!/usr/bin/env bash
# generated_blocks.sh notices a block that is out of date, a command that fails and a block without an end; and
# it renews blocks without touching the text around them.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

printf '#!/bin/sh\necho "said $*"\n' >program
chmod +x program

blocks() { "$here/generated_blocks.sh" "$1" program "$scratch/document.md" >out 2>err; }
fail() {
  printf 'self_test.sh: %s\n' "$1" >&2
  cat out err >&2
  exit 1
}
document() { printf '%s\n' "$@" >document.md; }

document before '<!-- generated: p9mmu a b -->' 'said a b' '<!-- end -->' after
blocks check || fail "a block that is up to date is refused"

twice=('<!-- generated: echo >>runs; p9mmu a -->' 'said a' '<!-- end -->')
document "${twice[@]/>>runs/>>$scratch/runs}" "${twice[@]/>>runs/>>$scratch/runs}"
blocks check || fail "a command in two places is refused"
[[ $(wc -l <runs) == 1 ]] || fail "a command in two places runs twice"

document before '<!-- generated: p9mmu a b -->' 'said a' '<!-- end -->' after
blocks check && fail "a block that is out of date passes"
grep -q '^+said a b$' out || fail "the difference is not shown"

document before '<!-- generated text: p9mmu a | tr a-z A-Z -->' old lines '<!-- end -->' after
blocks write || fail "a block is not renewed"
printf '%s\n' before '<!-- generated text: p9mmu a | tr a-z A-Z -->' '```text' 'SAID A' '```' '<!-- end -->' after >expected
cmp -s document.md expected || fail "a block is renewed wrongly"
blocks check || fail "a renewed block is not up to date"

document '<!-- generated: p9mmu a; false -->' 'said a' '<!-- end -->'
blocks check && fail "a command that fails passes"
blocks write && fail "a command that fails is written"
grep -q 'failed: p9mmu a; false' err || fail "a command that fails is not named"

document '<!-- generated: p9mmu a -->' 'said a'
blocks check && fail "a block without an end passes"
exit 0
