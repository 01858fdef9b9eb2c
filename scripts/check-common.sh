# What the check-… scripts share; sourced by them with their arguments.
#
# Sets `root`, `program` and `work`, the folder that the first argument names, or a temporary one; goes there.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${STREAMINGT2V:-$root/.build/release/streamingt2v}

fail() {
    printf '%s: %s\n' "$(basename "$0" .sh)" "$1" >&2
    [[ $# -eq 1 ]] || printf '%s\n' "${@:2}" >&2
    exit 1
}

require() { # TOOL...
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || fail "$tool is missing. Install it with apt-get."
    done
}

[[ -x $program ]] || fail "$program is missing. Build it with 'make build', or name one in STREAMINGT2V."
program=$(realpath "$program")
if [[ $# -gt 0 ]]; then
    mkdir -p "$1"
    work=$(cd "$1" && pwd)
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi
cd "$work"
