# shellcheck shell=bash
# Shared by quickstart, runtest and .ci/run: packages, compiler, build folders, certificates. Sourced, never run.
#
# need_* only collect what is missing; install_missing then installs all of it with one apt-get, printing the command,
# or ends with a list of what the user has to install.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
missing=()
installed_something=no

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

need_command() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }  # command package
need_library() { pkg-config --exists "$1" 2>/dev/null || missing+=("$2"); }  # pkg-config-name package
need_file() { [[ -e $1 ]] || missing+=("$2"); }  # path package
need_success() { local package=$1; shift; "$@" >/dev/null 2>&1 || missing+=("$package"); }  # package command...

# A g++ that knows C++23's std::expected: the default one from version 12 on, else a versioned one.
choose_compiler() {
  local version compiler
  [[ -n ${CXX:-} ]] && return
  version=$(g++ -dumpversion 2>/dev/null || echo 0)
  if ((${version%%.*} >= 12)); then return; fi
  for version in 15 14 13 12; do
    compiler=g++-$version
    if command -v "$compiler" >/dev/null 2>&1; then
      export CXX=$compiler CC=gcc-$version
      return
    fi
  done
  if [[ $(apt-cache policy g++ 2>/dev/null | sed -n 's/^  Candidate: \([0-9]*:\)\{0,1\}\([0-9]*\).*/\2/p') -ge 12 ]] 2>/dev/null; then
    missing+=(g++)
  else
    missing+=(g++-12)
  fi
}

need_build_tools() {
  choose_compiler
  need_command pkg-config pkg-config
  need_command meson meson
  need_command ninja ninja-build
  need_command openssl openssl
  need_library fmt libfmt-dev
  need_library jemalloc libjemalloc-dev
  need_library libedit libedit-dev
  need_library liblzf liblzf-dev
  need_library liburing liburing-dev
  need_library openssl libssl-dev
  need_library wolfssl libwolfssl-dev
}

need_test_tools() {
  need_library gtest libgtest-dev
  need_command redis-cli redis-tools
  need_command redis-server redis-server
  need_command redis-sentinel redis-sentinel
  need_command tclsh tcl
  need_success tcl-tls sh -c 'echo "package require tls" | tclsh'
  need_file /usr/bin/python3 python3
  need_success python3-redis /usr/bin/python3 -c 'import redis'
  need_command node nodejs
  need_command npm npm
  need_command gnutls-cli gnutls-bin
  need_command sslscan sslscan
  need_command testssl testssl.sh
  need_command softhsm2-util softhsm2
  need_success libengine-pkcs11-openssl sh -c 'openssl engine pkcs11 || openssl list -store-loaders | grep -q pkcs11'
  need_command nm binutils
  need_command clang-format clang-format
}

# What fetching the source package of Redis takes.
need_source_tools() {
  need_command dpkg-source dpkg-dev
}

# Installs what the need_* calls found missing. Not root and no sudo, or no apt-get: says what to install and ends.
install_missing() {
  local sudo=() packages command
  ((${#missing[@]} == 0)) && return 0
  mapfile -t packages < <(printf '%s\n' "${missing[@]}" | sort -u)
  command -v apt-get >/dev/null 2>&1 || fail "these packages (by their Debian names) are missing: ${packages[*]}"
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null 2>&1 || fail "missing, and neither root nor sudo is there to install it: ${packages[*]}"
    sudo=(sudo)
    [[ -t 0 ]] || sudo=(sudo -n)
  fi
  command=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}")
  say "+ ${sudo[*]:+${sudo[*]} }apt-get update"
  "${sudo[@]}" apt-get update -qq || say "apt-get update failed; going on with the package lists that are there"
  say "+ ${command[*]}"
  "${command[@]}" >/dev/null || fail "missing, and apt-get could not install it: ${packages[*]}"
  missing=()
  installed_something=yes
  choose_compiler
}

# configure FOLDER [meson options]: a new build folder, or the present one with the libraries looked up again.
configure() {
  local folder=$1
  shift
  local version
  version=$(meson --version)
  [[ $(printf '1.0.0\n%s\n' "$version" | sort -V | head -1) == 1.0.0 ]] || fail "Meson 1.0 or newer is needed; this is $version"
  if [[ ! -f $folder/build.ninja ]]; then
    meson setup "$folder" "$root" "$@" >"$folder.setup.log" 2>&1 || { tail -40 "$folder.setup.log" >&2; fail "meson setup failed"; }
  elif [[ $installed_something == yes ]]; then
    meson configure "$folder" --clearcache >/dev/null
    meson setup --reconfigure "$folder" "$root" "$@" >"$folder.setup.log" 2>&1 || { tail -40 "$folder.setup.log" >&2; fail "meson setup failed"; }
  fi
}

# build FOLDER [targets]: quiet unless it fails.
build() {
  local folder=$1
  shift
  ninja -C "$folder" "$@" >"$folder.build.log" 2>&1 || { grep -A12 -m5 -E 'error:|FAILED' "$folder.build.log" >&2; fail "the build failed; all of it is in $folder.build.log"; }
}

make_certificates() {  # folder
  "$root/certs/generate" "$1" >/dev/null || fail "certs/generate failed"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for_ping PID LOG COMMAND...: until COMMAND prints PONG, or the server has ended.
wait_for_ping() {
  local pid=$1 log=$2 end=$((SECONDS + 30))
  shift 2
  while ((SECONDS < end)); do
    [[ $("$@" 2>/dev/null) == PONG ]] && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -20 "$log" >&2
  return 1
}
