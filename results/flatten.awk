# SPDX-License-Identifier: Apache-2.0
# Prints a JSON file as vitcod-sim writes it (one value a line) as lines "/json/pointer<TAB>value".
#   awk -f results/flatten.awk out/vitcod/result.json | grep ^/traffic
function place(key) { return key == "" ? path[depth] "/" next_index[depth]++ : path[depth] "/" key }
BEGIN { depth = 0; path[0] = "" }
{
  line = $0
  sub(/^[ \t]+/, "", line)
  sub(/,$/, "", line)
  if (line == "}" || line == "]") { --depth; next }
  key = ""
  if (match(line, /^"[^"]*": /)) {
    key = substr(line, 2, RLENGTH - 4)
    line = substr(line, RLENGTH + 1)
  }
  if (line == "{" || line == "[") {
    child = depth == 0 && NR == 1 ? "" : place(key)
    path[++depth] = child
    next_index[depth] = 0
    next
  }
  if (line ~ /^".*"$/) line = substr(line, 2, length(line) - 2)
  print place(key) "\t" line
}
