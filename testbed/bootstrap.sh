#!/bin/sh
# Checks the few things a machine must bring along, installs the npm packages, and hands over to the test bed.
set -eu
root=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

command -v git >/dev/null || fail "git was not found: install it from your package manager."
command -v node >/dev/null || fail "Node.js was not found, 20 or newer needed: install it from your package manager or nodejs.org."
command -v npm >/dev/null || fail "npm was not found: it comes with Node.js, on some systems as a package of its own."
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || fail "Node $major found, 20 or newer needed: install it from your package manager or nodejs.org."

# True when what is installed is what the lock file says, whoever installed it.
installed() {
  wanted=$(cksum <"$root/package-lock.json")
  stamp="$root/node_modules/.zero-trust-openclaw"
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  [ -f "$root/node_modules/.package-lock.json" ] || return 1
  (cd "$root" && node -e '
    const packages = (file) => JSON.parse(require("fs").readFileSync(file, "utf8")).packages;
    const want = packages("package-lock.json");
    const have = packages("node_modules/.package-lock.json");
    const agrees = (name) => name === "" || (have[name] ? have[name].version === want[name]?.version : want[name].optional || want[name].devOptional);
    process.exit(Object.keys({ ...want, ...have }).every(agrees) ? 0 : 1);
  ') && printf '%s\n' "$wanted" >"$stamp"
}

log="$root/.state/log/npm.log"
if ! installed; then
  mkdir -p "$root/.state/log"
  # Two runs at once must not install into each other; the lock ends with its process.
  if command -v flock >/dev/null; then
    exec 9>"$root/.state/log/npm.lock"
    flock 9
  fi
  if ! installed; then
    printf 'npm packages … installing\n' >&2
    started=$(date +%s)
    if ! (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund) >"$log" 2>&1 9>&-; then
      tail -n 15 "$log" >&2
      fail "npm packages … failed, log: $log"
    fi
    printf '%s\n' "$wanted" >"$stamp"
    printf 'npm packages … installed %s s\n' "$(($(date +%s) - started))" >&2
  fi
  exec 9>&-
fi

exec node --import "file://$root/node_modules/tsx/dist/loader.mjs" "$root/testbed/cli.ts" "$@"
