# shellcheck shell=bash disable=SC2034
# What `run` and `test` share: system packages, the virtual environment, the weights.
# Sourced, not run. Everything said here goes to standard error.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=${VIVAVOCE_VENV:-$ROOT/.venv}
# Absolute: not every tool looks from the same folder.
[[ $VENV == /* ]] || VENV=$PWD/$VENV
STAMP=$VENV/.vivavoce-complete
LOCK=$ROOT/requirements.lock

# One package a word; a|b is the same library under its names in newer and older releases.
PYTHON_PACKAGES="python3 python3-venv"
BASE_PACKAGES="ca-certificates libgomp1"
SOUND_PACKAGES="libportaudio2"
WINDOW_PACKAGES="libglib2.0-0t64|libglib2.0-0 libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1
    fonts-dejavu-core libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1
    libxkbcommon-x11-0 libx11-xcb1 libwayland-cursor0"
TEST_PACKAGES="xvfb xauth pulseaudio pulseaudio-utils libasound2-plugins dbus gnome-keyring"

ADMINISTRATOR_NEEDED=3

say() { printf '%s\n' "$*" >&2; }

die() {
    local code=$1
    shift
    say "$*"
    exit "$code"
}

# --- Python -----------------------------------------------------------------------------------

# Print the first interpreter that is 3.11, 3.12 or 3.13 and can make virtual environments.
find_python() {
    local name path
    for name in ${VIVAVOCE_PYTHON:-python3 python3.12 python3.13 python3.11}; do
        path=$(command -v "$name") || continue
        if "$path" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
            2>/dev/null; then
            printf '%s\n' "$path"
            return 0
        fi
    done
    return 1
}

# --- system packages --------------------------------------------------------------------------

# Print those of the given packages that are not installed, each by the name this release has.
missing_packages() {
    local installed alternatives name
    [[ $# == 0 ]] && return 0
    # dpkg-query fails when it does not know one of the names; it prints the others all the same.
    # shellcheck disable=SC2048,SC2086  # the words are package names
    installed=" $({ dpkg-query -W -f='${Package} ${db:Status-Status}\n' ${*//|/ } 2>/dev/null || true; } |
        awk '$2 == "installed" { printf "%s ", $1 }')"
    for alternatives in "$@"; do
        for name in ${alternatives//|/ }; do
            [[ $installed == *" $name "* ]] && continue 2
        done
        package_of_release "$alternatives"
    done
}

package_of_release() {
    local name last=
    for name in ${1//|/ }; do
        last=$name
        if [[ $1 == *"|"* ]] && apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
            break
        fi
    done
    printf '%s\n' "$last"
}

# Print the words that make a command run as root; fail where there are none.
as_root() {
    if [[ $(id -u) == 0 ]]; then
        printf 'env\n'
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        printf 'sudo -n\n'
    elif command -v sudo >/dev/null && [[ -t 0 && -t 2 ]] && may_sudo; then
        printf 'sudo\n'
    else
        return 1
    fi
}

# Whether this user belongs to a group that Debian and Ubuntu let use sudo.
may_sudo() { [[ " $(id -Gn) " =~ " sudo "|" admin "|" wheel " ]]; }

administrator_line() {
    printf 'apt-get update && apt-get install -y --no-install-recommends %s\n' "$*"
}

# Install packages as root. --no-remove: a desktop's own sound server is never replaced.
install_packages() {
    local root
    root=$(as_root) || return 1
    say "Installing system packages (once): $*"
    # shellcheck disable=SC2086  # the words of the command
    $root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null ||
        say "The package lists could not be refreshed; the present ones are used."
    # shellcheck disable=SC2086
    $root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        --no-remove -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}

# require_packages NEEDED OPTIONAL: install both lists. Without the right to, end with the line
# for an administrator if a needed one is missing, else print it and go on.
require_packages() {
    local needed optional
    # shellcheck disable=SC2086  # lists of words
    [[ -z $(missing_packages $1 $2) ]] && return 0
    # shellcheck disable=SC2086
    mapfile -t needed < <(missing_packages $1)
    # shellcheck disable=SC2086
    mapfile -t optional < <(missing_packages $2)
    install_packages "${needed[@]}" "${optional[@]}" && return 0
    [[ ${#needed[@]} != 0 && ${#optional[@]} != 0 ]] && install_packages "${needed[@]}" && return 0
    if [[ ${#needed[@]} == 0 ]]; then
        say "Some features need system packages; an administrator can add them with:"
        say "    $(administrator_line "${optional[@]}")"
        return 0
    fi
    say "System packages are missing. Ask an administrator to run this one line as root, then try again:"
    die "$ADMINISTRATOR_NEEDED" "    $(administrator_line "${needed[@]}" "${optional[@]}")"
}

have_python() { venv_is_complete || find_python >/dev/null; }

# prepare_system NEEDED OPTIONAL
prepare_system() {
    if ! command -v dpkg-query >/dev/null; then
        have_python || die 1 "Python 3.11, 3.12 or 3.13 is needed; install it and try again."
        return 0
    fi
    local python=
    have_python || python=$PYTHON_PACKAGES
    require_packages "$python $1" "$2"
}

# --- the virtual environment ------------------------------------------------------------------

# What an environment depends on: where the checkout is, which interpreter, what is locked.
stamp_text() {
    readlink -f "$VENV/bin/python"
    sha256sum "$LOCK" "$ROOT/pyproject.toml"
}

venv_is_complete() { [[ -x $VENV/bin/python && -f $STAMP && $(<"$STAMP") == "$(stamp_text)" ]]; }

# Create the environment anew unless it is complete. Two that start at once: the second waits.
prepare_venv() {
    venv_is_complete && return 0
    mkdir -p "$ROOT/.cache" || die 1 "$ROOT cannot be written; set VIVAVOCE_VENV and make it writable."
    exec 9>"$ROOT/.cache/prepare.lock"
    flock 9
    venv_is_complete || create_venv 9>&-
    exec 9>&-
}

create_venv() {
    local python
    python=$(find_python) || die 1 "Python 3.11, 3.12 or 3.13 with its venv module is needed;" \
        "this system has none. Install one, or name it in VIVAVOCE_PYTHON."
    if [[ -e $VENV && ! -f $VENV/pyvenv.cfg && -n $(ls -A "$VENV") ]]; then
        die 1 "$VENV is no virtual environment; move it away, or set VIVAVOCE_VENV."
    fi
    say "Creating the environment in $VENV (once; about half a minute)."
    rm -rf "$VENV"
    "$python" -m venv "$VENV" || die 1 "The environment could not be created in $VENV."
    install_lock || die 1 "The libraries could not be installed; check the network and try again."
    stamp_text >"$STAMP.new" && mv "$STAMP.new" "$STAMP"
}

# With uv, which fetches and unpacks side by side; with pip where uv cannot be had or cannot do it.
install_lock() {
    if install_uv; then
        with_uv --require-hashes -r "$LOCK" && with_uv --no-deps --no-build-isolation -e "$ROOT" && return 0
        say "That did not work; trying again with pip (slower)."
    fi
    with_pip --require-hashes -r "$LOCK" && with_pip --no-deps --no-build-isolation -e "$ROOT"
}

with_pip() {
    PIP_ROOT_USER_ACTION=ignore "$VENV/bin/python" -m pip --quiet --disable-pip-version-check \
        --no-input install "$@" >&2
}

# Install the uv that is locked: a wheel or nothing, since its source would have to be compiled.
install_uv() {
    awk '/^uv==/ { mine = 1 } mine { print } mine && !/\\$/ { exit }' "$LOCK" >"$VENV/uv.lock"
    [[ -s $VENV/uv.lock ]] && with_pip --only-binary :all: --require-hashes -r "$VENV/uv.lock" &&
        [[ -x $VENV/bin/uv ]]
}

# uv does not read what pip is configured with: the index and the certificates are handed over.
with_uv() {
    local index certificates
    index=${UV_DEFAULT_INDEX:-$(pip_setting index-url)}
    certificates=${SSL_CERT_FILE:-$(pip_setting cert)}
    env ${index:+"UV_DEFAULT_INDEX=$index"} ${certificates:+"SSL_CERT_FILE=$certificates"} \
        UV_SYSTEM_CERTS=true "$VENV/bin/uv" --directory "$ROOT" pip install --quiet \
        --python "$VENV/bin/python" "$@" >&2
}

# Print what pip's environment variables or files say of a setting; nothing where they do not.
pip_setting() {
    "$VENV/bin/python" -m pip --disable-pip-version-check config list 2>/dev/null |
        awk -v ending=".$1='" 'at = index($0, ending) {
            if (!said++) print substr($0, at + length(ending), length($0) - at - length(ending))
        }'
}

# --- weights ----------------------------------------------------------------------------------

weights_folder() {
    if [[ -n ${VIVAVOCE_WEIGHTS:-} ]]; then
        printf '%s\n' "${VIVAVOCE_WEIGHTS/#\~/$HOME}"
    elif [[ ${XDG_CACHE_HOME:-} == /* ]]; then
        printf '%s\n' "$XDG_CACHE_HOME/vivavoce/weights"
    else
        printf '%s\n' "$HOME/.cache/vivavoce/weights"
    fi
}

# Print "size target" of each file of the default set.
locked_weights() {
    awk -F'"' '
        $2 == "set" { chosen = $4 == "default" }
        $2 == "target" { target = $4 }
        $2 == "size" && chosen { gsub(/[^0-9]/, "", $3); print $3, target }
    ' "$ROOT/packaging/weights.lock"
}

# Whether every file is there in its full size; the engine itself checks each sha256.
weights_are_there() {
    local folder found size target wanted=() sizes=()
    folder=$(weights_folder)
    while read -r size target; do
        wanted+=("$folder/$target")
        sizes+=("$size")
    done < <(locked_weights)
    found=$(stat -L -c %s -- "${wanted[@]}" 2>/dev/null) || return 1
    [[ $found == "$(printf '%s\n' "${sizes[@]}")" ]]
}

prepare_weights() {
    weights_are_there && return 0
    say "Fetching the speech models into $(weights_folder) (once)."
    "$VENV/bin/python" -m app weights fetch >&2
}
